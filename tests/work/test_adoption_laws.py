"""The laws of adoption over steps, faults and writes, and that each can be broken."""

import os
from itertools import cycle

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from capabilities.adoption import standing
from capabilities.adoption.states import AdoptionState
from store.member.led_writes import LedWrites
from tests.migrated import migrated
from tests.work.adoption_machine import PEOPLE, AdoptionMachine, walk

# `make adopting` goes longer ways.
_WAYS = int(os.environ.get("ADOPTION_WAYS", "4"))
_QUICK = settings(
    max_examples=_WAYS,
    stateful_step_count=20,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate],
    print_blob=False,
    report_multiple_bugs=False,
)


@pytest.fixture
def kind(postgres, monkeypatch):
    monkeypatch.setenv("DUAL_PASSWORD", "x")
    till = postgres.create_database("adopting_till")
    places = {"store_url": migrated(postgres, "adopting"), "till_url": till}
    return type("Machine", (AdoptionMachine,), places)


def test_the_laws_hold(kind):
    run_state_machine_as_test(kind, settings=_QUICK)


@pytest.mark.parametrize("seed", range(1, 1 + max(1, _WAYS // 4)))
def test_the_laws_hold_on_a_long_way(kind, seed):
    machine = kind()
    try:
        walk(machine, seed, 80)
        assert len({*machine.steps}) >= 4
        assert AdoptionState.SHADOW_READ in machine.steps
    finally:
        machine.teardown()


def forgets_the_till(patch):
    """What the platform leads is told to nobody."""

    async def outgoing(*_):
        return None

    patch.setattr(LedWrites, "_outgoing", outgoing)


def decides_anew_each_time(patch):
    """Who is in a percentage is drawn at every read."""
    drawn = cycle((True, False))
    patch.setattr(standing, "within", lambda *_: next(drawn))


@pytest.mark.parametrize("mutant", [forgets_the_till, decides_anew_each_time])
def test_a_fault_is_found(kind, monkeypatch, mutant):
    mutant(monkeypatch)
    machine = kind()
    try:
        with pytest.raises(AssertionError):
            straight_up(machine)
    finally:
        machine.runner.run(machine.close())
        machine.runner.close()


def straight_up(machine):
    """All the way with writes and reads in every state, as an owner hopes to go."""
    while machine.standing.state is not AdoptionState.MIDDLE_OWNED:
        machine.go_up(0)
        machine.another_percentage(5_000)
        for number in PEOPLE:
            machine.write(number)
            machine.read(number)
            machine.read(number)
        machine.settles()


def test_the_straight_way_up_loses_nothing(kind):
    machine = kind()
    straight_up(machine)
    assert machine.steps[-1] is AdoptionState.MIDDLE_OWNED
    machine.teardown()
