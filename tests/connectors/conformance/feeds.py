"""Checks of feeds: every change is there, from any position on, and no filter is ignored."""

from datetime import datetime, timedelta
from typing import Any

from tests.connectors.conformance.case import Case, walk

# A feed, and the section whose changes it tells.
FEEDS = {"membership_changes": "memberships", "order_changes": "orders"}
_SLACK = timedelta(days=2)


async def read(
    case: Case, name: str, position: str | None = None, since: datetime | None = None
) -> list[Any]:
    """The pages of one pass."""
    found = []
    async for page in getattr(case.connector, name)(position, since):
        assert not found or not found[-1].done, "a pass goes on behind its end"
        assert not found or found[-1].position != page.position or not page.rows
        found.append(page)
        assert len(found) < 5000
    assert found[-1].done, "a pass has no end"
    return found


def digests(pages: list[Any]) -> dict[str, bytes]:
    return {row.key: row.digest for page in pages for row in page.rows}


async def feed_is_the_list(case: Case, name: str) -> None:
    """From the beginning a feed has every row of the list, with the list's own digest."""
    whole = [page async for page in case.connector.everything(FEEDS[name], None)]
    pages = await read(case, name)
    assert digests(pages) == digests(whole)
    for row in pages[-1].rows:
        record = row.record()
        assert record is None or record.number == row.key


async def feed_goes_on(case: Case, name: str) -> None:
    """Whoever stops behind any page goes on there, and misses nothing."""
    pages = await read(case, name)
    every = digests(pages)
    for stop in sorted({0, len(pages) // 2, len(pages) - 2}):
        if 0 <= stop < len(pages) - 1:
            rest = await read(case, name, pages[stop].position)
            assert digests(pages[: stop + 1]) | digests(rest) == every
            again = sum(len(page.rows) for page in rest)
            assert again < sum(len(page.rows) for page in pages), "a position is ignored"


async def feed_since(case: Case, name: str) -> None:
    """What changed since a moment is all there, and most of what did not is not."""
    pages = await read(case, name)
    records = [row.record() for page in pages for row in page.rows]
    known = [one for one in records if one is not None and getattr(one, "updated_at", None)]
    moments = sorted(one.updated_at for one in known)
    if not moments:
        moments = sorted(page.moment for page in pages if page.moment is not None)
    since = moments[len(moments) * 3 // 4]
    found = digests(await read(case, name, None, since))
    assert {one.number for one in known if one.updated_at >= since} <= found.keys()
    old = {one.number for one in known if one.updated_at < since - _SLACK}
    assert not old & found.keys(), "what changed before was answered"
    assert len(found) < len(digests(pages))


async def feed_ends(case: Case, name: str) -> None:
    """A second pass has what the overlap repeats, and little of the rest."""
    first = await read(case, name)
    again = digests(await read(case, name, first[-1].position))
    every = digests(first)
    assert again.items() <= every.items()
    assert len(again) <= len(every) // 2


async def promotions_read_whole(case: Case, _: str) -> None:
    """Who must find out by himself what changed is given the whole list, from any page on."""
    pages = [page async for page in case.connector.everything("promotions", None)]
    assert pages[-1].done
    assert pages[-1].whole
    records = {row.key: row.record() for page in pages for row in page.rows}
    listed = {one.key: one for one in await walk(case, "search_promotions", 50)}
    assert {key: one for key, one in records.items() if one is not None} == listed
    again = [page async for page in case.connector.everything("promotions", pages[0].position)]
    if not pages[0].done:
        assert digests(pages[:1]) | digests(again) == digests(pages)
