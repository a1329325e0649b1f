"""XML documents as rows, one record at a time: POSLog, IDocs and whatever else has records.

Names are read without their name spaces, which every vendor changes. DTDs are refused before the
first element is used, depth and the size of one record are capped, and what was read is let go.
"""

from collections.abc import Iterator
from typing import Any, BinaryIO

from lxml import etree

from capabilities.errors import Garbled
from connectors._kit.xml import name
from connectors._kit.xml_rows import XmlRows
from connectors.protocols.files.feed import Feed
from connectors.protocols.files.found import Found, Row

MAX_DEPTH = 64
MAX_RECORD_BYTES = 8 * 1024 * 1024
_BROKEN = "the file's XML is not to be read"


def read_xml(feed: Feed, file: BinaryIO) -> Iterator[Found]:
    """The records of a document; Garbled for a DTD, a document that ends early or is too deep."""
    file.seek(0)
    walk = _Walk(feed, _Counted(file))
    try:
        yield from walk.rows()
    except (etree.LxmlError, ValueError) as exc:
        line = f" at line {exc.lineno}" if isinstance(exc, etree.ParseError) else ""
        fault = Garbled(f"{_BROKEN}{line}")
    else:
        return
    raise fault


class _Counted:
    """A file that ends where one record has taken too much of it."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._taken = 0

    def record(self) -> None:
        """A record is done; the next one has its own allowance."""
        self._taken = 0

    def read(self, size: int) -> bytes:
        self._taken += size
        if self._taken > MAX_RECORD_BYTES:
            raise Garbled("a record of the file is too large")
        return self._file.read(size)


class _Walk:
    """One way through a document: where it stands, and what outside a record goes with it."""

    def __init__(self, feed: Feed, source: _Counted) -> None:
        self._feed = feed
        self._source = source
        self._rows: XmlRows[dict[str, Any]] = XmlRows(dict[str, Any], feed.lists)
        self._depth = 0
        self._inside: int | None = None
        self._carried: dict[str, tuple[int, Any]] = {}

    def rows(self) -> Iterator[Found]:
        encoding = None if self._feed.encoding == "auto" else self._feed.encoding
        events = etree.iterparse(
            self._source,
            events=("start", "end"),
            resolve_entities=False,
            load_dtd=False,
            no_network=True,
            huge_tree=False,
            remove_comments=True,
            remove_pis=True,
            encoding=encoding,
        )
        for event, element in events:
            if event == "start":
                self._open(element)
            elif (found := self._close(element)) is not None:
                yield found

    def _open(self, element: etree._Element) -> None:
        self._depth += 1
        if self._depth == 1 and element.getroottree().docinfo.internalDTD is not None:
            raise Garbled("the file has a document type, which may hide anything")
        if self._depth > MAX_DEPTH:
            raise Garbled("the file's XML is too deep")
        if self._inside is None and name(element) == self._feed.record:
            self._inside = self._depth

    def _close(self, element: etree._Element) -> Row | None:
        depth, self._depth = self._depth, self._depth - 1
        if self._inside is not None and depth > self._inside:
            return None
        own, row = name(element), None
        if self._inside is not None:
            carried = {key: value for key, (_, value) in self._carried.items()}
            line: Any = element.sourceline
            row = Row(line or 0, {**carried, **self._value(element)})
            self._inside = None
            self._source.record()
        elif own in self._feed.carry:
            self._carried[own] = (depth, self._value(element))
        else:
            self._carried = {k: one for k, one in self._carried.items() if one[0] != depth + 1}
        if not self._is_of_carried(element):
            _let_go(element)
        return row

    def _value(self, element: etree._Element) -> dict[str, Any]:
        """An element as an object, without what the feed drops on entry."""
        for child in list(element.iterdescendants()) if self._feed.drop else ():
            parent = child.getparent()
            if parent is not None and name(child) in self._feed.drop:
                parent.remove(child)
        return self._rows.row(element)

    def _is_of_carried(self, element: etree._Element) -> bool:
        """Whether an element that is carried is still open around this one."""
        return any(name(one) in self._feed.carry for one in element.iterancestors())


def _let_go(element: etree._Element) -> None:
    element.clear()
    parent = element.getparent()
    if parent is not None:
        while element.getprevious() is not None:
            del parent[0]
