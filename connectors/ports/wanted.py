"""What a port asks of a system, before a protocol words it, and what came back."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from msgspec import Struct

from capabilities.errors import Refused
from capabilities.flash.ports import StockLevel
from capabilities.order.writing import OrderWriteKind, OrderWritten
from capabilities.page import SortKey
from capabilities.points.told_outside import PointsAnswered, PointsTold
from connectors._kit.answer import Answer
from connectors.hooks import Heard
from connectors.manifest.model import CommandCall, Lookup
from connectors.protocols.gathered import Gathered


class Wanted(Struct, frozen=True, kw_only=True):
    """One read of a list: rows of some channels from a place on, in one direction.

    A source may start before the place and may answer more than was wanted, never less: what is
    not wanted is dropped by the walk. `channels` maps the source's words to ours; `pushed` holds
    the values of filters that the source answers itself; `known` are ids of rows of the place's
    own moment that were read before; `read` is the position behind the last batch, and `tied` how
    many rows of its last moment were read, for sources that know positions only; `further` is what
    the last batch left its reader to go on with.
    """

    channels: Mapping[str, str]
    newest_first: bool
    limit: int
    after: SortKey | None = None
    since: datetime | None = None
    until: datetime | None = None
    pushed: Mapping[str, Sequence[str]] = {}
    customers: tuple[str, ...] | None = None
    known: tuple[str, ...] = ()
    read: int | None = None
    tied: int = 0
    further: Any = None


class Batch(Struct, frozen=True, kw_only=True):
    """Rows in the source's order.

    `exhausted` when the source has no more, `whole_ties` when no row of the last moment is
    missing, `total` when the source counted the whole list, `end` the position behind the rows
    where the source knows positions only, `further` what goes on strictly behind the rows, such as
    a cursor of the source's own.
    """

    rows: Sequence[Any]
    exhausted: bool
    whole_ties: bool = False
    total: int | None = None
    end: int | None = None
    further: Any = None


def whole(found: Gathered[Any], source: str) -> Sequence[Any]:
    """Rows of keys, all of them: a row less would look like a key that does not exist."""
    if found.truncated:
        message = "more rows have these keys than the connector's bound allows to read"
        raise Refused(message, source=source, code="UPSTREAM_SCAN_BOUND")
    return found.rows


class Reader(Protocol):
    """One section of a manifest, read over its protocol."""

    @property
    def partitioned(self) -> bool:
        """Whether a list of several customers has its limit per customer."""

    @property
    def pushes_channels(self) -> bool:
        """Whether the source answers for some of its channels only."""

    async def by_keys(self, lookup: Lookup, keys: Sequence[str]) -> Sequence[Any]:
        """The rows that have these keys, by one call."""

    async def rows(self, wanted: Wanted) -> Batch:
        """One batch of a list, by one call."""


class Commander(Protocol):
    """Orders of one section, changed over a protocol; `call` holds keys that only it has."""

    async def write(
        self, kind: OrderWriteKind, call: CommandCall, values: Mapping[str, Any]
    ) -> OrderWritten | None:
        """Change something once, wholly or not; None where there is no such order.

        Refused where it was not done and never will be, Overloaded where it was not done now.
        """

    async def find(
        self, kind: OrderWriteKind, call: CommandCall, values: Mapping[str, Any]
    ) -> OrderWritten | None:
        """What has our reference; None where nothing has."""


class Stock(Protocol):
    """What a system offers of its products, over a protocol."""

    async def level(self, code: str) -> StockLevel | None:
        """What is offered of a product now; None where there is none."""

    async def push(self, code: str, units: int, reference: str) -> bool:
        """Set what is offered, once; False where there is no such product."""


class Queue(Protocol):
    """Messages that a system keeps for us until they are confirmed."""

    async def take(self) -> Sequence[Heard]:
        """Some of those that wait."""

    async def confirm(self, ids: Sequence[str]) -> None:
        """They are kept here, and need not come again."""

    async def answer_points(self, told: PointsTold, answered: PointsAnswered) -> None:
        """Say what became of a change of points; the same again changes nothing there."""


class Verbatim(Protocol):
    """A system asked in its own words, for those who spoke to it before and go on so."""

    async def ask(self, path: str, params: Sequence[tuple[str, str]]) -> Answer:
        """Its whole answer to a question that only reads, whatever the status; one call."""


class Writer(Protocol):
    """Changes over a protocol; `call` holds the keys that only the protocol has."""

    def repeats(self, call: Any) -> bool:
        """Whether a call that was made, made again, changes nothing more."""

    async def write(self, call: Any, values: Mapping[str, str | None]) -> str | None:
        """Change something by one call that is never repeated; its number there, None for none."""

    async def find(self, call: Any, values: Mapping[str, str | None]) -> str | None:
        """The number of what has our reference; None where nothing has."""
