"""From a body of JSON lines to a batch for the copy: rows that fit, and lines that do not."""

import json
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256

from msgspec import Struct

from capabilities.copied import BadRow, CopiedBatch, CopiedRow
from capabilities.errors import BadInput, Garbled
from connectors.ports.copying import Copying
from gateway.inbox.head import Head

MOST_LINES = 10_000
_LONGEST_LINE = 1_000_000
_FOREIGN = "it belongs to a store that this sender may not write"
_REMOVED = "$removed"


class Source(Struct, frozen=True):
    """Who sent a batch: the connector, and the stores that the sender may write."""

    connector: str
    sender: str
    stores: frozenset[str]


def take(
    source: Source, head: Head, tables: Mapping[str, Sequence[Copying]], body: bytes
) -> CopiedBatch:
    """The batch of a body; BadInput where it is not what its head says."""
    if sha256(body).hexdigest() != head.sha256:
        raise BadInput("the body is another one than its head says", code="INBOX_BODY")
    if head.table not in tables:
        message = f"no section takes table {head.table!r}; valid: {', '.join(sorted(tables))}"
        raise BadInput(message, code="INBOX_TABLE")
    found = _Lines(source, tables[head.table])
    count = 0
    for number, line in _lines(body):
        found.take(number, line)
        count += 1
    if count != head.rows or count > MOST_LINES:
        message = f"the body has {count} rows, its head says {head.rows}; at most {MOST_LINES}"
        raise BadInput(message, code="INBOX_BODY")
    return CopiedBatch(
        connector=source.connector,
        feeder=head.sender,
        stream=head.table,
        sequence=head.sequence,
        content=head.sha256,
        first_key=head.first,
        last_key=head.last,
        lines=count,
        rows=found.rows,
        removed=found.removed,
        bad=found.bad,
        stores=source.stores,
        raw=body,
    )


def _lines(body: bytes) -> Iterator[tuple[int, bytes]]:
    for number, line in enumerate(body.removeprefix(b"\xef\xbb\xbf").split(b"\n"), start=1):
        if line.strip():
            yield number, line


class _Lines:
    """What the lines of one body become."""

    def __init__(self, source: Source, copyings: Sequence[Copying]) -> None:
        self.rows: list[CopiedRow] = []
        self.removed: list[tuple[str, str]] = []
        self.bad: list[BadRow] = []
        self._stores = source.stores
        self._copyings = copyings
        self._first_store = min(source.stores, default="")

    def take(self, number: int, line: bytes) -> None:
        """One line, as a row of every section of its table."""
        if len(line) > _LONGEST_LINE:
            self._quarantine(number, "the line is too long")
            return
        try:
            text = line.decode()
            for copying in self._copyings:
                self._of(copying, number, text)
        except UnicodeDecodeError:
            self._quarantine(number, "the line is no UTF-8")
        except Garbled as exc:
            self._quarantine(number, exc.message)

    def _of(self, copying: Copying, number: int, text: str) -> None:
        row = None if _is_removal(text) else copying.row(text, number, store=self._first_store)
        if row is None:
            if key := copying.key(text):
                self.removed.append((copying.section, key))
        elif row.store not in self._stores:
            self._quarantine(number, _FOREIGN)
        else:
            self.rows.append(row)

    def _quarantine(self, number: int, reason: str) -> None:
        self.bad.append(BadRow(line=number, reason=reason))


def _is_removal(text: str) -> bool:
    """Whether a line says that its row is gone: `"$removed": true` beside what makes its key."""
    if _REMOVED not in text:
        return False
    try:
        found = json.loads(text)
    except ValueError:
        return False  # the row's own reading says what is wrong
    return isinstance(found, dict) and found.get(_REMOVED) is True
