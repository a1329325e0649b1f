"""Erasures: a person is gone here, and what each system that knows her was told and did."""

from collections.abc import Sequence
from datetime import datetime
from enum import Enum
from typing import TypeAlias

from msgspec import Struct

from capabilities.declined import Declined
from capabilities.operations import IdempotencyKeyReused


class ErasureState(Enum):
    """How far a place is; UNSUPPORTED waits for its owner, who has to do it by hand."""

    QUEUED = "QUEUED"
    SENT = "SENT"
    DONE = "DONE"
    UNSUPPORTED = "UNSUPPORTED"
    FAILED = "FAILED"


class ErasurePlace(Struct, frozen=True, kw_only=True):
    """One place that knows her: a part of the platform (`platform:…`) or a system by its connector.

    `channel` and `customer` are what the system knows her by, for its owner.
    """

    place: str
    state: ErasureState
    changed_at: datetime
    channel: str | None = None
    customer: str | None = None


class Erasure(Struct, frozen=True, kw_only=True, tag=True):
    """One erasure; the one_id is a pseudonym by then, and names nobody."""

    id: str
    one_id: str
    author: str
    reason: str
    erased_at: datetime
    places: tuple[ErasurePlace, ...]


class EraseDeclined(Declined, frozen=True, kw_only=True, tag=True):
    """Nobody is known by this id; nothing was done."""


class Knower(Struct, frozen=True, kw_only=True):
    """A system that may know people of some channels; in those of `erases` it takes the command."""

    connector: str
    channels: frozenset[str]
    erases: frozenset[str] = frozenset()


class EraseWish(Struct, frozen=True, kw_only=True):
    """Who is to be erased, why, and who else may know her."""

    one_id: str
    reason: str
    knowers: Sequence[Knower] = ()


ErasureOutcome: TypeAlias = Erasure | EraseDeclined | IdempotencyKeyReused
