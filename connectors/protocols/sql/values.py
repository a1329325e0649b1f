"""Values of drivers as rows hold them: decimals with their digits, texts decoded, JSON read."""

import datetime as dt
import json
import struct
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from msgspec import Struct

from capabilities.errors import Garbled
from connectors.protocols.sql.encodings import decoded

Reader = Callable[[Any], Any]
Row = dict[str, Any]


class Columns(Struct, frozen=True, kw_only=True):
    """What a manifest says of a database's columns.

    `encoding` is that of every text that comes as bytes, `texts` those of single columns, and
    `documents` are columns with JSON in their text.
    """

    source: str
    encoding: str | None = None
    texts: Mapping[str, str] = {}
    documents: frozenset[str] = frozenset()

    def reader(self, name: str, kind: Reader, *, is_text: bool) -> Reader:
        """How the values of a column are read; `kind` is what the driver's type asks for."""
        encoding = self.texts.get(name) or (self.encoding if is_text else None)
        if name in self.documents:
            return self.document(name, encoding or "utf8")
        if encoding is not None:
            return lambda value: self._text(value, encoding, name)
        return kind

    def applied(self, rows: list[Row]) -> list[Row]:
        """Rows whose driver knows no columns, with those read that are declared."""
        readers = {
            name: self.reader(name, plain, is_text=False) for name in (*self.texts, *self.documents)
        }
        for row in rows:
            row |= {name: read(row[name]) for name, read in readers.items() if name in row}
        return rows

    def document(self, name: str, encoding: str = "utf8") -> Reader:
        """How JSON in a text is read."""
        return lambda value: self._document(self._text(value, encoding, name), name)

    def _text(self, value: Any, encoding: str, name: str) -> Any:
        return decoded(value, encoding, name, self.source) if isinstance(value, bytes) else value

    def _document(self, value: Any, name: str) -> Any:
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value, parse_float=Decimal)
        except ValueError:
            pass
        raise Garbled(f"{self.source} has no JSON in {name}", source=self.source)


def as_rows(
    names: Sequence[str], readers: Sequence[Reader], rows: Iterable[Sequence[Any]]
) -> list[Row]:
    """Rows by their columns' names."""
    return [
        {
            name: None if value is None else reader(value)
            for name, reader, value in zip(names, readers, row, strict=True)
        }
        for row in rows
    ]


def plain(value: Any) -> Any:
    """A value of no special column."""
    kind = type(value)
    if kind is float:
        return Decimal(repr(value))
    if kind is dt.timedelta or kind is UUID:
        return str(value)
    if kind is dt.time:
        return value.isoformat()
    return value


def single(value: Any) -> Any:
    """A number of single precision, with the digits that it has."""
    if type(value) is not float:
        return plain(value)
    kept = struct.pack("f", value)
    texts = (format(value, f".{digits}g") for digits in range(6, 10))
    return Decimal(next((text for text in texts if struct.pack("f", float(text)) == kept), ""))


def bits(value: Any) -> Any:
    """A bit field as a number."""
    return int.from_bytes(value) if isinstance(value, bytes) else value
