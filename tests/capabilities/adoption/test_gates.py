"""Gates: just good enough is met, a little worse is not, and what is not known never is."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from capabilities.adoption.bounds import DEMO, DURATIONS, PRODUCTION, STANDARD
from capabilities.adoption.evidence import SIGNED, Fact
from capabilities.adoption.gates import GATES, verdict, verdict_of_share
from capabilities.adoption.standing import ConflictPolicy
from capabilities.adoption.states import WAY, AdoptionState, Share
from capabilities.adoption.staying import STAYING
from schema.adoption_remedies import REMEDIES
from tests.capabilities.adoption.cases import BASIS, GOOD, NOON, VALUES, case, spoiled

S = AdoptionState
UP = [(before, before.next) for before in WAY[:10]]
# The fact, and what is just not good enough: every number and the side that it fails on.
WORSE = {
    **dict.fromkeys((fact for fact, value in VALUES.items() if value == 1), 0),
    Fact.STATUS_COVERED: 0.9999,
    Fact.STATUS_UNKNOWN: 1,
    Fact.LEGACY_P99: 801,
    Fact.LEGACY_ERRORS: 0.0101,
    Fact.HEADROOM: 0.2999,
    Fact.BACKFILL_DAYS_DIFFER: 1,
    Fact.FEED_LAG_P99: 60.1,
    Fact.COMPARISONS: 9_999,
    Fact.COMPARED_SECONDS: VALUES[Fact.COMPARED_SECONDS] - 1,
    Fact.MISMATCH_RATE: 0.0011,
    Fact.MISMATCH_CRITICAL: 1,
    Fact.MISMATCH_UNEXPLAINED: 1,
    Fact.PLATFORM_P99: 801,
    Fact.PLATFORM_ERRORS: 0.0101,
    Fact.DRIFT: 1,
    Fact.DRIFT_FREE_SECONDS: VALUES[Fact.DRIFT_FREE_SECONDS] - 1,
    Fact.WRITE_LAG_P99: 60.1,
    Fact.LEGACY_UNREAD_SECONDS: VALUES[Fact.LEGACY_UNREAD_SECONDS] - 1,
}


def failing(of, target):
    return {one.name for one in verdict(of, target).failing}


@pytest.mark.parametrize(("before", "target"), UP)
def test_just_good_enough_is_met(before, target):
    found = verdict(case(before), target)
    assert found.ok
    assert found.gates
    assert len({one.name for one in found.gates}) == len(found.gates)
    assert not any(one.shortened for one in found.gates)


@pytest.mark.parametrize("fact", VALUES, ids=lambda fact: fact.value)
def test_each_fact_is_asked_by_one_gate_of_some_state(fact):
    worse = spoiled(fact, WORSE[fact])
    missing = {one: found for one, found in GOOD.items() if one is not fact}
    stopped = [
        (len(failing(case(before, worse), target)), len(failing(case(before, missing), target)))
        for before, target in UP
        if failing(case(before, worse), target)
    ]
    assert stopped
    # a contract that is broken also stops a canary, one that nobody checked again does not
    rest = {(1, 0)} if fact is Fact.CONTRACT_PASSED else set()
    assert set(stopped) == {(1, 1)} | rest


@pytest.mark.parametrize(("before", "target"), UP)
def test_what_nobody_measured_meets_nothing(before, target):
    found = verdict(case(before, {}), target)
    of_standing = {"canary-held", "conflict-policy", "led-for", "two-approvals"}
    unless_seen = {"contract-kept"}
    assert {one.name for one in found.gates if one.ok} <= of_standing | unless_seen
    assert not found.ok


def test_evidence_ends_with_what_it_depends_on_and_with_time():
    other = replace(case(S.SHADOW_READ), basis=replace(BASIS, mapping="another"))
    (gate,) = [one for one in verdict(other, S.CANARY_READ).gates if one.name == "comparisons"]
    assert (gate.ok, gate.observed) == (
        False,
        "measured before schema, connector or mapping changed",
    )
    old = NOON - timedelta(hours=24, seconds=1)
    stale = case(S.SHADOW_READ, spoiled(Fact.COMPARISONS, 10_000, at=old))
    assert failing(stale, S.CANARY_READ) == {"comparisons"}
    signed = spoiled(Fact.BUSINESS_SIGNED, 1, at=NOON - timedelta(days=39))
    assert verdict(case(S.DUAL_WRITE_MIDDLE_LEAD, signed), S.MIDDLE_OWNED).ok
    assert Fact.BUSINESS_SIGNED in SIGNED


@pytest.mark.parametrize(
    ("at", "fact", "gates"),
    [
        (S.DUAL_WRITE_LEGACY_LEAD, Fact.RUNBOOK_REHEARSED, {"runbook-rehearsed"}),
        (S.DUAL_WRITE_MIDDLE_LEAD, Fact.BUSINESS_SIGNED, {"business-signed"}),
        (S.MIDDLE_OWNED, Fact.ARCHIVE_EXPORTED, {"archive-exported"}),
        (S.UNREGISTERED, Fact.OWNER_NAMED, set()),
    ],
)
def test_what_was_signed_in_an_earlier_attempt_is_signed_anew(at, fact, gates):
    earlier = case(at, spoiled(fact, 1, at=NOON - timedelta(days=41)))
    found = verdict(earlier, at.next)
    assert {one.name for one in found.failing} == gates
    assert all(one.observed == f"signed before it came to {at.value}" for one in found.failing)


def test_what_was_compared_before_it_was_sent_back_counts_no_more():
    sent_back = NOON - timedelta(seconds=5)
    for ago, counts in ((9, False), (4, True)):
        known = spoiled(Fact.COMPARISONS, 20_000, at=NOON - timedelta(seconds=ago))
        found = failing(case(S.SHADOW_READ, known, entered_at=sent_back), S.CANARY_READ)
        assert ("comparisons" not in found) is counts


STOOD = [
    (S.CANARY_READ, {"read_points": 9_999}, "canary-held"),
    (S.CANARY_READ, {"routed_at": NOON - timedelta(hours=23)}, "canary-held"),
    (S.DUAL_WRITE_LEGACY_LEAD, {"conflict_policy": None}, "conflict-policy"),
    (S.DUAL_WRITE_MIDDLE_LEAD, {"write_points": 5_000}, "led-for"),
    (S.DUAL_WRITE_MIDDLE_LEAD, {"routed_at": NOON - timedelta(days=29)}, "led-for"),
]


@pytest.mark.parametrize(("before", "changes", "name"), STOOD)
def test_how_it_stands_is_asked_too(before, changes, name):
    assert failing(case(before, **changes), before.next) == {name}


@pytest.mark.parametrize(
    ("before", "place"),
    [(before, place) for before, target in UP for place in range(len(GATES[target]))],
)
def test_a_gate_that_lets_everything_through_is_noticed(before, place):
    """Of every gate there is a case that it alone stops: with a mutant in its place it goes."""
    rules = GATES[before.next]
    mutants = [*rules[:place], *rules[place + 1 :]]
    cases = [case(before, spoiled(fact, worse)) for fact, worse in WORSE.items()]
    cases += [case(state, **changes) for state, changes, _ in STOOD if state is before]
    cases.append(replace(case(before), approved_by=frozenset({"ada"})))
    assert any(not rules[place](one).ok and all(rule(one).ok for rule in mutants) for one in cases)


def test_the_point_of_no_return_asks_two_people():
    alone = replace(case(S.MIDDLE_OWNED), approved_by=frozenset({"ada"}))
    assert failing(alone, S.LEGACY_RETIRED) == {"two-approvals"}


def test_a_demo_shortens_durations_alone_and_says_so():
    quick = spoiled(Fact.COMPARED_SECONDS, 20)
    (short,) = [
        one
        for one in verdict(case(S.SHADOW_READ, quick, DEMO), S.CANARY_READ).gates
        if one.shortened
    ]
    assert (short.required, short.observed, short.ok) == ("7 d, here 20 s", "20 s", True)
    assert verdict(case(S.SHADOW_READ, quick, DEMO), S.CANARY_READ).ok
    assert failing(case(S.SHADOW_READ, quick), S.CANARY_READ) == {"compared-for"}
    assert set(DEMO.durations) <= DURATIONS
    assert not any(one.shortened for one in verdict(case(S.SHADOW_READ), S.CANARY_READ).gates)
    for fact in (Fact.COMPARISONS, Fact.MISMATCH_CRITICAL, Fact.MISMATCH_RATE):
        assert failing(case(S.SHADOW_READ, spoiled(fact, WORSE[fact]), DEMO), S.CANARY_READ)


@pytest.mark.parametrize(("before", "target"), UP)
def test_what_a_demo_lets_through_production_refuses_by_the_shortened_gates(before, target):
    quick = {
        **GOOD,
        **{
            fact: replace(GOOD[fact], value=20)
            for fact in GOOD
            if fact.value.endswith("seconds") and "lag" not in fact.value
        },
    }
    here = case(before, quick, DEMO, routed_at=NOON - timedelta(seconds=20))
    shown = verdict(here, target)
    assert shown.ok
    refused = failing(replace(here, profile=PRODUCTION), target)
    assert refused == {one.name for one in shown.gates if one.shortened}


def test_an_owners_values_are_what_is_required():
    strict = replace(case(S.CONTRACT_OK), bounds=replace(STANDARD.defaults, legacy_p99_ms=500))
    (gate,) = verdict(strict, S.FEDERATED_READ).failing
    assert (gate.name, gate.required, gate.observed) == ("legacy-p99", "at most 500 ms", "800 ms")


@pytest.mark.parametrize(
    ("before", "points", "short"),
    [
        (0, 500, set()),
        (0, 501, {"step-order"}),
        (500, 2_500, set()),
        (500, 5_000, {"step-order"}),
        (5_000, 10_000, set()),
        (700, 2_500, set()),
    ],
)
@pytest.mark.parametrize("of", Share)
def test_more_people_one_step_after_another(of, before, points, short):
    state = S.CANARY_READ if of is Share.READ else S.DUAL_WRITE_MIDDLE_LEAD
    shares = {"read_points" if of is Share.READ else "write_points": before}
    found = verdict_of_share(case(state, **shares), of, points)
    assert {one.name for one in found.failing} == short
    young = verdict_of_share(case(state, **shares, routed_at=NOON), of, points)
    held = {"step-held"} if before else set()
    assert {one.name for one in young.failing} == short | held


@pytest.mark.parametrize(
    ("of", "fact"),
    [
        (Share.READ, Fact.COMPARISONS),
        (Share.READ, Fact.MISMATCH_CRITICAL),
        (Share.READ, Fact.PLATFORM_ERRORS),
        (Share.WRITE, Fact.DRIFT),
        (Share.WRITE, Fact.WRITE_LAG_P99),
    ],
)
def test_more_people_on_evidence_only(of, fact):
    state = S.CANARY_READ if of is Share.READ else S.DUAL_WRITE_MIDDLE_LEAD
    worse = case(state, spoiled(fact, WORSE[fact]), read_points=500, write_points=500)
    assert len(verdict_of_share(worse, of, 2_500).failing) == 1


def test_every_gate_has_its_remedy():
    here = case(S.CANARY_READ, read_points=500)
    names = {one.name for rules in GATES.values() for one in (rule(here) for rule in rules)}
    names |= {one.name for one in verdict_of_share(here, Share.READ, 2_500).gates}
    names |= {one.name for rules in STAYING.values() for one in (rule(here) for rule in rules)}
    assert names == set(REMEDIES)
    assert all(set(words) == {"zh-CN", "en"} for words in REMEDIES.values())


def test_conflict_policies_are_words():
    gates = verdict(case(S.DUAL_WRITE_LEGACY_LEAD), S.DUAL_WRITE_MIDDLE_LEAD).gates
    (gate,) = [one for one in gates if one.name == "conflict-policy"]
    assert gate.observed == ConflictPolicy.LEADER_WINS.value
