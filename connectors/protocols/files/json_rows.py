"""JSON dumps as rows: one document, or one a line; a list of one that became an object is a list.

Numbers keep their text: a float would not be what the till wrote.
"""

import os
from collections.abc import Iterator
from typing import Any, BinaryIO

from capabilities.errors import Garbled
from connectors._kit.strict_json import Decoder
from connectors.protocols.files.encoding import raw_lines
from connectors.protocols.files.feed import Feed
from connectors.protocols.files.found import Found, Row, bad

MAX_DOCUMENT_BYTES = 8 * 1024 * 1024
_DECODER: Decoder[Any] = Decoder(Any)


def read_json(feed: Feed, file: BinaryIO) -> Iterator[Found]:
    """The records of a dump; Garbled for a document that is broken or too large to be one."""
    file.seek(0)
    first = next((line for line in raw_lines(file) if line.strip()), b"")
    more = any(line.strip() for line in raw_lines(file))
    file.seek(0)
    if more and _is_whole(first):
        yield from _lines(feed, file)
        return
    if file.seek(0, os.SEEK_END) > MAX_DOCUMENT_BYTES:
        raise Garbled("the document is too large; one record a line can have any size")
    file.seek(0)
    for value in _records(feed, _DECODER.decode(file.read())):
        yield Row(1, value)


def _lines(feed: Feed, file: BinaryIO) -> Iterator[Found]:
    for number, line in enumerate(raw_lines(file), 1):
        if not line.strip():
            continue
        try:
            document = _DECODER.decode(line)
        except Garbled:
            yield bad(number, "LINE_BROKEN", "the line is not strict JSON")
            continue
        for value in _records(feed, document):
            yield Row(number, value)


def _is_whole(line: bytes) -> bool:
    try:
        return isinstance(_DECODER.decode(line), dict)
    except Garbled:
        return False


def _records(feed: Feed, document: Any) -> Iterator[dict[str, Any]]:
    found = document if feed.record is None else _below(document, feed.record)
    for one in found if isinstance(found, list) else [found]:
        if not isinstance(one, dict):
            raise Garbled("the document has no records where the feed says")
        yield {**_carried(feed, document), **tidy(one, feed)}


def _below(document: Any, name: str) -> Any:
    if isinstance(document, list):
        return [_below(one, name) for one in document]
    return document.get(name) if isinstance(document, dict) else None


def _carried(feed: Feed, document: Any) -> dict[str, Any]:
    if not isinstance(document, dict):
        return {}
    return {name: tidy(document[name], feed) for name in feed.carry if name in document}


def tidy(value: Any, feed: Feed) -> Any:
    """A value whose lists are lists, without what the feed drops on entry."""
    if isinstance(value, list):
        return [tidy(one, feed) for one in value]
    if not isinstance(value, dict):
        return value
    found = {name: tidy(one, feed) for name, one in value.items() if name not in feed.drop}
    for name in feed.lists:
        if name in found and not isinstance(found[name], list):
            found[name] = [] if found[name] is None else [found[name]]
    return found
