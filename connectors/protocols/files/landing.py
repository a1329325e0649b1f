"""Files that come over the network in parts, until they are whole and the intake takes them.

Everything lies in `pushed/` of the drop folder: `parts/` holds what is on its way, and a whole file
is renamed out of it at once. So a half file is never read, and the intake sees by the place that a
file came from a sender. Every step goes through open folders and no link, since others may write
in the drop folder.
"""

import fcntl
import os
import stat
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from enum import Enum
from hashlib import file_digest, sha256
from pathlib import Path

from msgspec import Struct

from capabilities.errors import Unavailable
from connectors.protocols.files.feed import Feed
from connectors.protocols.files.folder import CLAIMED, PROCESSED, QUARANTINE
from connectors.protocols.files.names import Named, Pattern

PUSHED = "pushed"
_PARTS = "parts"
# Where files of senders take up room.
_PLACES = ("", CLAIMED, PROCESSED, QUARANTINE, _PARTS)
# A sender that was cut off goes on within a day; what it left behind then is nobody's.
_ABANDONED_SECONDS = 86_400.0
_MEASURED_SECONDS = 10.0
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
_FILE = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK


class Part(Struct, frozen=True, kw_only=True):
    """Some bytes of a file, and what they belong to; `sha256` and `size` are the whole file's."""

    sender: str
    name: str
    size: int
    sha256: str
    offset: int


class Landed(Enum):
    """What became of a part."""

    TAKEN = "taken"
    WHOLE = "whole"
    ELSEWHERE = "elsewhere"  # it does not begin where what is here ends
    CHANGED = "changed"  # what is here is another file than was announced; it is thrown away
    BUSY = "busy"  # another part of the file is being written
    FULL = "full"


class Landing:
    """The place of one connector's pushed files; at most `room` bytes of them at a time."""

    def __init__(
        self, root: Path, feeds: Mapping[str, Feed], source: str, *, room: int = 2**31
    ) -> None:
        self._root = root
        self._patterns = {name: Pattern(feed.name, feed.day) for name, feed in feeds.items()}
        self._source = source
        self._room = room
        self._measured: tuple[float, int] | None = None

    def named(self, name: str) -> Named | None:
        """What a file's name tells; None where no feed looks for it."""
        told = (pattern.read(name) for pattern in self._patterns.values())
        return next((one for one in told if one is not None), None)

    def put(self, part: Part, body: bytes) -> tuple[Landed, int]:
        """Write a part behind what is here; what became of it, and how many bytes are here now."""
        with self._opened() as (pushed, parts):
            if self._taken_room(pushed) + len(body) > self._room:
                return Landed.FULL, part.offset
            place = _place_of(part)
            file = os.open(place, _FILE, 0o600, dir_fd=parts)
            try:
                if not _ours(file, place, parts):
                    return Landed.BUSY, part.offset
                return self._grown(part, body, file, pushed, parts)
            finally:
                os.close(file)

    def forget(self, part: Part) -> None:
        """Nothing of a file is on its way any more."""
        with self._opened() as (_, parts), suppress(FileNotFoundError):
            os.unlink(_place_of(part), dir_fd=parts)

    def sweep(self, now: float, keep_seconds: float) -> int:
        """Remove what was abandoned, and files that were read so long ago; how many."""
        if not (self._root / PUSHED).is_dir():
            return 0
        ages = {_PARTS: _ABANDONED_SECONDS, PROCESSED: keep_seconds, QUARANTINE: keep_seconds}
        count = 0
        with self._opened() as (pushed, _):
            for place, age in ages.items():
                with suppress(FileNotFoundError), _folder(place, pushed) as folder:
                    for name, status in _files(folder):
                        if status.st_mtime < now - age:
                            with suppress(FileNotFoundError):
                                os.unlink(name, dir_fd=folder)
                                count += 1
        self._measured = None
        return count

    def _grown(
        self, part: Part, body: bytes, file: int, pushed: int, parts: int
    ) -> tuple[Landed, int]:
        here = os.fstat(file).st_size
        if part.offset == 0 and here == 0:
            _forget_others(part, parts)
        if part.offset != here:
            return Landed.ELSEWHERE, here
        _write(file, body, here)
        self._grew(len(body))
        here += len(body)
        if here < part.size:
            return Landed.TAKEN, here
        os.fsync(file)
        with os.fdopen(os.dup(file), "rb") as whole:
            whole.seek(0)
            same = file_digest(whole, "sha256").hexdigest() == part.sha256
        if not same:
            os.unlink(_place_of(part), dir_fd=parts)
            return Landed.CHANGED, 0
        os.rename(_place_of(part), part.name, src_dir_fd=parts, dst_dir_fd=pushed)
        os.fsync(pushed)
        return Landed.WHOLE, here

    @contextmanager
    def _opened(self) -> Iterator[tuple[int, int]]:
        """The folders `pushed` and `pushed/parts`, made where they are missing."""
        try:
            root = os.open(self._root, os.O_RDONLY | os.O_DIRECTORY)
        except OSError:
            raise Unavailable("its folder is not there", source=self._source) from None
        try:
            with _folder(PUSHED, root) as pushed, _folder(_PARTS, pushed) as parts:
                yield pushed, parts
        except OSError:
            message = "its folder may not be written, is full, or holds a link where it must not"
            raise Unavailable(message, source=self._source) from None
        finally:
            os.close(root)

    def _taken_room(self, pushed: int) -> int:
        """About how many bytes lie here; counted anew now and then, and added to in between."""
        now = time.monotonic()
        if self._measured is None or now - self._measured[0] > _MEASURED_SECONDS:
            self._measured = (now, sum(map(_size_of, _PLACES, [pushed] * len(_PLACES))))
        return self._measured[1]

    def _grew(self, count: int) -> None:
        if self._measured is not None:
            self._measured = (self._measured[0], self._measured[1] + count)


def _place_of(part: Part) -> str:
    """The name of what is on its way: of whom and which name, then of which content."""
    content = sha256(f"{part.size}/{part.sha256}".encode()).hexdigest()
    return f"{_owner_of(part)}.{content[:32]}"


def _owner_of(part: Part) -> str:
    return sha256(f"{part.sender}\0{part.name}".encode()).hexdigest()[:32]


def _ours(file: int, place: str, parts: int) -> bool:
    """Whether nobody else writes it, and it is still what lies there."""
    if not stat.S_ISREG(os.fstat(file).st_mode):
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        there = os.stat(place, dir_fd=parts, follow_symlinks=False)
    except (BlockingIOError, FileNotFoundError):
        return False
    return there.st_ino == os.fstat(file).st_ino


def _forget_others(part: Part, parts: int) -> None:
    """Another content of this name that was on its way is not waited for any more."""
    for name, _ in _files(parts):
        if name.startswith(f"{_owner_of(part)}.") and name != _place_of(part):
            with suppress(FileNotFoundError):
                os.unlink(name, dir_fd=parts)


def _write(file: int, body: bytes, at: int) -> None:
    view = memoryview(body)
    while view:
        count = os.pwrite(file, view, at)
        view, at = view[count:], at + count


@contextmanager
def _folder(name: str, within: int) -> Iterator[int]:
    with suppress(FileExistsError):
        os.mkdir(name, 0o700, dir_fd=within)
    folder = os.open(name, _FOLDER, dir_fd=within)
    try:
        yield folder
    finally:
        os.close(folder)


def _files(folder: int) -> Iterator[tuple[str, os.stat_result]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            with suppress(FileNotFoundError):
                status = entry.stat(follow_symlinks=False)
                if stat.S_ISREG(status.st_mode) and not entry.name.startswith("."):
                    yield entry.name, status


def _size_of(place: str, pushed: int) -> int:
    if not place:
        return sum(status.st_size for _, status in _files(pushed))
    try:
        folder = os.open(place, _FOLDER, dir_fd=pushed)
    except (FileNotFoundError, NotADirectoryError):
        return 0
    try:
        return sum(status.st_size for _, status in _files(folder))
    finally:
        os.close(folder)
