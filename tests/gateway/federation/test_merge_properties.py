"""Both promises of the merge law, over layouts, ties, failures, arrivals and route changes."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from msgspec import Struct, structs

from capabilities.errors import SourceMissing, Unavailable
from capabilities.page import (
    ConnectionArgs,
    MergedPage,
    PageAsk,
    Policy,
    SortKey,
    SourcePage,
    before,
)
from capabilities.sources import SourceStatus
from gateway.federation import cursor, merge_answer, merge_walk
from gateway.federation import merge as merging

_CHANNELS = ("app", "pos", "shop", "tmall")
_KEYS = st.builds(
    SortKey,
    st.integers(0, 4),
    st.sampled_from(_CHANNELS),
    st.sampled_from(("1", "2", "9", "10", "A")),
)
_FAULTS = ("fail", "timeout", "crash", "garbled")


class Row(Struct, frozen=True):
    """A row of the model; noise is looked at by a scan and matches no filter."""

    key: SortKey
    noise: bool = False


class Turn(Struct, frozen=True):
    """What the world does for one page: each source's conduct, then what changes behind it."""

    conduct: tuple[tuple[str, int], ...]
    layout: tuple[int, ...]
    arrives: tuple[SortKey, ...] = ()
    stop_at: int | None = None


class Scenario(Struct, frozen=True):
    """A whole walk."""

    rows: frozenset[SortKey]
    noise: frozenset[SortKey]
    size: int
    newest_first: bool
    backward: bool
    turns: tuple[Turn, ...]
    calm: tuple[int, ...]

    @property
    def walks_newest_first(self) -> bool:
        return self.newest_first != self.backward


_CONDUCT = st.one_of(
    st.just(("ok", 0)),
    st.tuples(st.sampled_from((*_FAULTS, "truncate", "truncate", "short")), st.integers(1, 3)),
)
_LAYOUT = st.tuples(*(st.integers(0, 2) for _ in _CHANNELS))
_TURN = st.builds(
    Turn,
    conduct=st.tuples(_CONDUCT, _CONDUCT, _CONDUCT),
    layout=_LAYOUT,
    arrives=st.lists(_KEYS, max_size=2).map(tuple),
    stop_at=st.one_of(st.none(), st.integers(0, 3)),
)
_SCENARIO = st.builds(
    Scenario,
    rows=st.frozensets(_KEYS, min_size=4, max_size=24),
    noise=st.frozensets(_KEYS, max_size=5),
    size=st.integers(0, 6).map(lambda size: size or 3),
    newest_first=st.booleans(),
    backward=st.booleans(),
    turns=st.lists(_TURN, max_size=6).map(tuple),
    calm=_LAYOUT,
)


class World:
    """Sources over one set of rows, with what they were asked for on this page."""

    def __init__(self, scenario: Scenario) -> None:
        self.rows = {key: Row(key) for key in scenario.rows}
        self.rows |= {key: Row(key, noise=True) for key in scenario.noise - scenario.rows}
        self.asked: list[tuple[int, PageAsk]] = []

    def arrive(self, keys: tuple[SortKey, ...]) -> None:
        for key in keys:
            self.rows.setdefault(key, Row(key))

    def sources(self, turn: Turn, number: int) -> list[merging.MergeSource[Row]]:
        self.asked = []
        return [
            merging.MergeSource(
                name=f"connector-{number}-{at}",
                channels=channels,
                fetch=self._fetch(at, *turn.conduct[at]),
            )
            for at in range(3)
            if (
                channels := tuple(
                    c for c, to in zip(_CHANNELS, turn.layout, strict=True) if to == at
                )
            )
        ]

    def _fetch(self, at: int, how: str, bound: int) -> Callable[[PageAsk], Any]:
        async def fetch(ask: PageAsk) -> SourcePage[Row]:
            self.asked.append((at, ask))
            if how == "fail":
                raise Unavailable("away", source=str(at))
            if how == "timeout":
                raise TimeoutError
            if how == "crash":
                raise KeyError("secret")
            return self._page(ask, how, bound)

        return fetch

    def _page(self, ask: PageAsk, how: str, bound: int) -> SourcePage[Row]:
        seen = [row for key, row in self.rows.items() if key.channel in ask.channels]
        if ask.after is not None:
            after = ask.after
            seen = [row for row in seen if before(after, row.key, newest_first=ask.newest_first)]
        seen.sort(key=lambda row: row.key.rank, reverse=not ask.newest_first)
        if how == "truncate" and len(seen) > bound:
            end = seen[bound - 1].key
            found = [row for row in seen[:bound] if not row.noise]
            if len(found) <= ask.first:
                return SourcePage(rows=tuple(found), has_more=True, truncated_at=end)
        found = [row for row in seen if not row.noise]
        most = min(ask.first, bound) if how == "short" else ask.first
        given_rows = found[:most]
        if how == "garbled" and given_rows:
            given_rows = [*given_rows, given_rows[-1]]
        return SourcePage(rows=tuple(given_rows), has_more=len(found) > most, total=len(found))


class Walked:
    """A walk in progress and what the client has seen of it."""

    def __init__(self, scenario: Scenario, policy: Policy) -> None:
        self.scenario, self.policy, self.world = scenario, policy, World(scenario)
        self.cursor: str | None = None
        self.seen: list[SortKey] = []
        self.ended: SortKey | None = None
        self.more, self.calm_layout = True, True

    def goes_before(self, left: SortKey, right: SortKey) -> bool:
        return before(left, right, newest_first=self.scenario.walks_newest_first)

    @property
    def args(self) -> ConnectionArgs:
        one = self.scenario
        if one.backward:
            return ConnectionArgs(
                first=None,
                last=one.size,
                before=self.cursor,
                policy=self.policy,
                newest_first=one.newest_first,
            )
        return ConnectionArgs(
            first=one.size, after=self.cursor, policy=self.policy, newest_first=one.newest_first
        )

    async def turn(self, turn: Turn, number: int) -> None:
        sources = self.world.sources(turn, number)
        try:
            page = await merging.merge(
                sources,
                self.args,
                sort_key=lambda row: row.key,
                filter_hash="orders",
                estate_version=str(number),
            )
        except SourceMissing as missing:
            self._check_missing(missing)
            return
        finally:
            self._check_asks(sources)
        self._check_page(page)
        self._consume(page, turn.stop_at)

    def _check_asks(self, sources: list[merging.MergeSource[Row]]) -> None:
        for at in {at for at, _ in self.world.asked}:
            asks = [ask for other, ask in self.world.asked if other == at]
            assert all(ask.first <= self.scenario.size + 1 for ask in asks)
            assert len({ask.after for ask in asks}) == len(asks)
        assert {at for at, _ in self.world.asked} == {int(s.name[-1]) for s in sources}

    def _check_missing(self, missing: SourceMissing) -> None:
        assert self.policy is Policy.REQUIRE_ALL
        assert missing.retryable
        assert missing.sources

    def _check_page(self, page: MergedPage[Row]) -> None:
        keys = [row.key for row in page.nodes]
        assert keys == sorted(
            keys, key=lambda key: key.rank, reverse=not self.scenario.newest_first
        )
        assert len(keys) <= self.scenario.size
        for edge in page.edges:
            passed = self.ended is not None and self.goes_before(edge.node.key, self.ended)
            assert edge.late is passed
        assert sum(report.count for report in page.sources) == len(keys)
        if self.policy is Policy.REQUIRE_ALL:
            broken = (SourceStatus.ERROR, SourceStatus.TIMEOUT)
            assert not any(report.status in broken for report in page.sources)
        assert all("secret" not in (report.message or "") for report in page.sources)

    def _consume(self, page: MergedPage[Row], stop_at: int | None) -> None:
        edges = page.edges[::-1] if self.scenario.backward else page.edges
        info = page.page_info
        whole = all(report.complete for report in page.sources)
        more = info.has_previous_page if self.scenario.backward else info.has_next_page
        onward = info.start_cursor if self.scenario.backward else info.end_cursor
        assert whole or more
        assert onward is not None or not more
        if stop_at is not None and stop_at < len(edges):
            edges, onward = edges[: stop_at + 1], edges[stop_at].cursor
            more = True
        self.cursor, self.more = onward, more
        for edge in edges:
            key = edge.node.key
            assert key not in self.seen, "twice"
            self.seen.append(key)
        for edge in edges:
            if self.ended is None or self.goes_before(self.ended, edge.node.key):
                self.ended = edge.node.key
        if more and whole and stop_at is None:
            matching = {key for key, row in self.world.rows.items() if not row.noise}
            assert matching - set(self.seen), "more announced, none there"


async def walk(scenario: Scenario, policy: Policy) -> Walked:
    """Page through all; after the script every source answers, so the walk must end."""
    walked = Walked(scenario, policy)
    for number, turn in enumerate(scenario.turns):
        if not walked.more:
            break
        await walked.turn(turn, number)
        if walked.more:
            walked.world.arrive(turn.arrives)
    calm = Turn((("ok", 0),) * 3, scenario.calm)
    for number in range(60):
        if not walked.more:
            break
        await walked.turn(calm, number)
    assert not walked.more, "the walk does not end"
    assert scenario.rows <= set(walked.seen), "a row that existed at the start never came"
    return walked


def best_effort(scenario: Scenario) -> None:
    asyncio.run(walk(scenario, Policy.BEST_EFFORT))


def require_all(scenario: Scenario) -> None:
    walked = asyncio.run(walk(scenario, Policy.REQUIRE_ALL))
    reverse = not scenario.walks_newest_first
    assert walked.seen == sorted(walked.seen, key=lambda key: key.rank, reverse=reverse)


async def _there_and_back(scenario: Scenario, stop: int) -> None:
    walked = Walked(scenario, Policy.BEST_EFFORT)
    for number, turn in enumerate(scenario.turns):
        if walked.more and len(walked.seen) <= stop:
            await walked.turn(structs.replace(turn, arrives=()), number)
    if not walked.seen:
        return
    turned = structs.replace(scenario, backward=not scenario.backward)
    back = Walked(turned, Policy.REQUIRE_ALL)
    back.cursor = walked.cursor
    last = walked.seen[-1]
    calm = Turn((("ok", 0),) * 3, scenario.calm)
    for number in range(60):
        if back.more:
            await back.turn(calm, number)
    expected = [key for key in scenario.rows if back.goes_before(last, key)]
    reverse = not turned.walks_newest_first
    assert back.seen == sorted(expected, key=lambda key: key.rank, reverse=reverse)


def there_and_back(scenario: Scenario) -> None:
    asyncio.run(_there_and_back(scenario, 3))


_LAWS: dict[str, Callable[[Scenario], None]] = {
    "best_effort": best_effort,
    "require_all": require_all,
    "there_and_back": there_and_back,
}
_QUIET = {
    "deadline": None,
    "derandomize": True,
    "database": None,
    "suppress_health_check": list(HealthCheck),
}


@pytest.fixture(autouse=True)
def silent_log(monkeypatch: pytest.MonkeyPatch) -> None:
    class Silent:
        def error(self, *_: Any, **__: Any) -> None:
            """Crashes are part of the script."""

    monkeypatch.setattr(merge_answer, "_log", Silent())


@pytest.mark.parametrize("law", _LAWS)
def test_law_holds(law: str) -> None:
    settings(max_examples=250, **_QUIET)(given(_SCENARIO)(_LAWS[law]))()  # type: ignore[arg-type]


_ADVANCE, _STAND = merge_walk.advance, merge_walk.stand_after
_CHECK, _TAKE, _MORE, _INFO = (
    merge_answer.answer,
    merging.take,
    merging.more_may_come,
    merging.page_info,
)


def _skips_late(self: cursor.Cursor, _channel: str) -> Any:
    return self.frontier


def _repeats_late(walk_: Any, one: Any, stand: Any, edge: Any) -> Any:
    return stand if stand != walk_.frontier else _STAND(walk_, one, stand, edge)


def _unconsumed(walk_: Any, one: Any, stand: Any, edge: Any) -> Any:
    return one.keys[-1] if one.keys else _STAND(walk_, one, stand, edge)


def _failed_moves(walk_: Any, one: Any, stand: Any, edge: Any) -> Any:
    return walk_.further(stand, edge) if one.page is None else _STAND(walk_, one, stand, edge)


async def _no_truncation(*asked: Any) -> Any:
    one = await _CHECK(*asked)
    page = one.page and structs.replace(one.page, truncated_at=None)
    return structs.replace(one, page=page)


def _before_by_text(left: SortKey, right: SortKey, *, newest_first: bool) -> bool:
    places = [(-key.value, key.channel, key.natural_key) for key in (left, right)]
    return places[0] < places[1] if newest_first else places[0] > places[1]


def _ranked_without_channel(one: Any) -> Any:
    ranks = [(rank[0], "", *rank[2:], id(rank)) for rank in one.ranks]
    return zip(ranks, one.keys, one.page.rows if one.page else (), strict=True)


def _more_unless_missing(answers: Any, delivered: int) -> bool:
    return _MORE([one for one in answers if one.page is not None], delivered)


def _more_forgets_left_over(answers: Any, _delivered: int) -> bool:
    return _MORE(answers, sum(len(one.keys) for one in answers))


def _keeps_lag_when_turned(start: Any, other: Any) -> Any:
    return structs.replace(start, own=other.own, frontier=other.own, stands=other.stands)


def _turns_at_frontier(start: Any, other: Any) -> Any:
    return structs.replace(start, own=other.own, frontier=other.frontier)


def _frontier_is_last_edge(walk_: Any, answers: Any, edge: Any) -> Any:
    after = _ADVANCE(walk_, answers, edge)
    stands = {channel: after.stand(channel) for channel in after.channels}
    return structs.replace(after, frontier=after.own, stands=stands)


def _asks_channel_by_channel(source: Any, walk_: Any, size: int) -> list[PageAsk]:
    return [
        PageAsk(
            first=size, channels=(one,), after=walk_.stand(one), newest_first=walk_.newest_first
        )
        for one in source.channels
    ]


def _info_unturned(walk_: Any, paging: Any, **rest: Any) -> Any:
    return _INFO(walk_, paging._replace(backward=False), **rest)


_MUTANTS: dict[str, tuple[Any, str, Any, str]] = {
    "skips late rows": (cursor.Cursor, "stand", _skips_late, "best_effort"),
    "repeats late rows": (merge_walk, "stand_after", _repeats_late, "best_effort"),
    "advances what was not consumed": (merge_walk, "stand_after", _unconsumed, "require_all"),
    "moves a failed source on": (merge_walk, "stand_after", _failed_moves, "best_effort"),
    "ignores truncation": (merging, "answer", _no_truncation, "best_effort"),
    "ties by text": (cursor, "before", _before_by_text, "best_effort"),
    "ties without channel": (merging, "ranked", _ranked_without_channel, "require_all"),
    "ends when a source is missing": (
        merging,
        "more_may_come",
        _more_unless_missing,
        "best_effort",
    ),
    "forgets rows left over": (merging, "more_may_come", _more_forgets_left_over, "require_all"),
    "always more": (merging, "more_may_come", lambda *_: True, "require_all"),
    "keeps lag when turned": (merge_walk, "turn", _keeps_lag_when_turned, "there_and_back"),
    "turns at the frontier": (merge_walk, "turn", _turns_at_frontier, "there_and_back"),
    "frontier falls back": (merge_walk, "advance", _frontier_is_last_edge, "best_effort"),
    "never late": (cursor.Cursor, "is_late", lambda *_: False, "best_effort"),
    "passes the known region": (merging, "limit", lambda *_: None, "require_all"),
    "serves without a source": (merging, "require_all", lambda *_: None, "require_all"),
    "asks channel by channel": (merging, "asks", _asks_channel_by_channel, "best_effort"),
    "serves garbled rows": (merge_answer, "check", lambda *_: None, "best_effort"),
    "loses an empty page's cursor": (
        merging,
        "onward_without_rows",
        lambda *_: None,
        "best_effort",
    ),
    "backward page information unturned": (merging, "page_info", _info_unturned, "require_all"),
}


@pytest.mark.parametrize("name", _MUTANTS)
def test_mutant_is_caught(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    where, attribute, mutant, law = _MUTANTS[name]
    monkeypatch.setattr(where, attribute, mutant)
    search = settings(
        max_examples=400, phases=[Phase.generate], report_multiple_bugs=False, **_QUIET
    )  # type: ignore[arg-type]
    with pytest.raises(AssertionError):
        search(given(_SCENARIO)(_LAWS[law]))()
