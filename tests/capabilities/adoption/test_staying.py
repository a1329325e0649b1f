"""Out of a halt: where it was by the gates for staying, further down by none, never further up."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from capabilities.adoption.bounds import PRODUCTION
from capabilities.adoption.deciding import promoted, resumed
from capabilities.adoption.demotion import demotion
from capabilities.adoption.evidence import Fact
from capabilities.adoption.history import AdoptionDeclined
from capabilities.adoption.moves import moved
from capabilities.adoption.shown import shown
from capabilities.adoption.states import WAY, AdoptionState
from capabilities.adoption.staying import FURTHER_DOWN, STAYING, verdict_of_staying
from tests.capabilities.adoption.cases import BASIS, GOOD, NOON, WANTED, case, evidence

S = AdoptionState
HALTED_AT = NOON - timedelta(hours=30)
BEFORE = {fact: replace(one, at=HALTED_AT - timedelta(hours=1)) for fact, one in GOOD.items()}
BEFORE[Fact.DRIFT] = GOOD[Fact.DRIFT]  # reconciled each day, also while it is halted
# What would send it down at once where it stays, by the gate that says so.
WORSE = [
    (Fact.CONSENT_KEPT, 0, "consent-kept", WAY[4:10]),
    (Fact.BREAKER_OPEN, 1, "circuit-closed", WAY[5:9]),
    (Fact.CONTRACT_PASSED, 0, "contract-kept", (S.CONTRACT_OK, *WAY[5:10])),
    (Fact.MISMATCH_RATE, 0.0011, "mismatch-rate", WAY[5:7]),
    (Fact.MISMATCH_CRITICAL, 1, "mismatch-critical", WAY[5:7]),
    (Fact.DRIFT, 11, "drift", WAY[7:9]),
]


def halted(state, known=BEFORE, *, frozen=False, **changes):
    """A pair that was halted 30 hours ago, and what was known of it then."""
    here = case(state, known, **changes)
    stopped = moved(here.standing, S.HALTED, HALTED_AT, frozen=frozen)
    return replace(here, standing=stopped)


def words(found):
    return [f"{one.name}: {one.required}; {one.observed}; {one.ok}" for one in found.gates]


@pytest.mark.parametrize("state", WAY[1:10], ids=lambda state: state.value)
def test_it_stays_on_what_was_known_before_however_long_it_was_halted(state):
    here = halted(state, read_points=2_500, write_points=2_500)
    found = verdict_of_staying(here)
    assert found.ok, words(found)
    assert (found.target, found.profile) == (state, PRODUCTION.name)
    assert len(found.gates) == len(STAYING.get(state, ()))
    fresh, decided = resumed(here, state, WANTED)
    assert (fresh.state, fresh.from_state, fresh.frozen) == (state, S.HALTED, False)
    assert (fresh.read_points, fresh.write_points) == (2_500, 2_500)
    assert fresh.entered_at == NOON
    assert decided.gates == found.gates
    assert shown(here).next == found
    assert demotion(replace(here, standing=fresh)) is None


@pytest.mark.parametrize(("fact", "value", "gate", "states"), WORSE, ids=lambda one: str(one)[:20])
def test_each_gate_refuses_where_it_is_asked_and_nowhere_else(fact, value, gate, states):
    for state in WAY[1:10]:
        here = halted(state, {**BEFORE, fact: evidence(fact, value)})
        done = resumed(here, state, WANTED)
        refused = [one.name for one in done.gates] if isinstance(done, AdoptionDeclined) else []
        assert refused == ([gate] if state in states else []), words(verdict_of_staying(here))


def test_the_verdict_is_printed_as_it_is_read():
    assert words(verdict_of_staying(halted(S.CANARY_READ))) == [
        "consent-kept: kept; not measured; True",
        "circuit-closed: closed; not measured; True",
        "contract-kept: kept; measured 31 h ago; True",
        "definitions-unchanged: as compared; as compared; True",
        "mismatch-rate: at most 0.1 %; 0.1 %; True",
        "mismatch-critical: at most 0; 0; True",
    ]
    assert words(verdict_of_staying(halted(S.DUAL_WRITE_MIDDLE_LEAD))) == [
        "consent-kept: kept; not measured; True",
        "circuit-closed: closed; not measured; True",
        "contract-kept: kept; measured 31 h ago; True",
        "definitions-unchanged: as compared or reconciled; as compared; True",
        "drift: at most 10; 0; True",
    ]
    assert words(verdict_of_staying(halted(S.FEDERATED_READ))) == []


@pytest.mark.parametrize("state", WAY[5:10], ids=lambda state: state.value)
def test_under_another_definition_nothing_counts(state):
    other = replace(halted(state), basis=replace(BASIS, connector="another"))
    done = resumed(other, state, WANTED)
    assert "definitions-unchanged" in {one.name for one in done.gates}
    fresh, _ = resumed(other, S.SHADOW_READ, WANTED)
    assert (fresh.state, fresh.read_points, fresh.write_points) == (S.SHADOW_READ, 0, 0)


OTHER = replace(BASIS, connector="another")
RECONCILED = {
    **BEFORE,
    Fact.BOTH_EQUAL: evidence(Fact.BOTH_EQUAL, 1, basis=OTHER),
    Fact.DRIFT: evidence(Fact.DRIFT, 0, basis=OTHER),
}


def unchanged(found):
    return next(one.observed for one in found.gates if one.name == "definitions-unchanged")


@pytest.mark.parametrize("state", WAY[5:10], ids=lambda state: state.value)
def test_both_sides_reconciled_under_another_definition_are_as_compared_where_both_are_written(
    state,
):
    here = replace(halted(state, RECONCILED), basis=OTHER)
    done = resumed(here, state, WANTED)
    if state in WAY[5:7]:
        assert unchanged(done) == "changed: resume at SHADOW_READ"
        return
    fresh, decided = done
    assert (fresh.state, unchanged(decided)) == (state, "as reconciled")
    # neither the next look sends it down, nor one behind a day with a few differences
    some = {**RECONCILED, Fact.DRIFT: evidence(Fact.DRIFT, 9, basis=OTHER)}
    for known in (RECONCILED, some):
        assert demotion(replace(here, standing=fresh, known=known)) is None
    unequal = {fact: one for fact, one in RECONCILED.items() if fact is not Fact.BOTH_EQUAL}
    refused = resumed(replace(here, known=unequal), state, WANTED)
    assert unchanged(refused) == "changed: reconcile until nothing differs"
    assert [one.name for one in refused.gates] == ["definitions-unchanged"]


@pytest.mark.parametrize(
    "equal",
    [
        evidence(Fact.BOTH_EQUAL, 1),
        evidence(Fact.BOTH_EQUAL, 1, basis=OTHER, at=HALTED_AT - timedelta(days=9)),
    ],
    ids=["under the old definition", "before it was compared last"],
)
def test_another_reconciliation_says_nothing_of_what_is_in_force(equal):
    known = {**RECONCILED, Fact.BOTH_EQUAL: equal}
    for state in WAY[7:10]:
        here = replace(halted(state, known), basis=OTHER)
        refused = resumed(here, state, WANTED)
        assert [one.name for one in refused.gates] == ["definitions-unchanged"]
        assert demotion(replace(case(state, known), basis=OTHER)) is not None


OPEN = {**BEFORE, Fact.BREAKER_OPEN: evidence(Fact.BREAKER_OPEN, 1)}


@pytest.mark.parametrize(
    ("known", "basis"),
    [(OPEN, BASIS), (BEFORE, OTHER), (RECONCILED, OTHER), (BEFORE, BASIS)],
    ids=["open", "changed", "reconciled", "as it was"],
)
def test_a_resume_is_refused_where_the_next_look_would_send_it_down_and_nowhere_else(known, basis):
    for state in WAY[5:10]:
        here = replace(halted(state, known), basis=basis)
        for target in WAY[3 : state.step]:
            stays = moved(here.standing, target, NOON)
            falls = demotion(replace(here, standing=stays))
            done = resumed(here, target, WANTED)
            if falls is None:
                assert done[0] == stays
            else:
                assert (done.code, done.gates != ()) == ("ADOPTION_GATES", True), (state, target)


@pytest.mark.parametrize("state", WAY[1:10], ids=lambda state: state.value)
def test_further_down_little_is_asked_and_further_up_is_refused(state):
    bad = {fact: replace(one, value=0.5) for fact, one in BEFORE.items()}
    here = halted(state, {**bad, Fact.CONSENT_KEPT: evidence(Fact.CONSENT_KEPT, 0)})
    for target in WAY:
        done = resumed(here, target, WANTED)
        if target.step < state.step:
            assert done[0].state is target
            assert len(done[1].gates) == len(FURTHER_DOWN.get(target, ()))
        elif target.step > state.step:
            assert done.code == "ADOPTION_ILLEGAL"
    assert promoted(here, None, WANTED).code == "ADOPTION_ILLEGAL"


@pytest.mark.parametrize(
    ("state", "frozen", "goes_on"),
    [
        (S.CANARY_READ, False, False),
        (S.CANARY_READ, True, True),
        (S.DUAL_WRITE_MIDDLE_LEAD, False, True),
    ],
)
def test_the_time_of_a_share_goes_on_where_the_halt_left_it_in_force(state, frozen, goes_on):
    here = halted(state, frozen=frozen)
    fresh, _ = resumed(here, state, WANTED)
    assert (fresh.routed_at == case(state).standing.routed_at) is goes_on


def test_nothing_compared_is_nothing_to_stay_on():
    unknown = {fact: one for fact, one in BEFORE.items() if fact is not Fact.MISMATCH_RATE}
    refused = resumed(halted(S.CANARY_READ, unknown), S.CANARY_READ, WANTED)
    assert [(one.name, one.observed) for one in refused.gates] == [
        ("mismatch-rate", "not measured")
    ]
