"""Sagas: changes of several systems that end done everywhere, or taken back everywhere.

A saga moves only when a command of it ends, in the same transaction: whatever is killed, its
commands are looked up and go on. What neither ends nor can be taken back waits for a person.
"""

from datetime import datetime
from enum import Enum
from typing import TypeAlias

from msgspec import Struct

from capabilities.declined import Declined
from capabilities.ids import global_id
from capabilities.member.commands import CommandState
from capabilities.operations import IdempotencyKeyReused
from capabilities.order.commands import OrderedWrite


class SagaState(Enum):
    """How far a saga has come; STUCK waits for a person."""

    RUNNING = "RUNNING"
    UNDOING = "UNDOING"
    DONE = "DONE"
    UNDONE = "UNDONE"
    STUCK = "STUCK"


class SagaStep(Struct, frozen=True, kw_only=True):
    """A change, and the one that takes it back; None where nothing of it has to be."""

    do: OrderedWrite
    undo: OrderedWrite | None = None


class Saga(Struct, frozen=True, kw_only=True):
    """A saga as it stands.

    `waits_for` is the command of its step that has not ended; one that is stuck without, for whom
    it is about was erased, goes on by nothing but a person's word.
    """

    brand: str
    saga: str
    state: SagaState
    place: int
    reason: str | None
    waits_for: str | None
    created_at: datetime
    changed_at: datetime

    @property
    def id(self) -> str:
        """Its id in the graph."""
        return global_id("OrderSaga", self.brand, self.saga)


class SagaDiscarded(Struct, frozen=True, kw_only=True, tag=True):
    """A saga that goes back, or has ended, since a person gave its step up."""

    saga: Saga


class SagaDeclined(Declined, frozen=True, kw_only=True, tag=True):
    """No step was given up."""


SagaDiscarding: TypeAlias = SagaDiscarded | SagaDeclined | IdempotencyKeyReused


class Move(Struct, frozen=True):
    """What a saga does next: its new state, and the step whose change or undoing is ordered."""

    state: SagaState
    place: int
    undoing: bool = False


def next_move(place: int, steps: int, ended: CommandState, *, undoing: bool, unsure: bool) -> Move:
    """What follows when the command of a step has ended, or was given up.

    A change that failed and certainly did nothing begins the way back with the step before it. One
    of which nobody knows, or an undoing that failed, waits for a person: tried again it goes on
    from there. What a person has given up counts as not done, or as taken back: she says so.
    """
    if ended is CommandState.DISCARDED:
        return _back(place)
    if ended is CommandState.DONE:
        if undoing:
            return _back(place)
        done = place + 1 == steps
        return Move(SagaState.DONE, place) if done else Move(SagaState.RUNNING, place + 1)
    if undoing or unsure:
        return Move(SagaState.STUCK, place, undoing=undoing)
    return _back(place)


def _back(place: int) -> Move:
    """The step before is taken back; before the first there is nothing left to do."""
    if place == 0:
        return Move(SagaState.UNDONE, place)
    return Move(SagaState.UNDOING, place - 1, undoing=True)
