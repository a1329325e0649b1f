"""The shadow: whatever a candidate does, no caller waits and no answer is another."""

import asyncio
from contextlib import asynccontextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from itertools import count
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from capabilities.adoption.cohort import place
from capabilities.adoption.difference import DiffClass
from capabilities.adoption.states import Side
from capabilities.errors import StoreUnavailable
from capabilities.estate import Capability, ConnectorOrigin
from capabilities.load import Cause, cause
from capabilities.order.records import OrderStatus
from capabilities.places import Place
from connectors._kit import SilentObserver
from connectors.connector import open_connector
from gateway.adoption.shadow import ShadowReads
from gateway.adoption.shadow_bounds import ShadowBounds
from gateway.federation.compared import Compared
from gateway.federation.definition import Entry, read_definition
from gateway.federation.estate import Connection
from store.adoption.comparison_reading import ComparisonReports
from store.adoption.differences import Differences
from store.engine import Store
from store.owned import Owned
from store.sealing import Sealer
from tests.capabilities.adoption.pairs import PLATFORM, chance_of, record
from tests.gateway.adoption.counted import Counted
from tests.gateway.mutated_definitions import definition
from tests.migrated import migrated

ORDER = Capability.ORDER
NOON = datetime(2026, 11, 11, 4, tzinfo=UTC)
EAGER = ShadowBounds(
    deadline_seconds=30,
    window_seconds=60,
    gather_seconds=0.01,
    lag_seconds=0.01,
    most_waiting=10,
    again_seconds=0,
)
# A key is compared once while a test runs.
ONCE = replace(EAGER, again_seconds=3600, most_waiting=1000)
KEYS = tuple(str(number) for number in range(5))
ANSWERS = {key: replace(record(chance_of(int(key)), ORDER), number=key) for key in KEYS}
CALLER: ContextVar[str] = ContextVar("caller", default="nobody")
_BRANDS = count()


@pytest.fixture(scope="module")
def database(postgres):
    return migrated(postgres, "shadow")


@pytest.fixture
async def owned(database):
    store = Store.open(database, deadline_seconds=10)
    yield Owned(
        store=store,
        brand=f"brand-{next(_BRANDS)}",
        sealer=Sealer(b"v" * 32),
        key=b"h" * 32,
        zone=ZoneInfo("UTC"),
        now=lambda: NOON,
    )
    await store.aclose()


@asynccontextmanager
async def shadowing(owned, bounds=EAGER, share=10_000, hidden=lambda _: False):
    figures = Counted()
    async with ShadowReads(owned, figures, bounds, lambda *_: share, hidden) as shadow:
        yield shadow, figures


async def legacy(keys):
    return [ANSWERS[key] for key in keys]


def offered(candidate, *, channel="shop", keys=KEYS, answered=Side.LEGACY, trusted=legacy):
    return Compared(
        channel=channel,
        capability=ORDER,
        keys=keys,
        answers=tuple(ANSWERS[key] for key in keys),
        answered=answered,
        ask={answered: trusted, answered.other: candidate},
        version="v1",
    )


async def same(keys):
    return [replace(ANSWERS[key], source=PLATFORM) for key in keys]


async def test_a_key_that_is_asked_all_the_time_is_compared_once(owned):
    async with shadowing(owned, ONCE) as (shadow, figures):
        for _ in range(20):
            shadow.offer(offered(same))
        other = tuple(f"9{key}" for key in KEYS)
        ANSWERS.update({key: replace(ANSWERS[key[1:]], number=key) for key in other})
        shadow.offer(offered(same, keys=other))
        await figures.until(lambda: len(figures.classes) >= 2 * len(KEYS))
    assert len(figures.classes) == 2 * len(KEYS)
    assert figures.drops == []


async def hanging(_keys):
    await asyncio.Event().wait()


async def crashing(_keys):
    raise ZeroDivisionError


async def cancelled(_keys):
    raise asyncio.CancelledError


async def senseless(keys):
    return [object() for _ in keys]


async def test_both_sides_are_compared_beside_the_caller_and_written_down(owned):
    async with shadowing(owned) as (shadow, figures):
        shadow.offer(offered(same))
        await figures.until(lambda: len(figures.classes) == len(KEYS))
    assert set(figures.classes) == {DiffClass.EQUAL}
    found = await ComparisonReports(owned.store, owned.brand).of("shop", ORDER, NOON, 14)
    assert (found.compared, found.mismatched) == (len(KEYS), 0)


async def test_an_offer_is_over_before_anybody_is_asked(owned):
    asked = []

    async def candidate(keys):
        asked.append((keys, CALLER.get(), cause()))
        return await same(keys)

    async with shadowing(owned) as (shadow, figures):
        CALLER.set("somebody")
        compared = offered(candidate)
        assert shadow.offer(compared) is None
        assert asked == []
        await figures.until(lambda: figures.classes)
    # asked in a task of nobody's, and for a cause that yields to callers
    assert asked == [(list(KEYS), "nobody", Cause.SHADOW)]


async def test_callers_of_one_moment_are_compared_in_one_question_up_to_its_bound(owned):
    asked = []

    async def candidate(keys):
        asked.append(list(keys))
        return await same(keys)

    bounds = replace(EAGER, most_together=3, gather_seconds=0.05)
    async with shadowing(owned, bounds) as (shadow, figures):
        for key in KEYS:
            shadow.offer(offered(candidate, keys=(key,)))
        shadow.offer(offered(candidate, keys=KEYS[:1], answered=Side.PLATFORM))
        await figures.until(lambda: len(figures.classes) == len(KEYS) + 1)
    # what the other side answered is another question
    assert asked == [list(KEYS[:3]), list(KEYS[3:]), [KEYS[0]]]


@pytest.mark.parametrize("candidate", [crashing, cancelled, senseless])
async def test_a_candidate_that_fails_is_counted_and_compared_again_next_time(owned, candidate):
    async with shadowing(owned) as (shadow, figures):
        shadow.offer(offered(candidate))
        await figures.until(lambda: len(figures.classes) == len(KEYS))
        assert set(figures.classes) == {DiffClass.CANDIDATE_ERROR}
        shadow.offer(offered(same))
        await figures.until(lambda: len(figures.classes) == 2 * len(KEYS))
    assert figures.classes[len(KEYS) :] == [DiffClass.EQUAL] * len(KEYS)


async def test_a_candidate_that_hangs_fills_its_own_queue_and_nobody_elses(owned):
    async with shadowing(owned) as (shadow, figures):
        for _ in range(1_000):
            shadow.offer(offered(hanging))
        shadow.offer(offered(same, channel="pos"))
        await figures.until(lambda: figures.classes)
        assert set(figures.classes) == {DiffClass.EQUAL}
        assert set(figures.drops) == {"full"}
        assert len(figures.drops) >= (1_000 - 3) * len(KEYS)


async def test_a_candidate_that_hangs_is_given_up(owned):
    async with shadowing(owned, replace(EAGER, deadline_seconds=0.05)) as (shadow, figures):
        shadow.offer(offered(hanging))
        await figures.until(lambda: len(figures.classes) == len(KEYS))
    assert set(figures.classes) == {DiffClass.CANDIDATE_ERROR}


@pytest.mark.parametrize("system", [crashing, cancelled, senseless, hanging])
async def test_a_system_that_fails_beside_the_platform_says_nothing_of_it(owned, system):
    async with shadowing(owned, replace(EAGER, deadline_seconds=0.5)) as (shadow, figures):
        shadow.offer(offered(system, answered=Side.PLATFORM))
        await figures.until(lambda: len(figures.drops) == len(KEYS))
    assert (figures.classes, figures.drops) == ([], ["unanswered"] * len(KEYS))


async def test_a_system_that_fails_when_it_is_asked_again_says_nothing_of_the_platform(owned):
    came = []

    async def wrong_then_away(keys):
        came.append(keys)
        if len(came) > 1:
            raise ZeroDivisionError
        return [replace(one, customer="somebody else") for one in await legacy(keys)]

    async with shadowing(owned) as (shadow, figures):
        shadow.offer(offered(wrong_then_away, answered=Side.PLATFORM, trusted=same))
        await figures.until(lambda: figures.drops)
    assert (figures.classes, figures.drops) == ([], ["unanswered"] * len(KEYS))


async def test_what_waited_too_long_is_not_compared_with_what_is_there_now(owned):
    async with shadowing(owned, replace(EAGER, window_seconds=-1.0)) as (shadow, figures):
        shadow.offer(offered(same))
        await figures.until(lambda: figures.drops)
    assert (figures.classes, figures.drops) == ([], ["late"] * len(KEYS))


async def test_what_lags_is_asked_again_on_both_sides(owned):
    came = []

    async def late(keys):
        came.append(keys)
        found = await same(keys)
        return [replace(found[0], status=OrderStatus.UNKNOWN)] if len(came) == 1 else found

    async with shadowing(owned) as (shadow, figures):
        shadow.offer(offered(late, keys=KEYS[:1]))
        await figures.until(lambda: figures.classes)
    assert figures.classes == [DiffClass.LAG]
    assert len(came) == 2


async def test_a_difference_that_stays_is_a_mismatch(owned):
    async def wrong(keys):
        return [replace(one, customer="somebody else") for one in await same(keys)]

    async with shadowing(owned) as (shadow, figures):
        shadow.offer(offered(wrong))
        await figures.until(lambda: len(figures.classes) == len(KEYS))
    assert set(figures.classes) == {DiffClass.MISMATCH}


async def test_what_differed_before_the_pair_was_moved_is_not_looked_at_again(owned):
    """A copy that is being made anew meanwhile differs in whatever it has not been given."""
    shares = {"v1": 10_000}

    async def wrong(keys):
        shares.clear()
        return [replace(one, customer="somebody else") for one in await same(keys)]

    figures = Counted()
    share = lambda _capability, _channel, version: shares.get(version, 0)  # noqa: E731 - a table
    async with ShadowReads(owned, figures, EAGER, share, lambda _: False) as shadow:
        shadow.offer(offered(wrong))
        await figures.until(lambda: figures.drops)
    assert (figures.classes, figures.drops) == ([], ["moved"] * len(KEYS))


async def test_a_connector_that_was_replaced_meanwhile_is_not_asked_again(owned):
    """It is closed soon, and what it does not answer then is nobody's error."""
    asked = []

    async def wrong(keys):
        asked.append(keys)
        return [replace(one, customer="somebody else") for one in await same(keys)]

    async with shadowing(owned) as (shadow, figures):
        shadow.offer(replace(offered(wrong), in_force=lambda: not asked))
        await figures.until(lambda: figures.drops)
    assert (figures.classes, figures.drops) == ([], ["moved"] * len(KEYS))
    assert len(asked) == 1


async def test_what_differs_while_too_much_waits_is_not_counted_as_it_stands(owned):
    """It may only lag, as what waits may."""

    async def wrong(keys):
        if len(keys) == 3:
            shadow.offer(offered(wrong, keys=KEYS[3:]))
        return [replace(one, customer="somebody else") for one in await same(keys)]

    bounds = replace(EAGER, most_waiting=3, lag_seconds=3600)
    async with shadowing(owned, bounds) as (shadow, figures):
        shadow.offer(offered(wrong, keys=KEYS[:3]))
        await figures.until(lambda: figures.drops)
    assert (figures.classes, figures.drops) == ([], ["full"] * 2)


async def test_the_sides_keep_their_names_whoever_answered(owned):
    async def nothing(keys):
        return [None for _ in keys]

    async with shadowing(owned) as (shadow, figures):
        shadow.offer(offered(nothing, keys=KEYS[:1], answered=Side.LEGACY))
        await figures.until(lambda: len(figures.classes) == 1)
        shadow.offer(offered(nothing, keys=KEYS[:1], answered=Side.PLATFORM))
        await figures.until(lambda: len(figures.classes) == 2)
    assert figures.classes == [DiffClass.MISSING, DiffClass.EXTRA]


async def test_a_share_of_the_keys_is_compared_and_always_the_same(owned):
    asked = []

    async def candidate(keys):
        asked.append(keys)
        return await same(keys)

    chosen = [key for key in KEYS if place("shadow order", key) < 5_000]
    assert 0 < len(chosen) < len(KEYS)
    async with shadowing(owned, share=5_000) as (shadow, figures):
        for times in (1, 2):
            shadow.offer(offered(candidate))
            await figures.until(lambda n=times: len(figures.classes) == n * len(chosen))
    assert asked == [chosen, chosen]


async def test_who_was_erased_is_not_compared(owned):
    async with shadowing(owned, hidden=lambda one: one.number != "3") as (shadow, figures):
        shadow.offer(offered(same))
        await figures.until(lambda: figures.classes)
    assert figures.classes == [DiffClass.EQUAL]


async def test_nothing_is_asked_where_no_share_is_compared(owned):
    async with shadowing(owned, share=0) as (shadow, figures):
        shadow.offer(offered(crashing))
        await asyncio.sleep(0)
    assert (figures.classes, figures.drops) == ([], [])


async def test_a_defect_of_our_own_is_nothing_to_the_caller(owned):
    async with shadowing(owned) as (shadow, figures):
        shadow.offer(replace(offered(same), answers=()))
        assert figures.drops == ["defect"]


async def test_counts_wait_for_a_store_that_is_away(owned, monkeypatch):
    async with shadowing(owned) as (shadow, figures):
        with monkeypatch.context() as away:
            away.setattr(Store, "transaction", _refuse)
            shadow.offer(offered(same))
            await figures.until(lambda: len(figures.classes) == len(KEYS))
            with pytest.raises(StoreUnavailable):
                await shadow.write_now()
        await shadow.write_now()
        await shadow.write_now()  # nothing is written twice
    found = await ComparisonReports(owned.store, owned.brand).of("shop", ORDER, NOON, 14)
    assert found.compared == len(KEYS)


async def _refuse(*_):
    raise StoreUnavailable("away")


async def test_a_commit_whose_answer_was_lost_counts_and_tells_once(owned, monkeypatch):
    right = Store.transaction

    async def lost(store, work):
        await right(store, work)
        raise StoreUnavailable("it came no more")

    async def nothing(keys):
        return [None for _ in keys]

    async with shadowing(owned) as (shadow, figures):
        with monkeypatch.context() as broken:
            broken.setattr(Store, "transaction", lost)
            shadow.offer(offered(nothing))
            await figures.until(lambda: len(figures.classes) == len(KEYS))
            for _ in range(2):
                with pytest.raises(StoreUnavailable):
                    await shadow.write_now()
            shadow.offer(offered(same))
            await figures.until(lambda: len(figures.classes) == 2 * len(KEYS))
        await shadow.write_now()
    found = await ComparisonReports(owned.store, owned.brand).of("shop", ORDER, NOON, 14)
    assert {one.klass: one.count for one in found.classes} == {
        DiffClass.MISSING: len(KEYS),
        DiffClass.EQUAL: len(KEYS),
    }
    told = await Differences(owned.store, owned.brand).after("shop", ORDER, Place(0, 0, 0), 99)
    assert len({one.key for one in told.differences}) == len(told.differences) == len(KEYS)


class Flood:
    """A system that answers 100 MB, whatever it is asked, and counts what was taken of it."""

    def __init__(self):
        self.sent = 0
        self.cut = asyncio.Event()

    async def serve(self, reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n"
        )
        part = b" " * 65_536
        try:
            for _ in range(1_600):
                writer.write(b"10000\r\n" + part + b"\r\n")
                await writer.drain()
                self.sent += len(part)
        except OSError:
            pass
        self.cut.set()
        writer.close()


async def test_a_candidate_that_returns_100_mb_is_cut_off_and_never_decoded(owned):
    flood = Flood()
    server = await asyncio.start_server(flood.serve, "127.0.0.1", 0)
    text = definition("flood", f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    entry = Entry(place="p", name="flood", text=text, origin=ConnectorOrigin.ESTATE_FILE)
    spec = read_definition(entry).spec
    limits = replace(spec.limits, max_body_bytes=1 << 30, deadline_ms=30_000)
    spec = replace(spec, limits=limits)
    connector = await open_connector(spec, SilentObserver(), zone=ZoneInfo("UTC"))
    connection = Connection(spec, connector)

    async def candidate(keys):
        answers, _ = await connection.call(lambda: connector.orders(keys))
        return answers

    try:
        async with shadowing(owned) as (shadow, figures):
            shadow.offer(offered(candidate, answered=Side.PLATFORM))
            await figures.until(lambda: len(figures.drops) == len(KEYS))
            async with asyncio.timeout(30):
                await flood.cut.wait()
    finally:
        await connector.aclose()
        server.close()
        await server.wait_closed()
    assert (figures.classes, set(figures.drops)) == ([], {"unanswered"})
    # what a socket holds on both sides is some MB; the rest was never taken
    assert flood.sent < 16_000_000
