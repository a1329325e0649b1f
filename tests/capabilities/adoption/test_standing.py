"""Who answers and who leads: the table of states, and cohorts that never flip."""

import pytest
from hypothesis import given
from hypothesis import strategies as some
from msgspec.structs import replace

from capabilities.adoption.cohort import ALL, Cohorts, place, within
from capabilities.adoption.standing import Adopted, implicit
from capabilities.adoption.states import WAY, AdoptionState, Side
from capabilities.estate import Capability

S = AdoptionState
L, P = Side.LEGACY, Side.PLATFORM
PAIR = implicit("shop", Capability.MEMBER)
PEOPLE = [f"person-{number}" for number in range(2_000)]
# State, who answers at 0 % and at 100 %, who leads at 0 % and at 100 %, who is told behind.
SIDES = [
    (S.UNREGISTERED, L, L, L, L, None),
    (S.REGISTERED, L, L, L, L, None),
    (S.CONTRACT_OK, L, L, L, L, None),
    (S.FEDERATED_READ, L, L, L, L, None),
    (S.SHADOW_READ, L, L, L, L, None),
    (S.CANARY_READ, L, P, L, L, None),
    (S.MIDDLE_READ, P, P, L, L, None),
    (S.DUAL_WRITE_LEGACY_LEAD, P, P, L, L, P),
    (S.DUAL_WRITE_MIDDLE_LEAD, P, P, L, P, None),
    (S.MIDDLE_OWNED, P, P, P, P, L),
    (S.LEGACY_RETIRED, P, P, P, P, None),
    (S.STAYS_LEGACY, L, L, L, L, None),
]


@pytest.mark.parametrize(("state", "r0", "r1", "w0", "w1", "behind"), SIDES)
def test_the_table_of_states(state, r0, r1, w0, w1, behind):
    none = replace(PAIR, state=state)
    all_ = replace(PAIR, state=state, read_points=ALL, write_points=ALL)
    for one in PEOPLE[:50]:
        assert (none.reads(one), all_.reads(one)) == (r0, r1)
        assert (none.writes(one), all_.writes(one)) == (w0, w1)
        if none.dual:
            assert {none.follows(one), none.writes(one)} == {L, P}
        else:
            assert none.follows(one) is behind
    assert (none.one_side, all_.one_side) == (r0, r1)
    assert (none.lists, all_.lists) == (r0, r1)


def test_only_owners_look_before_callers_are_answered():
    answered = {one for one in S if replace(PAIR, state=one).answered}
    assert answered == {*WAY[3:], S.STAYS_LEGACY}
    halted = replace(PAIR, state=S.HALTED, from_state=S.CONTRACT_OK)
    assert not halted.answered
    assert replace(halted, from_state=S.SHADOW_READ).answered


def test_where_comparisons_run_the_one_who_answers_is_trusted():
    canary = replace(PAIR, state=S.CANARY_READ, read_points=3_000)
    assert {canary.shadowed(one) for one in PEOPLE} == {L, P}
    assert all(canary.shadowed(one) is canary.reads(one) for one in PEOPLE)
    assert replace(PAIR, state=S.SHADOW_READ).shadowed("m") is L
    assert replace(PAIR, state=S.MIDDLE_READ).shadowed("m") is P
    assert [one for one in S if replace(PAIR, state=one).compares] == list(WAY[4:7])


@given(some.sampled_from(Capability), some.text(), some.integers(0, ALL), some.integers(0, ALL))
def test_more_points_only_add_and_fewer_only_take_away(capability, subject, one, other):
    low, high = sorted((one, other))
    assert within(capability, subject, low) <= within(capability, subject, high)
    assert 0 <= place(capability.value, subject) < ALL
    assert not within(capability, subject, 0)
    assert within(capability, subject, ALL)


@given(some.integers(0, ALL), some.integers(0, ALL))
def test_a_change_of_percent_moves_nobody_but_those_between(before, after):
    first, then = (replace(PAIR, state=S.CANARY_READ, read_points=one) for one in (before, after))
    flipped = {one for one in PEOPLE[:300] if first.reads(one) is not then.reads(one)}
    low, high = sorted((before, after))
    assert flipped == {one for one in PEOPLE[:300] if low <= place("member", one) < high}


def test_places_are_spread_and_another_capability_begins_with_others():
    first = {one for one in PEOPLE if within(Capability.MEMBER, one, 1_000)}
    other = {one for one in PEOPLE if within(Capability.ORDER, one, 1_000)}
    assert 150 < len(first) < 250
    assert len(first & other) < 50
    assert place("member", "person-1") == 4_797  # for ever: who was answered by whom hangs on it


def test_lists_go_before_the_percentage_and_only_in_a_canary():
    cohorts = Cohorts(
        stores=frozenset({"s1"}), members=frozenset({"m1"}), labels=frozenset({"tester"})
    )
    canary = replace(PAIR, state=S.CANARY_READ, cohorts=cohorts)
    assert canary.reads("m1") is P
    assert canary.reads("m2") is L
    assert canary.reads("m2", store="s1") is P
    assert canary.reads("m2", labels=frozenset({"tester", "x"})) is P
    assert canary.one_side is None
    assert replace(canary, state=S.SHADOW_READ).reads("m1") is L


def test_a_field_may_lag_behind_the_rest():
    middle = replace(PAIR, state=S.MIDDLE_READ, fields={"points": L})
    assert (middle.reads("m"), middle.reads("m", "points")) == (P, L)
    assert (middle.reads("m", "name"), middle.one_side) == (P, None)
    assert replace(middle, state=S.MIDDLE_OWNED).reads("m", "points") is P


def test_who_has_no_row_stands_where_everybody_stood():
    adopted = Adopted({(Capability.MEMBER, "shop"): replace(PAIR, state=S.MIDDLE_READ)})
    assert adopted.of(Capability.MEMBER, "shop").state is S.MIDDLE_READ
    for capability, channel in ((Capability.ORDER, "shop"), (Capability.MEMBER, "till")):
        found = adopted.of(capability, channel)
        assert (found.state, found.channel, found.version) == (S.FEDERATED_READ, channel, 0)
    assert not Adopted().known


def test_writes_go_the_same_way_where_no_leader_differs():
    def stood(state, points=0, lead=None):
        return replace(PAIR, state=state, from_state=lead, write_points=points)

    copied = [stood(one) for one in (S.SHADOW_READ, S.CANARY_READ, S.MIDDLE_READ)]
    halted = [stood(S.HALTED, lead=one.state) for one in copied]
    assert all(one.led_as(other) for one in (*copied, *halted) for other in (*copied, *halted))
    divided = stood(S.DUAL_WRITE_MIDDLE_LEAD, 5_000)
    assert divided.led_as(stood(S.HALTED, 5_000, S.DUAL_WRITE_MIDDLE_LEAD))
    apart = [stood(S.FEDERATED_READ), copied[0], stood(S.DUAL_WRITE_LEGACY_LEAD), divided]
    apart += [stood(S.DUAL_WRITE_MIDDLE_LEAD, ALL), stood(S.MIDDLE_OWNED, ALL)]
    apart += [stood(S.LEGACY_RETIRED, ALL)]
    assert [[one.led_as(other) for other in apart] for one in apart] == [
        [one is other for other in apart] for one in apart
    ]
