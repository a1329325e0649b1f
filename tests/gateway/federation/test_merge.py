"""The merge by example: reports, counts, refusals and the edges of paging."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from msgspec import Struct

from capabilities.errors import BadInput, Denied, SourceMissing, Unavailable
from capabilities.page import (
    ConnectionArgs,
    CountPrecision,
    MergedPage,
    PageAsk,
    Policy,
    SortKey,
    SourcePage,
    TotalCount,
    before,
)
from capabilities.sources import SourceStatus
from gateway.federation.merge import MergeSource, merge


class Row(Struct, frozen=True):
    key: SortKey


_Fetch = Callable[[PageAsk], Awaitable[SourcePage[Row]]]


def keys(channel: str, *values: int) -> list[SortKey]:
    return [SortKey(value * 1_000_000, channel, str(value)) for value in values]


def holding(all_keys: list[SortKey], *, total: bool = True) -> _Fetch:
    async def fetch(ask: PageAsk) -> SourcePage[Row]:
        found = sorted(all_keys, key=lambda key: key.rank, reverse=not ask.newest_first)
        left = [
            key
            for key in found
            if ask.after is None or before(ask.after, key, newest_first=ask.newest_first)
        ]
        return SourcePage(
            rows=tuple(Row(key) for key in left[: ask.first]),
            has_more=len(left) > ask.first,
            total=len(found) if total else None,
        )

    return fetch


def raising(error: Exception) -> _Fetch:
    async def fetch(_: PageAsk) -> SourcePage[Row]:
        raise error

    return fetch


def source(name: str, fetch: _Fetch, channel: str | None = None, **rest: Any) -> MergeSource[Row]:
    return MergeSource(name=name, channels=(channel or name,), fetch=fetch, **rest)


async def page(
    sources: list[MergeSource[Row]], *, filter_hash: str = "f", version: str = "1", **args: Any
) -> MergedPage[Row]:
    return await merge(
        sources,
        ConnectionArgs(**args),
        sort_key=lambda row: row.key,
        filter_hash=filter_hash,
        estate_version=version,
    )


SHOP, POS = keys("shop", 1, 3, 5), keys("pos", 2, 3, 4)


def both() -> list[MergeSource[Row]]:
    return [source("shop", holding(SHOP)), source("pos", holding(POS))]


def shown(one: MergedPage[Row]) -> list[str]:
    return [f"{row.key.channel}{row.key.natural_key}" for row in one.nodes]


async def test_one_list_in_order_with_the_tie_by_channel():
    whole = await page(both(), first=10)
    assert shown(whole) == ["shop5", "pos4", "pos3", "shop3", "pos2", "shop1"]
    assert whole.total_count == TotalCount(6, CountPrecision.EXACT)
    assert not whole.page_info.has_next_page
    assert not whole.page_info.has_previous_page


async def test_last_gives_the_end_of_the_list_in_list_order():
    end = await page(both(), first=None, last=2)
    assert shown(end) == ["pos2", "shop1"]
    assert end.page_info.has_previous_page
    assert not end.page_info.has_next_page
    rest = await page(both(), first=None, last=9, before=end.page_info.start_cursor)
    assert shown(rest) == ["shop5", "pos4", "pos3", "shop3"]
    assert rest.page_info.has_next_page
    assert not rest.page_info.has_previous_page


async def test_each_source_reports_what_it_did():
    sources = [
        *both(),
        source("slow", raising(TimeoutError())),
        source("locked", raising(Denied("refused", source="locked"))),
        source("broken", raising(KeyError("13800138000"))),
        source("erp", holding([]), skipped="cannot filter by store"),
    ]
    got = {report.name: report for report in (await page(sources, first=3)).sources}
    assert [(one.status.value, one.code, one.retryable, one.count) for one in got.values()] == [
        ("OK", None, False, 1),
        ("OK", None, False, 2),
        ("TIMEOUT", "UPSTREAM_TIMEOUT", True, 0),
        ("ERROR", "UPSTREAM_DENIED", False, 0),
        ("ERROR", "UPSTREAM_ERROR", False, 0),
        ("SKIPPED", "SOURCE_SKIPPED", False, 0),
    ]
    assert "13800138000" not in str(got)
    assert got["shop"].latency_ms is not None
    assert got["slow"].channels == ("slow",)


async def test_a_source_that_stays_away_leaves_a_cursor_to_go_on_with():
    sources = [both()[0], source("pos", raising(Unavailable("away")))]
    first = await page(sources, first=9)
    assert shown(first) == ["shop5", "shop3", "shop1"]
    empty = await page(sources, first=9, after=first.page_info.end_cursor)
    assert not empty.edges
    assert empty.page_info.has_next_page
    assert empty.page_info.end_cursor == first.page_info.end_cursor
    back = await page(both(), first=9, after=empty.page_info.end_cursor)
    assert [(edge.node.key.natural_key, edge.late) for edge in back.edges] == [
        ("4", True),
        ("3", True),
        ("2", True),
    ]
    assert not back.page_info.has_next_page


async def test_all_sources_away_on_the_first_page_still_gives_a_cursor():
    nothing = await page([source("pos", raising(Unavailable("away")))], first=2)
    assert nothing.page_info.end_cursor is not None
    assert nothing.page_info.has_next_page
    after = await page([source("pos", holding(POS))], first=2, after=nothing.page_info.end_cursor)
    assert [edge.late for edge in after.edges] == [False, False]


async def test_require_all_names_who_is_missing():
    sources = [*both(), source("slow", raising(TimeoutError()))]
    with pytest.raises(SourceMissing) as missing:
        await page(sources, policy=Policy.REQUIRE_ALL)
    assert (missing.value.code, missing.value.sources) == ("SOURCE_MISSING", ("slow",))
    assert missing.value.retryable


async def test_require_all_with_a_source_that_cannot_answer_is_not_worth_a_retry():
    sources = [*both(), source("erp", holding([]), skipped="cannot filter by store")]
    with pytest.raises(SourceMissing) as missing:
        await page(sources, policy=Policy.REQUIRE_ALL)
    assert not missing.value.retryable


async def test_a_skipped_source_does_not_make_the_list_endless():
    sources = [*both(), source("erp", holding([]), skipped="cannot filter by store")]
    whole = await page(sources, first=9)
    assert not whole.page_info.has_next_page
    assert whole.total_count == TotalCount(6, CountPrecision.LOWER_BOUND)


async def test_a_count_that_nobody_knows_is_unknown():
    whole = await page([source("shop", holding(SHOP, total=False))])
    assert whole.total_count == TotalCount(None, CountPrecision.UNKNOWN)


async def test_a_scan_without_a_match_goes_on_where_it_ended():
    asked: list[SortKey | None] = []

    async def scan(ask: PageAsk) -> SourcePage[Row]:
        asked.append(ask.after)
        if ask.after is None:
            return SourcePage(rows=(), has_more=True, truncated_at=POS[2])
        return await holding(POS)(ask)

    first = await page([source("pos", scan)], first=2)
    assert (shown(first), first.sources[0].status) == ([], SourceStatus.TRUNCATED)
    assert first.page_info.has_next_page
    assert shown(await page([source("pos", scan)], after=first.page_info.end_cursor)) == [
        "pos3",
        "pos2",
    ]
    assert asked == [None, POS[2]]


@pytest.mark.parametrize(
    "answer",
    [
        SourcePage(rows=tuple(map(Row, POS)), has_more=False),
        SourcePage(rows=tuple(map(Row, [POS[0], POS[0]])), has_more=False),
        SourcePage(rows=tuple(map(Row, keys("pos", 9, 8, 7, 6))), has_more=False),
        SourcePage(rows=tuple(map(Row, keys("shop", 9))), has_more=False),
        SourcePage(rows=(), has_more=True),
        SourcePage(rows=(Row(POS[0]),), has_more=True, truncated_at=POS[2]),
    ],
    ids=["out of order", "twice", "too many", "foreign channel", "promise", "scan ends early"],
)
async def test_a_page_that_breaks_its_promise_is_garbled(answer):
    async def fetch(_: PageAsk) -> SourcePage[Row]:
        return answer

    got = await page([both()[0], source("pos", fetch)], first=3)
    assert shown(got) == ["shop5", "shop3", "shop1"]
    assert got.sources[1].code == "UPSTREAM_GARBLED"
    assert got.page_info.has_next_page


async def test_a_source_that_repeats_what_was_delivered_is_garbled():
    first = await page(both(), first=2)

    async def again(_: PageAsk) -> SourcePage[Row]:
        return SourcePage(rows=(Row(SHOP[2]),), has_more=False)

    got = await page([source("shop", again), both()[1]], after=first.page_info.end_cursor)
    assert got.sources[0].code == "UPSTREAM_GARBLED"
    assert shown(got) == ["pos3", "pos2"]


async def test_sources_are_asked_at_the_same_time():
    meeting = asyncio.Barrier(2)

    def waiting(all_keys: list[SortKey]) -> _Fetch:
        async def fetch(ask: PageAsk) -> SourcePage[Row]:
            await meeting.wait()
            return await holding(all_keys)(ask)

        return fetch

    whole = await asyncio.wait_for(
        page([source("shop", waiting(SHOP)), source("pos", waiting(POS))]), 5
    )
    assert len(whole.edges) == 6


async def test_a_half_read_page_survives_another_connector_name_and_route():
    first = await page(both(), first=2)
    merged = MergeSource(name="renamed", channels=("shop", "pos"), fetch=holding(SHOP + POS))
    rest = await page([merged], first=9, after=first.page_info.end_cursor)
    assert shown(first) + shown(rest) == ["shop5", "pos4", "pos3", "shop3", "pos2", "shop1"]
    assert not any(edge.late for edge in rest.edges)


async def test_a_cursor_of_a_channel_that_is_gone_names_its_position_and_versions():
    first = await page(both(), first=2)
    told = r"pos since .* version 1 to 2; start again from 1970-01-01T00:00:04Z"
    with pytest.raises(BadInput, match=told) as refused:
        await page([both()[0]], after=first.page_info.end_cursor, version="2")
    assert refused.value.code == "CURSOR_EXPIRED"


async def test_a_cursor_goes_on_in_another_version_of_the_estate():
    first = await page(both(), first=2)
    rest = await page(both(), after=first.page_info.end_cursor, version="2")
    assert len(rest.edges) == 4


@pytest.mark.parametrize("number", ["a\0b", "x" * 201])
async def test_a_row_that_no_cursor_can_name_is_no_answer(number):
    odd = holding([SortKey(1_000_000, "shop", number)])
    whole = await page([source("shop", odd), source("pos", holding(POS))])
    assert shown(whole) == ["pos4", "pos3", "pos2"]
    assert [(one.name, one.code) for one in whole.sources if one.code] == [
        ("shop", "UPSTREAM_GARBLED")
    ]


@pytest.mark.parametrize(
    ("args", "code"),
    [
        ({"after": "rubbish"}, "BAD_CURSOR"),
        ({"first": 2, "last": 2}, "BAD_USER_INPUT"),
        ({"first": None}, "BAD_USER_INPUT"),
        ({"first": -1}, "BAD_USER_INPUT"),
        ({"first": 2, "before": "x"}, "BAD_USER_INPUT"),
        ({"first": None, "last": 2, "after": "x"}, "BAD_USER_INPUT"),
    ],
)
async def test_wrong_arguments_are_refused(args, code):
    with pytest.raises(BadInput) as refused:
        await page(both(), **args)
    assert refused.value.code == code


async def test_a_page_of_no_rows_counts_and_tells_whether_there_are_any():
    none = await page(both(), first=0)
    assert (none.edges, none.total_count.value) == ((), 6)
    assert none.page_info.has_next_page
    assert shown(await page(both(), first=1, after=none.page_info.end_cursor)) == ["shop5"]


async def test_two_sources_for_one_channel_are_a_fault_of_the_estate():
    with pytest.raises(ValueError, match="two sources"):
        await page([source("a", holding(SHOP), "shop"), source("b", holding(SHOP), "shop")])
