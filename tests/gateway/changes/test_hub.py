"""Changes told to those who follow them: none lost, none twice, each order in its order."""

import asyncio
from contextlib import aclosing

import psycopg
import pytest
from sqlalchemy import text

from capabilities.caller import MembershipKey
from capabilities.errors import BadInput, EventsForgotten, StoreUnavailable, TooSlow
from capabilities.events import Subject, Topic
from capabilities.order.changes import Watched
from capabilities.order.facts import OrderFact
from capabilities.places import Place
from gateway.changes.hub import ChangeHub
from store.events import Events, rebase_events, tell
from store.order.changes import OrderChanges
from store.order.facts import OrderFacts

BRAND = "baiwei"
LIN, MEI = MembershipKey("shop", "1"), MembershipKey("shop", "2")
LINS, STORE = Watched(one_id="lin"), Watched(store="M0001")


def fact(number, holder=LIN, store="M0001", paid=1, channel="shop"):
    return OrderFact(
        channel=channel, number=number, connector="woo", holder=holder, store_code=store, paid=paid
    )


@pytest.fixture
def people(database):
    rows = [(BRAND, "1", "shop", "lin"), (BRAND, "2", "shop", "mei")]
    with psycopg.connect(database) as connection:
        connection.cursor().executemany(
            "INSERT INTO membership_links (brand, number, channel, one_id) VALUES (%s, %s, %s, %s)",
            rows,
        )


@pytest.fixture
def facts(store, people):
    return OrderFacts(store, BRAND)


@pytest.fixture
def hub(store):
    return ChangeHub(OrderChanges(store, BRAND))


async def looked(hub):
    while await hub.look():
        pass


async def take(following, count):
    async with asyncio.timeout(30):
        return [await anext(following) for _ in range(count)]


def numbers(changes):
    return [one.number for one in changes]


async def begun(hub, watched, after=None):
    """A subscriber who waits already; its first change comes later."""
    following = hub.follow(watched, after)
    first = asyncio.ensure_future(anext(following))
    await asyncio.sleep(0)
    return following, first


async def test_a_change_is_told_to_whom_it_concerns(hub, facts):
    await looked(hub)
    lin, first = await begun(hub, LINS)
    store, seen = await begun(hub, STORE)
    await facts.record([fact("1"), fact("2", MEI, "M0002"), fact("3", MEI)])
    await looked(hub)
    assert (await first).number == "1"
    assert (await seen).number == "1"
    assert numbers(await take(store, 1)) == ["3"]
    await lin.aclose()
    await store.aclose()


async def test_only_channels_that_may_be_seen_are_told(hub, facts):
    await looked(hub)
    _, first = await begun(hub, Watched(store="M0001", channels=frozenset({"till"})))
    await facts.record([fact("1"), fact("2", channel="till")])
    await looked(hub)
    assert (await first).number == "2"


async def test_who_comes_back_is_told_what_she_missed(hub, facts):
    await facts.record([fact("1"), fact("2")])
    await looked(hub)
    async with aclosing(hub.follow(LINS, Place(0, 0, 0))) as following:
        first, second = await take(following, 2)
    await facts.record([fact("3")])
    await facts.record([fact("1", paid=2)])
    await looked(hub)
    async with aclosing(hub.follow(LINS, first.place)) as following:
        assert numbers(await take(following, 3)) == ["2", "3", "1"]
    async with aclosing(hub.follow(LINS, second.place)) as following:
        assert numbers(await take(following, 2)) == ["3", "1"]


async def test_who_was_away_for_long_is_told_from_the_store(store, facts):
    hub = ChangeHub(OrderChanges(store, BRAND), recent=4)
    for number in range(30):
        await facts.record([fact(str(number)), fact(f"m{number}", MEI, "M0002")])
    await looked(hub)
    async with aclosing(hub.follow(LINS, Place(0, 0, 0))) as following:
        assert numbers(await take(following, 30)) == [str(one) for one in range(30)]
    async with aclosing(hub.follow(STORE, Place(0, 0, 0))) as following:
        assert len(await take(following, 30)) == 30


async def test_no_open_transaction_is_passed(hub, facts, database):
    await looked(hub)
    _, first = await begun(hub, LINS)
    async with await psycopg.AsyncConnection.connect(database) as slow:
        await slow.execute("SELECT pg_current_xact_id()")
        await facts.record([fact("later")])
        await looked(hub)
        assert not first.done()
    await looked(hub)
    assert (await first).number == "later"


async def test_a_subscriber_who_takes_nothing_is_told_where_to_go_on(store, facts):
    hub = ChangeHub(OrderChanges(store, BRAND), line=3)
    await looked(hub)
    following, first = await begun(hub, LINS)
    await facts.record([fact("0")])
    await looked(hub)
    took = await first
    await facts.record([fact(str(number)) for number in range(1, 9)])
    await looked(hub)
    with pytest.raises(TooSlow) as ended:
        await take(following, 9)
    assert ended.value.after == took.event_id
    async with aclosing(hub.follow(LINS, Place.parse(ended.value.after))) as again:
        assert numbers(await take(again, 8)) == [str(number) for number in range(1, 9)]


async def test_a_place_that_was_forgotten_is_said_so(store, hub, facts):
    await facts.record([fact("1")])
    await looked(hub)
    async with aclosing(hub.follow(LINS, Place(0, 0, 0))) as following:
        (old,) = await take(following, 1)
    await facts.record([fact("2"), fact("3")])
    await Events(store, BRAND).consume("c", tuple(Topic), _nothing)
    assert await Events(store, BRAND).forget(0) == 3
    fresh = ChangeHub(OrderChanges(store, BRAND))
    await looked(fresh)
    with pytest.raises(EventsForgotten):
        await take(fresh.follow(LINS, old.place), 1)


async def test_forgetting_what_was_seen_costs_nobody_her_place(store, hub, facts):
    await facts.record([fact("1")])
    await looked(hub)
    async with aclosing(hub.follow(LINS, Place(0, 0, 0))) as following:
        (seen,) = await take(following, 1)
    await Events(store, BRAND).consume("c", tuple(Topic), _nothing)
    await Events(store, BRAND).forget(0)
    await store.transaction(
        lambda run: tell(run, BRAND, Topic.MEMBER_CHANGED, [Subject(key="lin")])
    )
    await Events(store, BRAND).consume("c", tuple(Topic), _nothing)
    await Events(store, BRAND).forget(0)
    fresh = ChangeHub(OrderChanges(store, BRAND))
    await facts.record([fact("2")])
    await looked(fresh)
    async with aclosing(fresh.follow(LINS, seen.place)) as following:
        assert numbers(await take(following, 1)) == ["2"]


async def test_what_was_forgotten_before_it_was_looked_at_is_said_so(store, hub, facts):
    """A process that stood still for days: nobody who follows it may take silence for peace."""
    await looked(hub)
    following, first = await begun(hub, LINS)
    await facts.record([fact("1")])
    await Events(store, BRAND).consume("c", tuple(Topic), _nothing)
    assert await Events(store, BRAND).forget(0) == 1
    await looked(hub)
    with pytest.raises(EventsForgotten):
        await first
    await following.aclose()
    _, first = await begun(hub, LINS)
    await facts.record([fact("2")])
    await looked(hub)
    assert (await first).number == "2"


async def test_a_reader_that_is_woken_looks_at_once(store, facts):
    woken = asyncio.Event()

    async def wait(_seconds):
        await woken.wait()
        woken.clear()

    hub = ChangeHub(OrderChanges(store, BRAND), wait=wait, poll_seconds=10_000)
    running = asyncio.ensure_future(hub.run())
    store.told = woken.set
    try:
        following = hub.follow(LINS, None)
        first = asyncio.ensure_future(anext(following))
        async with asyncio.timeout(30):
            while not hub._lines._by_person:  # noqa: ASYNC110  # nobody is told that she waits
                await asyncio.sleep(0)
            await facts.record([fact("1")])
            assert (await first).number == "1"
    finally:
        store.told = None
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_places_of_before_a_restore_are_forgotten(store, hub, facts):
    await facts.record([fact("1")])
    await looked(hub)
    following = hub.follow(LINS, Place(0, 0, 0))
    (old,) = await take(following, 1)
    waiting = asyncio.ensure_future(anext(following))
    await asyncio.sleep(0)
    await store.transaction(rebase_events)
    await looked(hub)
    with pytest.raises(EventsForgotten):
        await waiting
    with pytest.raises(EventsForgotten):
        await take(hub.follow(LINS, old.place), 1)
    _, first = await begun(hub, LINS)
    await facts.record([fact("2")])
    await looked(hub)
    assert (await first).number == "2"


async def test_a_place_that_no_event_has_yet_is_refused(hub, facts):
    await facts.record([fact("1")])
    await looked(hub)
    with pytest.raises(EventsForgotten):
        await take(hub.follow(LINS, Place(0, 2**60, 1)), 1)


async def test_another_process_may_have_read_further(store, hub, facts):
    await looked(hub)
    ahead = ChangeHub(OrderChanges(store, BRAND))
    await facts.record([fact("1")])
    await looked(ahead)
    async with aclosing(ahead.follow(LINS, Place(0, 0, 0))) as following:
        (seen,) = await take(following, 1)
    following, first = await begun(hub, LINS, seen.place)
    await facts.record([fact("2")])
    await looked(hub)
    assert (await first).number == "2"
    await following.aclose()


async def test_who_was_merged_is_followed_under_her_old_id(store, hub, facts, database):
    await looked(hub)
    _, first = await begun(hub, LINS)
    with psycopg.connect(database) as connection:
        connection.execute("UPDATE membership_links SET one_id = 'mei' WHERE one_id = 'lin'")
        connection.execute(
            "INSERT INTO member_aliases (brand, old_id, one_id) VALUES (%s, 'lin', 'mei')", [BRAND]
        )
    await facts.record([fact("2", MEI)])
    await looked(hub)
    assert (await first).number == "2"


async def test_nobody_begins_before_the_store_was_read(store):
    hub = ChangeHub(OrderChanges(store, BRAND), patience_seconds=0)
    with pytest.raises(StoreUnavailable):
        await take(hub.follow(LINS, None), 1)


async def test_what_happens_while_somebody_comes_back_is_told_once_and_in_order(store, facts):
    """Random comings and goings beside writers: every subscriber gets her whole history."""
    hub = ChangeHub(OrderChanges(store, BRAND), recent=20, poll_seconds=0.001)
    running = asyncio.ensure_future(hub.run())

    async def write(which):
        for paid in range(1, 41):
            await facts.record([fact(f"w{which}", paid=paid), fact(f"s{which}-{paid}", MEI, "S")])

    async def follow(leave_after):
        place, got = Place(0, 0, 0), []
        while len(got) < 160:
            async with aclosing(hub.follow(LINS, place)) as following:
                for change in await take(following, min(leave_after, 160 - len(got))):
                    place = change.place
                    got.append((change.place, change.number))
        return got

    try:
        followers = [asyncio.ensure_future(follow(every)) for every in (1, 3, 7, 50, 160)]
        await asyncio.gather(*(write(which) for which in range(4)))
        stories = await asyncio.gather(*followers)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    for story in stories:
        assert story == stories[0]
        assert [place for place, _ in story] == sorted({place for place, _ in story})
        assert sorted(number for _, number in story) == [
            f"w{w}" for w in range(4) for _ in range(40)
        ]
    rows = await store.rows(
        text("SELECT key, array_agg(position ORDER BY position) AS p FROM events GROUP BY key")
    )
    for row in rows:  # of one order in the order in which they were made
        told = [place.position for place, number in stories[0] if number == row.key]
        assert not told or told == row.p


@pytest.mark.parametrize("wrong", ["", "1.2", "1.2.x", "1.2.3.4", "-1.2.3", "1..3", "f" * 60])
def test_what_is_no_event_is_refused(wrong):
    with pytest.raises(BadInput):
        Place.parse(wrong)


def test_the_id_of_an_event_names_its_place():
    place = Place(1_764_000_000_000, 7_123, 45)
    assert Place.parse(place.text) == place


async def _nothing(_run, _events):
    pass
