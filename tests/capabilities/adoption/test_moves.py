"""Which moves are legal: the whole table, and what a move leaves behind."""

from datetime import UTC, date, datetime

import pytest
from msgspec.structs import replace

from capabilities.adoption.moves import Illegal, is_up, legal, moved, reachable
from capabilities.adoption.standing import implicit
from capabilities.adoption.states import WAY, AdoptionState, Side
from capabilities.estate import Capability

S = AdoptionState
NOON = datetime(2026, 11, 11, 4, tzinfo=UTC)
PAIR = implicit("shop", Capability.MEMBER)
# By state: one step up, every step down, STAYS_LEGACY and HALTED.
TABLE = {
    S.UNREGISTERED: {S.REGISTERED},
    S.REGISTERED: {S.CONTRACT_OK, S.UNREGISTERED, S.STAYS_LEGACY, S.HALTED},
    S.CONTRACT_OK: {S.FEDERATED_READ, *WAY[:2], S.STAYS_LEGACY, S.HALTED},
    S.FEDERATED_READ: {S.SHADOW_READ, *WAY[:3], S.STAYS_LEGACY, S.HALTED},
    S.SHADOW_READ: {S.CANARY_READ, *WAY[:4], S.STAYS_LEGACY, S.HALTED},
    S.CANARY_READ: {S.MIDDLE_READ, *WAY[:5], S.STAYS_LEGACY, S.HALTED},
    S.MIDDLE_READ: {S.DUAL_WRITE_LEGACY_LEAD, *WAY[:6], S.STAYS_LEGACY, S.HALTED},
    S.DUAL_WRITE_LEGACY_LEAD: {S.DUAL_WRITE_MIDDLE_LEAD, *WAY[:7], S.STAYS_LEGACY, S.HALTED},
    S.DUAL_WRITE_MIDDLE_LEAD: {S.MIDDLE_OWNED, *WAY[:8], S.HALTED},
    S.MIDDLE_OWNED: {S.LEGACY_RETIRED, *WAY[:9], S.HALTED},
    S.LEGACY_RETIRED: set(),
    S.STAYS_LEGACY: {S.FEDERATED_READ},
}


def standing(state, **changes):
    return replace(PAIR, state=state, **changes)


@pytest.mark.parametrize("state", TABLE, ids=lambda state: state.value)
def test_one_step_up_any_step_down_and_nothing_else(state):
    assert reachable(standing(state)) == TABLE[state]
    for target in S:
        if target in TABLE[state]:
            legal(standing(state), target, date(2027, 1, 1))
        else:
            with pytest.raises(Illegal):
                legal(standing(state), target, date(2027, 1, 1))


@pytest.mark.parametrize("capability", [Capability.PROMOTION, Capability.ORDER])
@pytest.mark.parametrize("state", WAY[:7], ids=lambda state: state.value)
def test_what_has_one_leader_is_adopted_for_reads_and_no_further(state, capability):
    pair = implicit("shop", capability)
    beyond = set(WAY[7:])
    assert reachable(replace(pair, state=state)) == TABLE[state] - beyond
    for target in beyond:
        with pytest.raises(Illegal, match=f"from {state.value} it may go to .*MIDDLE_READ$"):
            legal(replace(pair, state=state), target)
    last = replace(pair, state=S.MIDDLE_READ)
    assert (last.next, replace(last, capability=Capability.MEMBER).next) == (None, WAY[7])


@pytest.mark.parametrize("state", WAY[1:10], ids=lambda state: state.value)
def test_out_of_a_halt_it_goes_back_to_where_it_was_at_most(state):
    halted = moved(standing(state, read_points=700, write_points=300), S.HALTED, NOON)
    assert (halted.read_points, halted.write_points) == (700, 300)
    back = {one for one in WAY if one.step <= state.step}
    assert reachable(halted) - {S.STAYS_LEGACY} == back
    assert (S.STAYS_LEGACY in reachable(halted)) == (state.step < 8)


def test_to_stay_needs_a_date_of_its_review():
    with pytest.raises(Illegal, match="review"):
        legal(PAIR, S.STAYS_LEGACY)


def test_what_needs_evidence():
    owned = standing(S.MIDDLE_OWNED, write_points=10_000)
    assert is_up(PAIR, S.SHADOW_READ)
    assert not is_up(PAIR, S.CONTRACT_OK)
    assert not is_up(PAIR, S.HALTED)
    halted = moved(owned, S.HALTED, NOON)
    assert not any(is_up(halted, one) for one in reachable(halted))


@pytest.mark.parametrize(
    ("before", "target", "points"),
    [
        (standing(S.SHADOW_READ), S.CANARY_READ, (0, 0)),
        (standing(S.CANARY_READ, read_points=10_000), S.MIDDLE_READ, (10_000, 0)),
        (standing(S.MIDDLE_READ, read_points=10_000), S.CANARY_READ, (0, 0)),
        (standing(S.DUAL_WRITE_LEGACY_LEAD), S.DUAL_WRITE_MIDDLE_LEAD, (10_000, 0)),
        (standing(S.DUAL_WRITE_MIDDLE_LEAD, write_points=300), S.MIDDLE_OWNED, (10_000, 10_000)),
        (standing(S.MIDDLE_OWNED, write_points=10_000), S.DUAL_WRITE_MIDDLE_LEAD, (10_000,) * 2),
        (standing(S.MIDDLE_OWNED, write_points=10_000), S.SHADOW_READ, (0, 0)),
    ],
)
def test_shares_begin_where_nobodys_leader_changes_by_itself(before, target, points):
    after = moved(before, target, NOON)
    assert (after.read_points, after.write_points) == points
    assert (after.state, after.from_state, after.entered_at) == (target, before.state, NOON)


@pytest.mark.parametrize("state", WAY[3:10], ids=lambda state: state.value)
@pytest.mark.parametrize("points", [0, 4_000, 10_000])
def test_a_halt_changes_nobodys_leader_and_reads_go_to_it(state, points):
    writes = points if state is S.DUAL_WRITE_MIDDLE_LEAD else 10_000 * (state.step > 8)
    before = standing(state, read_points=points, write_points=writes)
    halted = moved(before, S.HALTED, NOON)
    for number in range(200):
        subject = f"m{number}"
        assert halted.writes(subject) is before.writes(subject)
        assert halted.reads(subject) is before.writes(subject)
        assert halted.follows(subject) is before.follows(subject)


def test_one_step_up_and_down_of_a_canary_begins_with_nobody():
    canary = moved(standing(S.SHADOW_READ), S.CANARY_READ, NOON)
    assert canary.one_side is Side.LEGACY
