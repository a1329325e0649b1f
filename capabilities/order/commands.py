"""Commands of orders: changes on their way to the system that owns the order."""

from datetime import datetime

from msgspec import Struct

from capabilities.ids import global_id
from capabilities.member.commands import CommandState
from capabilities.order.writing import OrderWrite, OrderWriteKind


class OrderedWrite(Struct, frozen=True, kw_only=True):
    """What is asked of a system.

    `owner` is under whose data key it is sealed: a membership, a person or the order itself.
    Commands of one `subject` go one after the other: it is the order's number, or the reference of
    the PLACE where the order has none yet. The write's own reference is the command's id.
    """

    connector: str
    subject: str
    owner: str
    write: OrderWrite
    author: str


class OrderCommand(Struct, frozen=True, kw_only=True):
    """A command without what it says of a person; `reason` is a code."""

    brand: str
    command: str
    connector: str
    channel: str
    kind: OrderWriteKind
    subject: str
    number: str | None = None
    document: str | None = None
    state: CommandState
    reason: str | None = None
    attempts: int
    author: str
    created_at: datetime
    changed_at: datetime
    next_at: datetime

    @property
    def id(self) -> str:
        """Relay global id."""
        return global_id("OrderCommand", self.brand, self.command)


class ClaimedWrite(Struct, frozen=True, kw_only=True):
    """A command that this process carries out now; `unsure` when an attempt may have arrived.

    `write` is None where who it was about was erased.
    """

    command: str
    connector: str
    channel: str
    kind: OrderWriteKind
    subject: str
    attempts: int
    unsure: bool
    write: OrderWrite | None


class SettledWrite(Struct, frozen=True, kw_only=True):
    """How a command ended, for what waits for it: done with a number, or given up for a reason.

    `unsure` where it may have arrived all the same.
    """

    command: str
    channel: str
    kind: OrderWriteKind
    subject: str
    state: CommandState
    number: str | None = None
    document: str | None = None
    reason: str | None = None
    unsure: bool = False
    at: datetime
