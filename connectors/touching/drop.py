"""A drop of CSV files: each appears whole, and lies there until somebody takes it away.

Whoever fetches a drop renames it or moves it out of the folder first; from then on it is fetched.
Until then touches can be taken out: the file is taken away by a rename of our own, so that it is
either fetched or changed, and never both.
"""

import asyncio
import csv
import fcntl
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from hashlib import sha256
from io import StringIO
from pathlib import Path
from typing import TypeVar

from capabilities.lifecycle.sending import (
    Delivery,
    Message,
    Receipt,
    TouchDrop,
    TouchLookup,
    TouchSender,
)
from connectors.touching.cells import neutral

T = TypeVar("T")

COLUMNS = ("touch_id", "campaign", "medium", "address", "language", "template", "text")
_PART, _TAKEN, _END = ".part", ".taken-back", ".csv"
# The folder's group fetches.
_MODE = 0o640
_NOT_SENT = Receipt(delivery=Delivery.NOT_SENT)
_UNKNOWN = Receipt(delivery=Delivery.UNKNOWN)


def _now() -> datetime:
    return datetime.now(UTC)


class DropSender(TouchSender, TouchLookup, TouchDrop):
    """Drops of one folder; processes that share it take turns."""

    at_once = 1_000

    def __init__(self, name: str, folder: Path, *, now: Callable[[], datetime] = _now) -> None:
        self.name = name
        self._folder = folder
        self._now = now

    async def send(self, messages: Sequence[Message]) -> Sequence[Receipt]:
        """One file for all of them."""
        return await self._held(lambda: self._dropped(messages)) if messages else ()

    async def look_up(self, touch_ids: Sequence[str]) -> Sequence[Receipt]:
        """Where each of them lies; a file that never appeared was never there to be fetched."""
        return await self._held(lambda: self._found(touch_ids))

    async def waiting(self) -> frozenset[str]:
        """Files that nobody has fetched."""
        return await self._held(lambda: frozenset(one.name for one in self._files()))

    async def withdraw(self, drop_name: str, touch_ids: frozenset[str]) -> bool:
        """Take rows out of a file; a file without rows is no file."""
        return await self._held(lambda: self._withdrawn(drop_name, touch_ids))

    async def _held(self, work: Callable[[], T]) -> T:
        return await asyncio.to_thread(self._alone, work)

    def _alone(self, work: Callable[[], T]) -> T:
        with _locked(self._folder):
            self._recover()
            return work()

    def _dropped(self, messages: Sequence[Message]) -> Sequence[Receipt]:
        name = self._name(messages)
        try:
            _publish(self._folder / name, [_row(one) for one in messages])
        except OSError:
            return [_NOT_SENT] * len(messages)
        return [Receipt(delivery=Delivery.DROPPED, drop_name=name)] * len(messages)

    def _name(self, messages: Sequence[Message]) -> str:
        digest = sha256("".join(one.touch_id for one in messages).encode()).hexdigest()
        return f"touches-{messages[0].campaign}-{self._now():%Y%m%dT%H%M%SZ}-{digest[:8]}{_END}"

    def _found(self, touch_ids: Sequence[str]) -> list[Receipt]:
        places = {row[0]: one.name for one in self._files() for row in _rows(one)}
        never = self._never(frozenset(touch_ids))
        found = []
        for touch_id in touch_ids:
            if touch_id in places:
                place = places[touch_id]
                found.append(Receipt(delivery=Delivery.DROPPED, drop_name=place))
            else:
                found.append(_NOT_SENT if touch_id in never else _UNKNOWN)
        return found

    def _never(self, touch_ids: frozenset[str]) -> set[str]:
        """What stands in files that never appeared; one whose every touch was asked for goes."""
        found: set[str] = set()
        for orphan in self._folder.glob(f".*{_PART}"):
            inside = {row[0] for row in _rows(orphan)}
            found |= inside
            if inside <= touch_ids:
                orphan.unlink()
        return found

    def _withdrawn(self, drop_name: str, touch_ids: frozenset[str]) -> bool:
        path = self._folder / Path(drop_name).name
        aside = self._folder / f".{path.name}{_TAKEN}"
        try:
            path.rename(aside)
        except FileNotFoundError:
            return False
        rows = [row for row in _rows(aside) if row[0] not in touch_ids]
        if rows:
            _publish(path, rows)
        aside.unlink()
        return True

    def _recover(self) -> None:
        """What a killed process took back comes out again, with every row; its caller asks anew."""
        for aside in self._folder.glob(f".*{_TAKEN}"):
            path = self._folder / aside.name.removeprefix(".").removesuffix(_TAKEN)
            if path.exists():
                aside.unlink()
            else:
                aside.rename(path)

    def _files(self) -> list[Path]:
        return sorted(self._folder.glob(f"touches-*{_END}"))


def _row(message: Message) -> list[str]:
    cells = (
        message.touch_id,
        message.campaign,
        message.medium.value,
        message.address.removeprefix("+"),
        message.language,
        message.template,
        message.text,
    )
    return [neutral(one) for one in cells]


def _publish(path: Path, rows: Sequence[Sequence[str]]) -> None:
    """Write a file beside its place and move it there whole."""
    text = StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows([COLUMNS, *rows])
    part = path.with_name(f".{path.name}{_PART}")
    opened = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, _MODE)
    with os.fdopen(opened, "wb") as file:
        file.write(text.getvalue().encode())
        file.flush()
        os.fsync(file.fileno())
    part.rename(path)


def _rows(path: Path) -> list[list[str]]:
    """The rows of a file, without its head; of one that was cut off those that are whole."""
    with path.open(encoding="utf-8", newline="") as file:
        return [row for row in csv.reader(file) if len(row) == len(COLUMNS)][1:]


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Nobody else of ours works in the folder; it is made where it is missing."""
    folder.mkdir(mode=0o750, parents=True, exist_ok=True)
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW
    with os.fdopen(os.open(folder / ".lock", flags, 0o600), "rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
