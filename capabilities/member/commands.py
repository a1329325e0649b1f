"""Commands: changes of memberships on their way to the system that owns them."""

from datetime import datetime
from enum import Enum

from msgspec import Struct

from capabilities.ids import global_id
from capabilities.member.writing import MembershipWrite, PersonFields, WriteKind


class CommandState(Enum):
    """How far a command has come.

    SENDING is on its way in some process; UNKNOWN was sent and not answered, so it is looked up by
    its reference before it is sent again; DEAD waits for a person.
    """

    QUEUED = "QUEUED"
    SENDING = "SENDING"
    UNKNOWN = "UNKNOWN"
    DONE = "DONE"
    DEAD = "DEAD"
    DISCARDED = "DISCARDED"


class Ordered(Struct, frozen=True, kw_only=True):
    """What is asked of a system; `one_id` is whose it is, and under whose key it is sealed."""

    connector: str
    channel: str
    kind: WriteKind
    one_id: str
    number: str | None = None
    person: PersonFields = PersonFields()
    author: str


class Command(Struct, frozen=True, kw_only=True):
    """A command without what it says of a person; `reason` is a code."""

    brand: str
    command: str
    connector: str
    channel: str
    kind: WriteKind
    one_id: str
    number: str | None = None
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
        return global_id("Command", self.brand, self.command)


class Claimed(Struct, frozen=True, kw_only=True):
    """A command that this process carries out now; `unsure` when an attempt may have arrived."""

    command: str
    connector: str
    channel: str
    one_id: str
    write: MembershipWrite
    attempts: int
    unsure: bool
