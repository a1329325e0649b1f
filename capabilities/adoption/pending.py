"""Pending writes: done on one side, and not confirmed by the other yet."""

from datetime import datetime
from typing import TypeAlias

from msgspec import Struct

from capabilities.declined import Declined
from capabilities.ids import global_id
from capabilities.member.commands import CommandState
from capabilities.operations import IdempotencyKeyReused


class PendingWrite(Struct, frozen=True, kw_only=True):
    """A write that a system was not told of yet, or did not take; nothing in it names anybody.

    `type` is that of its id, `kind` what the system is told, `reason` a code.
    """

    brand: str
    type: str
    command: str
    connector: str
    channel: str
    kind: str
    state: CommandState
    reason: str | None = None
    attempts: int
    created_at: datetime
    changed_at: datetime
    next_at: datetime

    @property
    def id(self) -> str:
        """Relay global id."""
        return global_id(self.type, self.brand, self.command)


class PendingRetried(Struct, frozen=True, kw_only=True, tag=True):
    """A write that is tried again."""

    write: PendingWrite


class PendingDeclined(Declined, frozen=True, kw_only=True, tag=True):
    """There is no such write that waits for a person."""


Retrying: TypeAlias = PendingRetried | PendingDeclined | IdempotencyKeyReused
