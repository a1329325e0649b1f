"""What sends a pair down by itself, and what does not."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from capabilities.adoption.demotion import demotion
from capabilities.adoption.evidence import Basis, Fact
from capabilities.adoption.moves import legal
from capabilities.adoption.states import WAY, AdoptionState
from tests.capabilities.adoption.cases import BASIS, GOOD, NOON, case, evidence

S = AdoptionState
BURN = evidence(Fact.PLATFORM_BURN, 0.25, sample=40)
SPIKE = evidence(Fact.MISMATCH_RECENT, 0.02, sample=200)
DRIFT = evidence(Fact.DRIFT, 11)
OPEN = evidence(Fact.BREAKER_OPEN, 1)
BREACH = evidence(Fact.CONSENT_KEPT, 0)
BROKEN = evidence(Fact.CONTRACT_PASSED, 0, query="contract check: 1 of 9 findings wrong: kept")
# Where each cause sends a pair that stands at a state; elsewhere it does nothing.
CAUSES = [
    (BURN, {S.CANARY_READ: S.SHADOW_READ, S.MIDDLE_READ: S.CANARY_READ, WAY[7]: S.HALTED}),
    (SPIKE, dict.fromkeys((S.CANARY_READ, S.MIDDLE_READ), S.HALTED)),
    (DRIFT, dict.fromkeys(WAY[7:9], S.HALTED)),
    (OPEN, dict.fromkeys(WAY[5:9], S.HALTED)),
    (BREACH, dict.fromkeys(WAY[4:10], S.HALTED)),
    (
        BROKEN,
        {
            S.CONTRACT_OK: S.REGISTERED,
            **dict.fromkeys(WAY[5:8], S.SHADOW_READ),
            **dict.fromkeys(WAY[8:10], S.HALTED),
        },
    ),
]
CAUSES[0][1][WAY[8]] = S.HALTED


@pytest.mark.parametrize(("found", "targets"), CAUSES, ids=lambda one: str(one)[:30])
def test_each_cause_sends_down_where_it_must(found, targets):
    for state in S:
        told = demotion(case(state, {**GOOD, found.fact: found}))
        assert (told and told.target) == targets.get(state)
        if told is not None:
            legal(case(state).standing, told.target)
            assert told.reason


@pytest.mark.parametrize(
    "found",
    [
        replace(BURN, value=0.05),
        replace(BURN, sample=19),
        replace(SPIKE, value=0.01),
        replace(SPIKE, sample=99),
        replace(DRIFT, value=10),
        replace(OPEN, value=0),
        replace(BREACH, value=1),
        replace(BROKEN, value=1),
    ],
)
def test_at_its_bound_nothing_happens(found):
    for state in S:
        assert demotion(case(state, {**GOOD, found.fact: found})) is None


def test_what_was_measured_before_a_state_began_is_of_another():
    begun = {"entered_at": NOON + timedelta(seconds=1)}
    for found in (BURN, SPIKE, DRIFT, OPEN, BREACH, BROKEN):
        assert demotion(case(S.CANARY_READ, {found.fact: found}, **begun)) is None


@pytest.mark.parametrize("part", ["schema", "connector", "mapping"])
def test_a_changed_definition_sends_back_to_comparing(part):
    for state in S:
        changed = replace(case(state), basis=replace(BASIS, **{part: "another"}))
        told = demotion(changed)
        if state in WAY[5:8]:
            assert (told.target, told.frozen) == (S.SHADOW_READ, False)
        elif state in WAY[8:10]:
            assert (told.target, told.frozen) == (S.HALTED, True)
        else:
            assert told is None


def test_where_nobody_told_the_definitions_in_force_none_has_changed():
    for state in WAY[5:10]:
        assert demotion(replace(case(state), basis=Basis())) is None


def test_where_the_legacy_is_away_reads_stay_where_they_are():
    assert demotion(case(S.MIDDLE_READ, {OPEN.fact: OPEN})).frozen
    assert not demotion(case(S.MIDDLE_READ, {SPIKE.fact: SPIKE})).frozen


def test_the_gravest_cause_is_told():
    both = {one.fact: one for one in (BURN, BREACH)}
    assert demotion(case(S.CANARY_READ, both)).reason == "a consent was not kept"
