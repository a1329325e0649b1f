"""Comparisons in the store: added up, read as a report, and proved from, each under its rules."""

import asyncio
from datetime import timedelta
from itertools import count

import psycopg
import pytest
from msgspec.structs import replace

from capabilities.adoption.acknowledging import Acknowledging
from capabilities.adoption.comparing import Subject, compare
from capabilities.adoption.defining import version_of
from capabilities.adoption.difference import DiffClass, FieldClass
from capabilities.adoption.evidence import Basis, Fact
from capabilities.adoption.expected import Rules
from capabilities.adoption.states import AdoptionState
from capabilities.adoption.tally import Batch, Tally
from capabilities.errors import BadInput
from capabilities.estate import Capability
from capabilities.member.records import Contact, Points, Tier
from store.adoption.acknowledgements import Acknowledgements
from store.adoption.acknowledging import Desk
from store.adoption.compared_facts import ComparedFacts
from store.adoption.comparison_reading import ComparisonReports
from store.adoption.comparisons import Comparisons
from store.wishes import KeyReused
from tests.capabilities.adoption.pairs import PLATFORM, chance_of, record
from tests.migrated import migrated
from tests.store.adoption.conftest import NOON, to

MEMBER = Capability.MEMBER
BASIS = Basis(schema="s", connector="c", mapping="m")
LEGACY = replace(
    record(chance_of(1), MEMBER), home_store_code="S1", tier=Tier(code="G"), native=None
)
SAME = replace(LEGACY, source=PLATFORM)
OTHER_TIER = replace(SAME, tier=Tier(code="GOLD"))
OTHER_POINTS = replace(SAME, points=Points(available=-1, pending=LEGACY.points.pending))


_NUMBERS = count()


@pytest.fixture(scope="module")
def database(postgres):
    """One for all: each test has a brand of its own."""
    return migrated(postgres, "compared")


@pytest.fixture
def owned(owned):
    return replace(owned, brand=f"brand-{next(_NUMBERS)}")


@pytest.fixture
def comparisons(owned):
    return Comparisons(owned.store, owned.brand)


@pytest.fixture
def facts(owned):
    return ComparedFacts(owned.store, owned.brand)


async def keep(
    comparisons, *platforms, at=NOON, rules=None, basis=BASIS, legacy=LEGACY, batch=None
):
    """Pairs of one record with each of these, as one process would write them."""
    subject = Subject("shop", MEMBER, version_of(basis), Rules() if rules is None else rules)
    tally = Tally(b"secret")
    for number, platform in enumerate(platforms):
        tally.add(compare(subject, str(number), legacy, platform, at))
    await comparisons.keep(*tally.drain(), batch=batch)


async def told(facts, at=NOON, rules=None, basis=BASIS):
    found = await facts.of("shop", MEMBER, basis, Rules() if rules is None else rules, at)
    return {one.fact: one.value for one in found}


async def test_what_several_processes_write_at_once_adds_up(comparisons, owned):
    await asyncio.gather(*(keep(comparisons, SAME, OTHER_TIER, None) for _ in range(8)))
    found = await ComparisonReports(owned.store, owned.brand).of("shop", MEMBER, NOON, 14)
    assert (found.compared, found.mismatched, found.critical) == (24, 16, 0)
    assert {one.klass: one.count for one in found.classes} == {
        DiffClass.EQUAL: 8,
        DiffClass.MISMATCH: 8,
        DiffClass.MISSING: 8,
    }
    worst = found.fields[0]
    assert (worst.field, worst.compared, worst.mismatched) == ("tier.code", 16, 8)
    assert {one.field for one in found.fields} >= {"contact.phone", "points.available"}
    assert [(one.name, one.compared) for one in found.stores] == [("S1", 24)]
    assert [(one.name, one.compared) for one in found.days] == [("2026-11-11", 24)]
    assert [one.name for one in found.versions] == [version_of(BASIS)]
    assert [(one.at, one.compared, one.mismatched) for one in found.trend] == [(NOON, 24, 16)]


async def test_a_batch_counts_once_however_often_it_is_sent(comparisons, owned):
    for number in (1, 2):
        batch = Batch("one", number, NOON)
        await asyncio.gather(*(keep(comparisons, SAME, batch=batch) for _ in range(4)))
    await keep(comparisons, SAME, batch=Batch("another", 1, NOON))
    found = await ComparisonReports(owned.store, owned.brand).of("shop", MEMBER, NOON, 14)
    assert found.compared == 3


async def test_a_report_shows_samples_that_name_nobody(comparisons, owned, database):
    other = replace(SAME, contact=Contact(phone="13900001234", phone_verified=True))
    await keep(comparisons, other)
    found = await ComparisonReports(owned.store, owned.brand).of("shop", MEMBER, NOON, 14)
    shown = {one.field: one for one in found.samples}
    assert shown["contact.phone"].platform == "139****1234"
    assert shown["contact.name"].platform is None
    with psycopg.connect(database) as connection:
        rows = connection.execute(
            "SELECT * FROM adoption_samples WHERE brand = %s", (owned.brand,)
        ).fetchall()
    text = repr(rows)
    contact = LEGACY.contact
    values = ("13900001234", contact.phone[3:], contact.name, contact.email, contact.card_number)
    assert [value for value in values if value in text] == []


async def test_nothing_compared_is_no_report(owned):
    assert await ComparisonReports(owned.store, owned.brand).of("shop", MEMBER, NOON, 14) is None


async def test_facts_are_those_of_one_definition(comparisons, facts):
    await keep(comparisons, *[SAME] * 97, OTHER_TIER, OTHER_POINTS, None)
    found = await told(facts)
    assert found[Fact.COMPARISONS] == 100
    assert found[Fact.MISMATCH_RATE] == pytest.approx(0.03)
    assert found[Fact.MISMATCH_CRITICAL] == 1
    assert found[Fact.MISMATCH_UNEXPLAINED] == 3
    assert found[Fact.MISMATCH_RECENT] == pytest.approx(0.03)
    assert found[Fact.COMPARED_PEAKS] == 1
    mended = await told(facts, basis=replace(BASIS, mapping="mended"))
    assert {mended[fact] for fact in mended} == {0}


async def test_the_time_compared_runs_from_the_first_pair_to_the_last(comparisons, facts):
    await keep(comparisons, SAME)
    await keep(comparisons, SAME, at=NOON + timedelta(days=3, seconds=7))
    found = await told(facts, NOON + timedelta(days=3))
    assert found[Fact.COMPARED_SECONDS] == 3 * 86_400 + 7


async def test_recent_is_the_last_five_minutes(comparisons, facts):
    await keep(comparisons, None)
    assert (await told(facts, NOON + timedelta(minutes=5)))[Fact.MISMATCH_RECENT] == 1
    later = await told(facts, NOON + timedelta(minutes=6))
    assert (later[Fact.MISMATCH_RECENT], later[Fact.MISMATCH_RATE]) == (0, 1)


async def test_a_quiet_hour_beside_a_busy_one_is_no_peak(comparisons, facts):
    await keep(comparisons, *[SAME] * 201, at=NOON - timedelta(hours=3), basis=Basis())
    await keep(comparisons, *[SAME] * 100)
    assert (await told(facts))[Fact.COMPARED_PEAKS] == 0
    await keep(comparisons, SAME)
    assert (await told(facts))[Fact.COMPARED_PEAKS] == 1


def wish(**told):
    wished = {
        "channel": "shop",
        "capability": MEMBER,
        "field": "tier.code",
        "klass": DiffClass.MISMATCH,
        "pattern": "G -> GOLD",
        "reason": "codes were renamed",
        "owner": "lin",
        "until": NOON + timedelta(days=30),
    }
    return Acknowledging(**{**wished, **told})


async def rules_of(owned, at=NOON):
    found = await Acknowledgements(owned.store, owned.brand).in_force(at)
    return found.get((MEMBER, "shop"), Rules()).at(at)


async def test_what_is_explained_counts_anew_and_what_was_counted_stays(owned, comparisons, facts):
    await keep(comparisons, OTHER_TIER, OTHER_POINTS)
    await Desk(owned, "lin", "ADMINISTRATOR").explain(wish(), "k1")
    rules = await rules_of(owned)
    await keep(comparisons, OTHER_TIER, SAME, rules=rules)
    found = await told(facts, rules=rules)
    assert (found[Fact.COMPARISONS], found[Fact.MISMATCH_RATE]) == (2, 0)
    assert found[Fact.MISMATCH_UNEXPLAINED] == 0
    assert found[Fact.MISMATCH_CRITICAL] == 1  # points were compared before, and nobody explains it
    report = await ComparisonReports(owned.store, owned.brand).of("shop", MEMBER, NOON, 14)
    assert [one.id for one in report.rules] == [one.id for one in rules.all]
    tier = next(one for one in report.fields if one.field == "tier.code")
    assert (tier.mismatched, tier.expected, tier.of) == (1, 1, FieldClass.OTHER)


async def test_an_explanation_is_kept_once_and_stands_in_the_audit_trail(owned, database):
    desk = Desk(owned, "lin", "ADMINISTRATOR")
    first = await desk.explain(wish(), "k1")
    assert await desk.explain(wish(), "k1") == first
    with pytest.raises(KeyReused):
        await desk.explain(wish(pattern="* -> *"), "k1")
    with psycopg.connect(database) as connection:
        rows = connection.execute(
            "SELECT action, actor, reason FROM audit_entries WHERE brand = %s", (owned.brand,)
        ).fetchall()
    assert rows == [("adoption.acknowledge", "lin", "codes were renamed")]


async def test_what_may_not_be_explained_leaves_nothing(owned):
    with pytest.raises(BadInput) as refused:
        await Desk(owned, "lin", None).explain(wish(field="status", pattern="* -> *"), "k1")
    assert refused.value.code == "ADOPTION_DIFF_CRITICAL"
    assert (await rules_of(owned)).all == ()


async def test_an_explanation_ends_and_is_ended_sooner_by_another_of_the_same(owned, clock):
    desk = Desk(owned, "lin", None)
    await desk.explain(wish(), "k1")
    clock.pass_by(hours=1)
    await desk.explain(wish(until=clock.now + timedelta(hours=1)), "k2")
    assert len((await rules_of(owned, clock.now)).all) == 1
    assert (await rules_of(owned, clock.now + timedelta(hours=1))).all == ()


@pytest.mark.parametrize("change", ["DELETE FROM", "UPDATE", "TRUNCATE"])
async def test_explanations_are_only_ever_added(owned, database, change):
    await Desk(owned, "lin", None).explain(wish(), "k1")
    what = " SET reason = 'another'" if change == "UPDATE" else ""
    with (
        psycopg.connect(database) as connection,
        pytest.raises(psycopg.errors.RaiseException, match="never changed"),
    ):
        connection.execute(f"{change} adoption_acknowledgements{what}")


async def test_going_back_to_the_shadow_begins_to_count_anew(owned, comparisons, facts, standings):
    await standings.move("shop", MEMBER, to(AdoptionState.SHADOW_READ))
    await keep(comparisons, OTHER_POINTS, rules=await rules_of(owned))
    assert (await told(facts, rules=await rules_of(owned)))[Fact.MISMATCH_CRITICAL] == 1
    await standings.move("shop", MEMBER, to(AdoptionState.FEDERATED_READ))
    await standings.move("shop", MEMBER, to(AdoptionState.SHADOW_READ))
    rules = await rules_of(owned)
    assert set((await told(facts, rules=rules)).values()) == {0}
    await keep(comparisons, SAME, rules=rules)
    assert (await told(facts, rules=rules))[Fact.COMPARISONS] == 1
