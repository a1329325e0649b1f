"""Whose turn it is: by arrival or by lot, from a number and the clock."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capabilities.flash.room import Fairness, Room, drawn_place

T0 = datetime(2026, 11, 11, tzinfo=UTC)
SEED = b"seed"


def room(**changes):
    return Room(**{"counted_at": T0, "rate": 10.0, "moving": True, "issued": 1_000, **changes})


def at(seconds):
    return T0 + timedelta(seconds=seconds)


def test_who_came_earlier_is_let_in_earlier():
    assert [room().ahead(number, SEED, at(3)) for number in (1, 30, 31, 100)] == [0, 0, 1, 70]


def test_a_sale_that_does_not_move_lets_nobody_in():
    waiting = room(moving=False, admitted=5.0)
    assert [waiting.ahead(number, SEED, at(60)) for number in (5, 6)] == [0, 1]


def test_without_a_rate_nobody_waits_once_it_is_open():
    assert room(rate=0.0).ahead(1_000_000, SEED, at(0)) == 0


def test_a_clock_that_goes_back_lets_nobody_in_early():
    assert room().admitted_at(at(-60)) == 0


def test_before_the_draw_nobody_has_a_place_and_afterwards_late_comers_stand_behind():
    assert room(fairness=Fairness.LOT).ahead(7, SEED, at(1)) is None
    drawn = room(fairness=Fairness.LOT, drawn=500)
    places = [drawn.place(number, SEED) for number in range(1, 501)]
    assert sorted(places) == list(range(1, 501))
    assert places != sorted(places)
    assert drawn.place(501, SEED) == 501


@settings(max_examples=40)
@given(many=st.integers(1, 3_000), seed=st.binary(min_size=1, max_size=32))
def test_a_draw_gives_every_place_once(many, seed):
    assert {drawn_place(number, many, seed) for number in range(many)} == set(range(many))


@pytest.mark.parametrize("early", [True, False])
def test_a_draw_prefers_nobody(early):
    """Over many draws those who came first stand in the first half as often as the last."""
    who = range(10) if early else range(90, 100)
    first = Counter(
        drawn_place(number, 100, b"%d" % draw) < 50 for draw in range(400) for number in who
    )
    assert 0.45 < first[True] / 4_000 < 0.55
