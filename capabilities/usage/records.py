"""What is counted, and what is told of it."""

from datetime import date, datetime
from enum import Enum

from msgspec import Struct

from capabilities.adoption.states import Side
from capabilities.estate import Capability
from capabilities.usage.client import Client

# Days that a report looks back on, unless it is asked for others.
USUAL_DAYS = 30
LONGEST_DAYS = 366
# A connector, a channel, what of it, and whose side answered: a `Path`, as cheap as it can be.
Reached = tuple[str, str, Capability, Side]


class FieldChoice(Enum):
    """Which fields of the contract are told."""

    ALL = "ALL"
    UNUSED = "UNUSED"
    DEPRECATED = "DEPRECATED"


class OperationKey(Struct, frozen=True, gc=False, cache_hash=True):
    """An operation: the sha256 of its document, and its name there, empty where it has none.

    A word in brackets stands in the place of a sha256 where there is no one document.
    """

    sha256: str
    name: str

    @property
    def document_id(self) -> str:
        """The id that clients ask the document by, or that word."""
        return self.sha256 if self.sha256.startswith("(") else f"sha256:{self.sha256}"


class CountedOperation(Struct, frozen=True, kw_only=True):
    """An operation as clients ask it.

    `coordinates` are the schema coordinates that it may use: `Type.field`, `Type.field(argument:)`,
    `Input.field`, `Enum.VALUE`, `@directive`, and the bare names of types.
    """

    key: OperationKey
    kind: str
    coordinates: tuple[str, ...]


class Path(Struct, frozen=True, gc=False, cache_hash=True):
    """A source as it was asked: a connector's capability for a channel, and whose side that is."""

    connector: str
    channel: str
    capability: Capability
    side: Side


class Counted(Struct, kw_only=True):
    """What one process counted since the last time: runs of operations, and sources asked."""

    operations: dict[OperationKey, CountedOperation]
    runs: dict[tuple[Client, OperationKey], int]
    reads: dict[tuple[Client, OperationKey, Path], int]

    @property
    def nothing(self) -> bool:
        """Whether nobody asked."""
        return not self.runs and not self.reads


class FieldUsage(Struct, frozen=True, kw_only=True):
    """A field of the contract, and how often operations that select it ran."""

    coordinate: str
    count: int = 0
    last_used_at: datetime | None = None
    clients: tuple[Client, ...] = ()
    deprecated: str | None = None


class ClientUsage(Struct, frozen=True, kw_only=True):
    """An application and what it asked."""

    client: Client
    operations: int
    count: int
    last_used_at: datetime

    @property
    def credential(self) -> str:
        """What it came with."""
        return self.client.credential

    @property
    def name(self) -> str:
        """What it calls itself."""
        return self.client.name


class OperationUsage(Struct, frozen=True, kw_only=True):
    """An operation as one application asked it."""

    key: OperationKey
    kind: str
    client: Client
    count: int
    last_used_at: datetime

    @property
    def document_id(self) -> str:
        """The id that clients ask its document by."""
        return self.key.document_id

    @property
    def name(self) -> str:
        """Its name in the document."""
        return self.key.name


class PathUsage(Struct, frozen=True, kw_only=True):
    """A source, and which operation of which application was answered from it."""

    path: Path
    key: OperationKey
    client: Client
    count: int
    last_used_at: datetime

    @property
    def connector(self) -> str:
        """The connector that was asked."""
        return self.path.connector

    @property
    def channel_code(self) -> str:
        """For which channel."""
        return self.path.channel

    @property
    def capability(self) -> Capability:
        """What of it."""
        return self.path.capability

    @property
    def side(self) -> Side:
        """Whose side that is."""
        return self.path.side

    @property
    def document_id(self) -> str:
        """The id that clients ask the document by."""
        return self.key.document_id

    @property
    def operation(self) -> str:
        """The operation's name in its document."""
        return self.key.name


class Counting(Struct, frozen=True, kw_only=True):
    """Since when is counted, and when counts were written last; None before the first."""

    since: datetime | None = None
    until: datetime | None = None


class UsageReport(Struct, frozen=True, kw_only=True):
    """What a report looks at: days from one on, and since when there are counts at all."""

    since: date
    counting: Counting

    @property
    def counted_since(self) -> datetime | None:
        """When counting began."""
        return self.counting.since

    @property
    def counted_until(self) -> datetime | None:
        """When counts were written last."""
        return self.counting.until


class Quiet(Struct, frozen=True, kw_only=True):
    """How a legacy path stands: reads of a period, and since when there was none."""

    channel: str
    capability: Capability
    reads: int
    since: datetime
