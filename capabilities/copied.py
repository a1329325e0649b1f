"""The platform's copy of rows that systems push to us or drop as files.

Two sides meet here. Who takes rows in writes whole batches, once each; a connector whose system
cannot be asked answers its ports from what was written. Customers and what persons show (phones,
cards, addresses) are found by keyed hash, bodies are sealed: no implementation keeps them plain.
"""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Protocol

from msgspec import Struct

from capabilities.page import SortKey


class CopiedRow(Struct, frozen=True, kw_only=True):
    """One row of one section of a manifest, as JSON text, and what it is found by.

    `key` is its natural key: a row that comes again replaces the one that stands. `place` is that
    of its record, None for a row that is kept and not ours to answer. `mapping` names the mapping
    that found all this, `line` is where it stood in its batch. `identities` are (kind, value) pairs
    as a record shows them, `words` are `filter=value` in our words.
    """

    section: str
    key: str
    body: str
    mapping: str
    store: str
    line: int = 0
    day: date | None = None
    place: SortKey | None = None
    customer: str | None = None
    identities: tuple[tuple[str, str], ...] = ()
    words: tuple[str, ...] = ()


class BadRow(Struct, frozen=True, kw_only=True):
    """A row that went to quarantine: its line, counted from 1, and a reason without its values."""

    line: int
    reason: str


class CopiedBatch(Struct, frozen=True, kw_only=True):
    """Rows that came together, of one stream (a table, a kind of file) from one feeder.

    A feeder is a sender or a folder.
    `sequence` counts the batches of a stream from 1; None lets the copy count, and then a content
    that came before for the same store and day is known again by `content`, its sha256 in
    hexadecimal digits. `stores` are those that the feeder may write, None for all. With `replaces`,
    rows of `sections` of the same store and day that this batch does not bring are removed.
    `removed` are (section, key). `raw` is the body as it came, kept sealed for a while.
    """

    connector: str
    feeder: str
    stream: str
    content: str
    sequence: int | None = None
    first_key: str = ""
    last_key: str = ""
    store: str | None = None
    day: date | None = None
    lines: int = 0
    rows: Sequence[CopiedRow] = ()
    removed: Sequence[tuple[str, str]] = ()
    bad: Sequence[BadRow] = ()
    stores: frozenset[str] | None = None
    replaces: bool = False
    sections: Sequence[str] = ()
    raw: bytes = b""


class Receipt(Struct, frozen=True, kw_only=True):
    """What became of a batch; the same for the same batch, however often it comes.

    `again` says that it was taken before.
    """

    sequence: int
    accepted: int
    quarantined: int
    again: bool = False


class OutOfTurn(Struct, frozen=True, kw_only=True):
    """The batch was not taken: another sequence is wanted, behind the last key that came.

    `taken` says that its sequence stands for another content.
    """

    wanted: int
    last_key: str
    taken: bool = False


class CopiedAsk(Struct, frozen=True, kw_only=True):
    """One read of a list: rows of some of our channels strictly behind a place, in order.

    `words` holds, per filter, the `filter=value` of which a row needs one. With `customers` the
    limit holds for each. `since` and `until` are in microseconds, as places are.
    """

    section: str
    mapping: str
    channels: Sequence[str]
    newest_first: bool
    limit: int
    after: SortKey | None = None
    since: int | None = None
    until: int | None = None
    words: Sequence[Sequence[str]] = ()
    customers: Sequence[str] | None = None


class Found(Struct, frozen=True, kw_only=True):
    """Bodies of rows; `outdated` when rows wait to be mapped anew, so that none can be answered."""

    bodies: Sequence[str]
    outdated: bool = False


class FeederState(Struct, frozen=True, kw_only=True):
    """One stream of one feeder, for its operator. `quarantined` counts rows of all batches."""

    feeder: str
    stream: str
    sequence: int
    last_key: str
    accepted_at: datetime
    batches: int
    lines: int
    quarantined: int


class Quarantined(Struct, frozen=True, kw_only=True):
    """A row in quarantine."""

    feeder: str
    stream: str
    sequence: int
    line: int
    reason: str
    at: datetime


class Copied(Protocol):
    """The copy of one brand. StoreUnavailable from any of these while it is away."""

    async def accept(self, batch: CopiedBatch) -> Receipt | OutOfTurn:
        """Take a batch and its rows, all or nothing and once; what cannot be taken is said.

        A row whose key belongs to a store that the feeder may not write goes to quarantine; one of
        a person who was erased is left out, and then the body as it came is not kept.
        """

    async def by_keys(
        self, connector: str, section: str, mapping: str, keys: Sequence[str]
    ) -> Found:
        """The rows that have these natural keys and are ours to answer."""

    async def by_identity(
        self, connector: str, section: str, mapping: str, kind: str, values: Sequence[str]
    ) -> Found:
        """The rows that show one of these values."""

    async def rows(self, connector: str, ask: CopiedAsk) -> Found:
        """Rows of a list, in the one order of lists."""

    async def remap(
        self,
        connector: str,
        section: str,
        mapping: str,
        mapped: Callable[[Sequence[CopiedRow]], Sequence[CopiedRow]],
    ) -> int:
        """Find places and words anew for some rows of other mappings; how many, 0 when done.

        `mapped` gives one row per row, in order.
        """

    async def erased(self, connector: str, rows: Sequence[CopiedRow]) -> bool:
        """Whether any of these rows is a person's who was erased, and so would not be taken."""

    async def accepted_at(self, connector: str) -> datetime | None:
        """Since when no feeder that may still send has brought a batch; None before the first."""

    async def states(self, connector: str) -> Sequence[FeederState]:
        """Every stream of every feeder, in their order."""

    async def days(self, connector: str, stream: str, since: date) -> Sequence[tuple[str, date]]:
        """The (store, day) pairs that batches named since a day; what is not there is a gap."""

    async def row_days(
        self, connector: str, section: str, since: date
    ) -> Sequence[tuple[str, date]]:
        """The (store, day) pairs that rows have since a day; what is not there is a gap."""

    async def quarantined(self, connector: str, first: int) -> Sequence[Quarantined]:
        """The newest rows in quarantine."""
