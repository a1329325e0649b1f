"""Batches in any order and any portions make the same people, in a real store."""

import asyncio
from datetime import timedelta
from itertools import pairwise

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from capabilities.caller import MembershipKey
from capabilities.member.identity_rules import DEFAULT_RULES
from capabilities.member.records import ToldAttribute
from capabilities.profile.attributes import Observation
from capabilities.profile.telling import STAFF
from store.engine import Store
from store.metadata import METADATA
from store.privacy.data_keys import DataKeys
from store.privacy.tombstones import Grave
from store.profile.attributes import Attributes
from store.sealing import Sealer
from tests.migrated import migrated
from tests.store.member.taking import KEY, START, Desk, fresh_brand, membership

HOUR = timedelta(hours=1)
LIN, WANG = "13912345678", "13712345678"
SEEN = "SELECT last_seen, sealed_value FROM identity_claims WHERE brand = :brand"


@pytest.fixture
def desk(store):
    return Desk(store)


async def test_a_walk_in_her_web_account_and_her_card_are_one_person(desk):
    walk_in = membership("pos", "1", phone=LIN, card="BW1", programme="club")
    taken = await desk.take(walk_in)
    assert (taken.new, taken.changed, taken.unchanged, taken.people) == (1, 0, 0, 1)
    await desk.take(membership("woo", "7", phone=f"+86 {LIN}"))
    await desk.take(membership("sap", "B9", card="BW1", programme="club"))
    ((one_id, held),) = (await desk.people()).items()
    assert held == (("pos", "1"), ("sap", "B9"), ("woo", "7"))
    assert one_id in await desk.changes()


async def test_the_same_batch_again_changes_nothing(desk, database):
    batch = [membership("pos", str(number), phone=LIN, card=f"BW{number}") for number in range(3)]
    await desk.take(*batch)
    before = _contents(database)
    taken = await desk.take(*batch)
    assert (taken.unchanged, taken.people) == (3, 0)
    assert _contents(database) == before


async def test_a_phone_that_changes_moves_the_membership_and_keeps_the_old_id(desk):
    await desk.take(membership("pos", "1", phone=LIN), membership("woo", "1", phone=LIN))
    ((old, _),) = (await desk.people()).items()
    await desk.take(membership("pos", "1", phone=WANG))
    people = await desk.people()
    assert sorted(people.values()) == [(("pos", "1"),), (("woo", "1"),)]
    assert people[old] == (("woo", "1"),)
    await desk.take(membership("woo", "1"))
    assert old not in await desk.people()
    alias = (await desk.aliases())[old]
    assert (await desk.people())[alias] == (("woo", "1"),)


async def test_a_number_that_changes_its_owner_never_brings_the_old_id_along(desk):
    await desk.take(membership("pos", "1", phone=LIN))
    ((old, _),) = (await desk.people()).items()
    await desk.take(membership("pos", "1", phone=WANG))
    await desk.take(membership("woo", "9", phone=LIN))
    assert (await desk.people())[(await desk.aliases())[old]] == (("pos", "1"),)
    assert old not in await desk.people()


async def test_500_people_on_one_phone_do_not_become_one_however_they_come(desk):
    crowd = [membership("pos", str(number), phone=LIN) for number in range(500)]
    await desk.take(*crowd[:2])
    assert len(await desk.people()) == 1
    await desk.take(*crowd[2:10])
    assert len(await desk.people()) == 10
    assert set((await desk.queue()).values()) == {("SHARED",)}
    await desk.take(*crowd[10:])
    assert len(await desk.people()) == 500
    assert await desk.queue() == {}
    await desk.take(membership("woo", "1", phone=LIN))
    assert len(await desk.people()) == 501


async def test_a_shared_phone_that_is_given_back_names_a_person_again(desk):
    crowd = [membership("pos", str(number), phone=LIN) for number in range(30)]
    await desk.take(*crowd)
    await desk.take(*(replace(one, contact=replace(one.contact, phone=WANG)) for one in crowd[2:]))
    held = sorted((await desk.people()).values(), key=len)
    assert held[-1] == (("pos", "0"), ("pos", "1"))


async def test_a_conflict_stands_in_the_queue_and_leaves_it_when_it_is_gone(desk):
    await desk.take(membership("pos", "1", phone=LIN, union="u1"))
    await desk.take(membership("woo", "2", phone=LIN, union="u2"))
    assert await desk.queue() == {(("pos", "1"), ("woo", "2")): ("CONFLICT", "CONFLICT")}
    await desk.take(membership("woo", "2", phone=LIN))
    assert await desk.queue() == {}
    assert len(await desk.people()) == 1


async def test_a_membership_that_its_system_lost_stays_hers(desk):
    await desk.take(membership("pos", "1", phone=LIN), membership("woo", "2", phone=LIN))
    ((one_id, held),) = (await desk.people()).items()
    keys = [MembershipKey("pos", "1"), MembershipKey("pos", "nobody")]
    await desk.changes()
    for gone in (1, 0):
        lost = await desk.store.transaction(lambda run: desk.intake.untake(run, keys, at=desk.at))
        assert lost == gone
    assert await desk.changes() == {one_id}
    assert await desk.people() == {one_id: held}
    back = await desk.take(membership("pos", "1", phone=LIN))
    assert (back.changed, back.new) == (1, 0)
    assert await desk.people() == {one_id: held}
    assert await desk.rows("SELECT FROM membership_records WHERE gone_at IS NOT NULL") == []


async def test_who_was_erased_does_not_come_back(desk):
    stones = desk.tombstones
    graves = [
        Grave("membership", stones.membership("pos", "1")),
        Grave("identity", stones.identity("PHONE", "+86", f"+86{LIN}")),
    ]
    await stones.add(desk.store.rows, graves, START)
    taken = await desk.take(
        membership("pos", "1", card="BW1"),
        membership("woo", "2", phone=LIN),
        membership("woo", "3", phone=WANG),
        membership("woo", "4", phone=LIN, verified=False),
    )
    assert (taken.erased, taken.new) == (2, 2)
    assert sorted((await desk.people()).values()) == [(("woo", "3"),), (("woo", "4"),)]


async def test_nothing_personal_is_kept_in_the_clear(desk, database):
    await desk.take(membership("pos", "1", phone=LIN, card="BW77770001", programme="club"))
    told = _contents(database)
    assert "pos-one" in told
    for secret in (LIN, "BW77770001", "林小满"):
        assert secret not in told
        assert secret.encode().hex() not in told


async def test_two_that_bring_halves_of_one_person_at_once_make_one(desk):
    halves = [
        membership("pos", str(number), phone=f"1391234{number // 2:04d}") for number in range(40)
    ]
    await asyncio.gather(desk.take(*halves[::2]), desk.take(*halves[1::2]))
    assert sorted(map(len, (await desk.people()).values())) == [2] * 20


_ROWS = st.lists(
    st.builds(
        membership,
        st.sampled_from(["pos", "sap", "woo"]),
        st.sampled_from("1234"),
        phone=st.sampled_from([None, LIN, WANG, "13612345678"]),
        card=st.sampled_from([None, "BW1", "BW2"]),
        union=st.sampled_from([None, None, "u1", "u2"]),
        verified=st.booleans(),
        programme=st.just("club"),
    ),
    max_size=10,
    unique_by=lambda one: (one.channel, one.number),
)


@pytest.fixture(scope="module")
def property_database(postgres):
    return migrated(postgres, "taking_properties")


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(rows=_ROWS, random=st.randoms(use_true_random=False), data=st.data())
def test_any_order_and_any_portions_make_the_same_people(property_database, rows, random, data):
    shuffled = list(rows)
    random.shuffle(shuffled)
    cuts = sorted(data.draw(st.sets(st.integers(0, len(rows)))) | {0, len(rows)})

    async def run():
        store = Store.open(property_database, deadline_seconds=10, connections=1)
        whole, portions = Desk(store, fresh_brand()), Desk(store, fresh_brand())
        try:
            await whole.take(*rows)
            for start, end in pairwise(cuts):
                await portions.take(*shuffled[start:end])
            assert sorted((await portions.people()).values()) == sorted(
                (await whole.people()).values()
            )
            assert await portions.queue() == await whole.queue()
        finally:
            await store.aclose()

    asyncio.run(run())


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(first=_ROWS, second=_ROWS, data=st.data())
def test_whatever_stood_before_the_last_word_counts_and_old_ids_go_on(
    property_database, first, second, data
):
    cut = data.draw(st.integers(0, len(second)))

    async def run():
        store = Store.open(property_database, deadline_seconds=10, connections=1)
        changed, straight = Desk(store, fresh_brand()), Desk(store, fresh_brand())
        try:
            await changed.take(*first)
            before = {*await changed.people(), *await changed.aliases()}
            await changed.take(*second[:cut])
            await changed.take(*second[cut:])
            last = {(one.channel, one.number): one for one in (*first, *second)}
            await straight.take(*last.values())
            people = await changed.people()
            assert sorted(people.values()) == sorted((await straight.people()).values())
            assert await changed.queue() == await straight.queue()
            aliases = await changed.aliases()
            assert before <= {*people, *aliases}
            assert set(aliases.values()) <= set(people)
        finally:
            await store.aclose()

    asyncio.run(run())


def test_the_default_rules_agree_with_live_reads():
    assert DEFAULT_RULES.shared_in_channel == 3


def _contents(database):
    """Every row of every table as text."""
    told = []
    with psycopg.connect(database) as connection:
        for table in sorted(METADATA.tables):
            for row in connection.execute(f"SELECT * FROM {table} ORDER BY 1, 2, 3"):  # noqa: S608
                told += [str(cell) for cell in row]
                told += [cell.hex() for cell in row if isinstance(cell, bytes)]
    return "\n".join(told)


async def test_a_batch_worked_out_by_other_rules_is_worked_out_again(desk):
    given = desk.intake.given([membership("sap", "1", phone="13812345678")])
    blocked = replace(DEFAULT_RULES, blocked=(r"\+8613812345678",))
    await desk.store.transaction(
        lambda run: desk.intake.rules.put(run, blocked, by="test", at=desk.at)
    )
    await desk.store.transaction(lambda run: desk.intake.take_given(run, given, at=desk.at))
    rows = await desk.rows("SELECT barred FROM identity_claims WHERE brand = :brand")
    assert [row.barred for row in rows] == [True]


async def test_what_is_shown_as_before_is_written_again_a_day_later(desk):
    one = membership("sap", "1", phone="13812345678")
    await desk.take(one)
    (first,) = await desk.rows(SEEN)
    await desk.take(replace(one, home_store_code="M0001"))
    assert await desk.rows(SEEN) == [first], "a sighting is written once a day"
    desk.at += timedelta(days=1)
    await desk.take(replace(one, home_store_code="M0002"))
    (last,) = await desk.rows(SEEN)
    assert last.last_seen == desk.at
    assert last.sealed_value != first.sealed_value


def told(number, *attributes, connector="pos-one", points=None):
    """A membership that tells attributes, as `key=value`."""
    one = membership("pos", number, phone=LIN)
    given = tuple(ToldAttribute(*each.split("=")) for each in attributes)
    return replace(
        one,
        contact=replace(one.contact, attributes=given),
        source=replace(one.source, connector=connector),
        home_store_code=points,
    )


ATTRIBUTES = """
  SELECT key, source, observed_at, kinds FROM attribute_observations WHERE brand = :brand
  ORDER BY key, observed_at
"""


async def test_what_a_record_tells_is_kept_since_it_is_told_and_goes_when_it_is_told_no_more(desk):
    async def kept():
        rows = await desk.rows(ATTRIBUTES)
        return [(row.key, row.source, (row.observed_at - START) // HOUR) for row in rows]

    await desk.take(told("1", "birthday=1990-11-02", "interest=tea", "interest=nuts"))
    first = [(key, "pos-one", 1) for key in ("birthday", "interest", "interest")]
    assert await kept() == first
    again = told("1", "birthday=1990-11-02", "interest=tea", "interest=nuts", points="M1")
    assert (await desk.take(again)).changed == 1
    assert await kept() == first
    await desk.take(told("1", "birthday=1990-12-02", "interest=tea"))
    assert await kept() == [("birthday", "pos-one", 3), ("interest", "pos-one", 1)]
    await desk.take(told("1", "interest=tea", connector="pos-two"))
    assert await kept() == [("interest", "pos-two", 4)]
    await desk.take(told("1", connector="pos-two"), told("2", "interest=nuts"))
    assert await kept() == [("interest", "pos-one", 5)]


async def test_what_the_staff_told_stays_whatever_the_system_tells(desk):
    await desk.take(told("1", "birthday=1990-11-02"))
    keys = DataKeys(desk.brand, Sealer(b"s" * 32))
    holder = MembershipKey("pos", "1")
    said = Observation(holder=holder, key="birthday", value="1", source=STAFF, observed_at=START)
    await Attributes(desk.store, desk.brand, keys, KEY).observe([said])
    await desk.take(told("1"))
    assert [row.source for row in await desk.rows(ATTRIBUTES)] == [STAFF]
