"""Tokens: back a second after the answer, a quarter kept from background work, shares that end."""

import pytest

from capabilities.allowance import Allowance
from capabilities.load import Agreed


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


def taken(allowance, *, background=False, most=1000):
    count = 0
    while count < most and allowance.take(background=background):
        count += 1
    return count


def given(allowance, count, *, answered=True, background=False):
    for _ in range(count):
        allowance.give(background=background, answered=answered)


def test_a_token_is_back_a_second_after_the_answer(clock):
    allowance = Allowance(Agreed(4, None), clock)
    assert taken(allowance) == 4
    clock.now += 30  # the system is slow: no call is over yet
    assert taken(allowance) == 0
    given(allowance, 4)
    assert allowance.next_back() == 1.0
    clock.now += 0.99
    assert taken(allowance) == 0
    clock.now += 0.01
    assert taken(allowance) == 4


def test_places_are_back_at_once_unless_the_call_was_given_up(clock):
    allowance = Allowance(Agreed(None, 2), clock)
    assert taken(allowance) == 2
    given(allowance, 1)
    assert taken(allowance) == 1
    given(allowance, 2, answered=False)
    assert taken(allowance) == 0
    clock.now += 1
    assert taken(allowance) == 2


def test_background_work_leaves_a_quarter(clock):
    allowance = Allowance(Agreed(8, None), clock)
    assert taken(allowance, background=True) == 6
    assert taken(allowance) == 2


def test_a_share_that_ended_is_never_more_than_the_part_and_then_the_part(clock):
    allowance = Allowance(Agreed(10, None), clock)
    for granted, before, after in ((40, 10, 10), (3, 3, 10)):
        end = clock.now + 2
        allowance.grant(
            Agreed(granted, None), until=end, floor=Agreed(10, None), floor_from=end + 8
        )
        assert allowance.limit.per_second == granted
        clock.now = end
        assert allowance.limit.per_second == before
        clock.now = end + 8
        assert allowance.limit.per_second == after


def test_a_smaller_share_waits_until_what_was_taken_is_back(clock):
    allowance = Allowance(Agreed(10, None), clock)
    assert taken(allowance) == 10
    given(allowance, 10)
    allowance.grant(Agreed(4, None), floor=Agreed(1, None), floor_from=0)
    assert taken(allowance) == 0
    assert allowance.in_use.per_second == 10
    clock.now += 1
    assert taken(allowance) == 4


def test_it_tells_when_it_is_short_and_what_is_wanted(clock):
    class Share:
        asked = 0

        def wanted(self):
            self.asked += 1

    allowance = Allowance(Agreed(2, 8), clock)
    allowance.share = share = Share()
    assert (taken(allowance, background=True), share.asked) == (2, 1)
    given(allowance, 2, background=True)
    callers, background = allowance.wants
    assert (callers, background) == (Agreed(0, 0), Agreed(2, 0))


def test_a_closed_one_gives_nothing(clock):
    allowance = Allowance(Agreed(5, 5), clock)
    allowance.close(closed=True)
    assert (allowance.closed, taken(allowance)) == (True, 0)
    allowance.close(closed=False)
    assert taken(allowance) == 5
