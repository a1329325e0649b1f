"""What lies in a drop folder goes into the platform's copy: each file once, each row once.

A file is claimed, read, taken by the copy in one transaction and finished. Whoever is killed in
between leaves a claimed file, which is read again; the copy knows it by its content.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import partial
from hashlib import sha256
from typing import Any

import msgspec
from msgspec import Struct

from capabilities.copied import BadRow, Copied, CopiedBatch, CopiedRow, OutOfTurn
from capabilities.errors import Garbled
from connectors.ports.copying import Copying
from connectors.protocols.files.feed import Feed
from connectors.protocols.files.folder import (
    PROCESSED,
    QUARANTINE,
    Dropped,
    Folder,
    digest_of,
    opened,
)
from connectors.protocols.files.found import Bad, Row, Skipped
from connectors.protocols.files.reading import read_feed

FEEDER = "folder"
# What one transaction takes; more are taken in parts.
ROWS_AT_ONCE = 5_000
BYTES_AT_ONCE = 32 * 1024 * 1024
_ENCODER = msgspec.json.Encoder(decimal_format="number")


class Taken(Struct, frozen=True, kw_only=True):
    """What became of one file: `taken`, `again` (nothing new), `superseded` or `refused`.

    `erased` says that it tells of somebody who was erased, and so is not kept.
    """

    name: str
    feed: str
    outcome: str
    rows: int = 0
    bad: int = 0
    skipped: Mapping[str, int] = {}
    reason: str | None = None
    erased: bool = False


class _Part(Struct):
    """Rows of a file that the copy takes at once, and what was found between them."""

    rows: dict[tuple[str, str], CopiedRow] = {}
    bad: dict[int, str] = {}
    skipped: Counter[str] = msgspec.field(default_factory=Counter)
    size: int = 0
    last: bool = False


_FOREIGN = "ANOTHER_STORE: it belongs to another store than its file"


class Intake:
    """The drop folder of one connector on its way into the copy.

    Files are `bounded` where a sender brought them: nothing of another store than the one in a
    file's name is taken, whatever its rows say.
    """

    def __init__(
        self,
        connector: str,
        folder: Folder,
        feeds: Mapping[str, Feed],
        copying: Mapping[str, Copying],
        copied: Copied,
        *,
        version: str,
        bounded: bool = False,
    ) -> None:
        self._connector = connector
        self._folder = folder
        self._feeds = feeds
        self._copying = copying
        self._copied = copied
        self._version = f"{version}/pushed" if bounded else version
        self._bounded = bounded

    async def scan(self) -> list[Taken]:
        """Take every file that is ready, those first whose reading was cut short."""
        with self._folder.held():
            await self._remap()
            again = [await self._take(one) for one in self._folder.claimed()]
            ready = [one for one in self._folder.waiting(time.time()) if one.waits is None]
            return again + [await self._take(self._folder.claim(one)) for one in ready]

    async def forget(self) -> list[str]:
        """Empty files of the past that hold rows of people who were erased; their names.

        An empty file keeps its name, by which later revisions are told from earlier ones.
        """
        emptied = []
        with self._folder.held():
            for one in self._folder.past():
                if await self._tells_of_erased(one):
                    self._folder.empty(one.path)
                    emptied.append(one.named.name)
        return emptied

    async def _tells_of_erased(self, past: Dropped) -> bool:
        """Whether it holds such a row. What cannot be read is not kept on a guess."""
        parts = self._parts(past)
        try:
            while (part := await asyncio.to_thread(next, parts, None)) is not None:
                if await self._copied.erased(self._connector, list(part.rows.values())):
                    return True
        except Garbled:
            return True
        return False

    async def _remap(self) -> None:
        """Rows that were placed by another manifest, or by other words for channels, move."""
        for name, one in self._copying.items():
            again = partial(_mapped, one)
            while await self._copied.remap(self._connector, name, one.mapping, again):
                pass

    async def _take(self, claimed: Dropped) -> Taken:
        digest = await asyncio.to_thread(digest_of, claimed.path)
        if self._folder.is_superseded(claimed):
            self._folder.finish(claimed, PROCESSED, digest)
            return Taken(name=claimed.named.name, feed=claimed.feed, outcome="superseded")
        try:
            taken = await self._copy(claimed, digest)
        except Garbled as exc:
            taken = await self._refuse(claimed, digest, exc.message)
        place = QUARANTINE if taken.outcome == "refused" else PROCESSED
        path = self._folder.finish(claimed, place, digest)
        if taken.erased:
            self._folder.empty(path)
        return taken

    async def _copy(self, claimed: Dropped, digest: str) -> Taken:
        parts, number, again, erased = self._parts(claimed), 0, True, False
        rows = bad = 0
        skipped: Counter[str] = Counter()
        while (part := await asyncio.to_thread(next, parts, None)) is not None:
            number += 1
            receipt = await self._copied.accept(self._batch(claimed, digest, part, number))
            if isinstance(receipt, OutOfTurn):
                raise TypeError("the copy counts the batches of folders itself")
            again = again and receipt.again
            mine = list(part.rows.values())
            erased = erased or await self._copied.erased(self._connector, mine)
            rows, bad, skipped = rows + len(part.rows), bad + len(part.bad), skipped + part.skipped
        return Taken(
            name=claimed.named.name,
            feed=claimed.feed,
            outcome="again" if again else "taken",
            rows=rows,
            bad=bad,
            skipped=dict(skipped),
            erased=erased,
        )

    async def _refuse(self, claimed: Dropped, digest: str, reason: str) -> Taken:
        """Nothing of the file is taken; its quarantine says why, on its first line."""
        part = _Part(bad={1: reason})
        await self._copied.accept(self._batch(claimed, digest, part, 0))
        name, feed = claimed.named.name, claimed.feed
        return Taken(name=name, feed=feed, outcome="refused", bad=1, reason=reason)

    def _batch(self, claimed: Dropped, digest: str, part: _Part, number: int) -> CopiedBatch:
        """A part as a batch; number 0 is a file that was refused, which brought no day."""
        named, rows = claimed.named, list(part.rows.values())
        whole = number == 1 and named.store is not None and named.day is not None
        section = self._feeds[claimed.feed].section
        return CopiedBatch(
            connector=self._connector,
            feeder=FEEDER,
            stream=claimed.feed,
            content=sha256(f"{digest}/{self._version}/{number}".encode()).hexdigest(),
            store=named.store if number else None,
            day=named.day if number else None,
            first_key=rows[0].key if rows else "",
            last_key=rows[-1].key if rows else "",
            lines=len(part.rows) + len(part.bad) + part.skipped.total(),
            rows=rows,
            bad=[BadRow(line=line, reason=why) for line, why in sorted(part.bad.items())],
            replaces=whole and not named.sequence,
            stores=frozenset({named.store or ""}) if self._bounded else None,
            sections=(section,),
        )

    def _parts(self, claimed: Dropped) -> Iterator[_Part]:
        """The parts of a file. One that is more than a part is read to its end before the first.

        So a file that turns out to be none leaves no trace.
        """
        feed = self._feeds[claimed.feed]
        with opened(claimed.path) as file:
            if file.seek(0, 2) > BYTES_AT_ONCE:
                for _ in read_feed(feed, file):
                    pass
            reading, part, count = read_feed(feed, file), _Part(), 0
            for one in reading:
                if isinstance(one, Skipped):
                    part.skipped[one.name] += 1
                elif isinstance(one, Bad):
                    _note(part, one)
                else:
                    self._put(part, claimed, feed.section, one)
                if len(part.rows) >= ROWS_AT_ONCE or part.size >= BYTES_AT_ONCE:
                    yield part
                    part, count = _Part(), count + 1
            if part.rows or part.bad or part.skipped or not count:
                yield part

    def _put(self, part: _Part, claimed: Dropped, section: str, row: Row) -> None:
        body = _ENCODER.encode(row.value).decode()
        try:
            store = claimed.named.store or self._connector
            copied = self._copying[section].row(body, row.line, store=store)
        except Garbled as exc:
            part.bad[row.line] = exc.message
            return
        if self._bounded and copied.store != claimed.named.store:
            part.bad[row.line] = _FOREIGN
            return
        copied = _owned(copied, claimed.named.store, claimed.named.day)
        key = (section, copied.key)
        other = part.rows.get(key)
        if other is not None and other.body != body:
            part.bad[row.line] = f"KEY_TWICE: its key stands in line {other.line} too"
            return
        part.rows[key] = copied
        part.size += len(body)


def _mapped(copying: Copying, rows: Sequence[CopiedRow]) -> list[CopiedRow]:
    return [copying.again(row).row for row in rows]


def _note(part: _Part, one: Bad) -> None:
    until = f" to line {one.until}" if one.until > one.line else ""
    kept = ", kept" if one.kept else ""
    text = f"{one.code}: {one.reason}{until}{kept}"
    part.bad[one.line] = f"{part.bad[one.line]}; {text}" if one.line in part.bad else text


def _owned(row: CopiedRow, store: str | None, day: date | None) -> CopiedRow:
    """A row belongs to the store and day of its file, so that a corrected file replaces it."""
    changes: dict[str, Any] = {}
    if store is not None:
        changes["store"] = store
    if day is not None:
        changes["day"] = day
    return msgspec.structs.replace(row, **changes) if changes else row
