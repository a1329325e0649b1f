"""The circuit: opens after failures within a window, asks by one call, closes when it answers."""

import random

import pytest

from capabilities.errors import CircuitOpen
from capabilities.estate import BreakerState
from connectors._kit.breaker import Breaker, Outcome

FAILED, ANSWERED = Outcome.FAILED, Outcome.ANSWERED
UNKNOWN, CUT = Outcome.UNKNOWN, Outcome.CUT


class Clock:
    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def breaker(clock):
    return Breaker("sap", clock)


def calls(breaker, *outcomes):
    for outcome in outcomes:
        breaker.note(outcome, probe=breaker.admit())


def opened(breaker):
    calls(breaker, *[FAILED] * 5)
    assert breaker.state is BreakerState.OPEN
    return breaker


def refused(breaker):
    with pytest.raises(CircuitOpen):
        breaker.admit()
    return True


def test_a_few_failures_open_nothing(breaker):
    calls(breaker, *[FAILED] * 4)
    assert (breaker.state, breaker.opened) == (BreakerState.CLOSED, 0)


def test_five_failures_that_are_half_of_all_open(breaker):
    calls(breaker, *[ANSWERED] * 5, *[FAILED] * 5)
    assert refused(breaker)
    assert breaker.opened == 1


def test_failures_among_many_answers_open_nothing(breaker):
    calls(breaker, *[ANSWERED, ANSWERED, FAILED] * 100)
    assert breaker.state is BreakerState.CLOSED


def test_failures_of_another_window_do_not_count(breaker, clock):
    for _ in range(10):
        calls(breaker, FAILED)
        clock.now += 3
    assert breaker.state is BreakerState.CLOSED


def test_a_total_outage_opens_within_ten_seconds_of_heavy_use(breaker, clock):
    for _ in range(600):
        calls(breaker, *[ANSWERED] * 2)
        clock.now += 0.1
    began = clock.now
    while breaker.state is BreakerState.CLOSED:
        calls(breaker, *[FAILED] * 2)
        clock.now += 0.1
    assert clock.now - began <= 10


def test_what_was_cut_short_says_nothing(breaker):
    calls(breaker, *[UNKNOWN] * 50)
    assert breaker.state is BreakerState.CLOSED


def test_what_began_late_is_a_failure_of_a_system_that_answers_nobody(breaker, clock):
    calls(breaker, *[ANSWERED] * 5, *[CUT] * 50)
    assert breaker.state is BreakerState.CLOSED
    clock.now += 10
    calls(breaker, *[CUT] * 5)
    assert breaker.state is BreakerState.OPEN
    clock.now += 5
    calls(breaker, CUT)  # the probe's queue was long, and it is still closed to nobody
    assert refused(breaker)


def test_one_call_probes_and_the_others_wait_for_what_it_finds(breaker, clock):
    opened(breaker)
    clock.now += 5
    assert breaker.state is BreakerState.HALF_OPEN
    assert breaker.admit() is True
    assert refused(breaker)
    breaker.note(ANSWERED, probe=True)
    assert breaker.state is BreakerState.CLOSED
    calls(breaker, *[FAILED] * 4)  # what was before it closed counts no more
    assert breaker.state is BreakerState.CLOSED


def test_a_probe_that_was_cut_short_leaves_room_for_another(breaker, clock):
    opened(breaker)
    clock.now += 5
    calls(breaker, UNKNOWN)
    assert breaker.admit() is True


def test_answers_that_come_late_do_not_close_it(breaker):
    opened(breaker)
    breaker.note(ANSWERED, probe=False)
    assert breaker.state is BreakerState.OPEN


@pytest.mark.parametrize("outage", [1, 30, 600, 86_400])
@pytest.mark.parametrize("seed", range(5))
def test_it_closes_within_thirty_seconds_of_healing(breaker, clock, outage, seed):
    random.seed(seed)
    opened(breaker)
    heals = clock.now + outage
    while breaker.state is not BreakerState.CLOSED:
        clock.now += 0.5
        try:
            probe = breaker.admit()
        except CircuitOpen:
            continue
        clock.now += 0.8  # a hanging system's probe takes its deadline
        breaker.note(ANSWERED if clock.now >= heals else FAILED, probe=probe)
    assert clock.now - heals <= 30


def test_a_pause_that_the_system_asks_for_is_kept_and_bounded(breaker, clock):
    breaker.pause(3)
    assert refused(breaker)
    assert breaker.state is BreakerState.OPEN
    clock.now += 3
    assert breaker.admit() is False
    breaker.pause(86_400)
    clock.now += 15
    assert breaker.admit() is False
