"""A drop folder on disk: what waits, what is ready, and where a file goes when it was read.

A file is claimed by a rename into `claimed/`, so that an upload of the same name never tears the
one that is being read. From there it goes to `processed/` or `quarantine/`. After a crash at any
point it lies in exactly one of them; the copy knows by its content whether it was taken.
"""

import fcntl
import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from hashlib import file_digest
from io import BufferedReader
from pathlib import Path

from msgspec import Struct

from capabilities.errors import Overloaded, Unavailable
from connectors.protocols.files.feed import Feed
from connectors.protocols.files.names import Named, Pattern

CLAIMED, PROCESSED, QUARANTINE = "claimed", "processed", "quarantine"
_PLACES = (CLAIMED, PROCESSED, QUARANTINE)


class Dropped(Struct, frozen=True, kw_only=True):
    """A file that lies in the folder; `waits` says why it is not read yet."""

    feed: str
    named: Named
    path: Path
    changed: float
    waits: str | None = None


class Folder:
    """The folder of one connector and the feeds that look for their files in it.

    Where files are `whole` as soon as they are there, none waits for its mark or to stop growing.
    """

    def __init__(
        self, root: Path, feeds: Mapping[str, Feed], source: str, *, whole: bool = False
    ) -> None:
        self._root = root
        self._whole = whole
        self._feeds = feeds
        self._patterns = {name: Pattern(feed.name, feed.day) for name, feed in feeds.items()}
        self._source = source

    @contextmanager
    def held(self) -> Iterator[None]:
        """Nobody else works in the folder; Overloaded where somebody does, Unavailable without it.

        The lock is the process's own and ends with it.
        """
        try:
            for place in _PLACES:
                _own_folder(self._root / place)
            lock = _lock_file(self._root / CLAIMED / ".lock")
        except OSError:
            lock = None
        if lock is None:
            raise Unavailable("its folder is not there or may not be written", source=self._source)
        with lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                busy = True
            else:
                busy = False
            if busy:
                raise Overloaded("another process works in its folder", source=self._source)
            yield

    def waiting(self, now: float) -> list[Dropped]:
        """Files that were dropped and not claimed, the oldest day and revision first."""
        try:
            files = {one.name: one for one in self._root.iterdir()}
        except OSError:
            files = None
        if files is None:
            raise Unavailable("its folder cannot be read", source=self._source)
        found = [one for path in files.values() if (one := self._dropped(path, now)) is not None]
        return sorted(found, key=_turn)

    def claimed(self) -> list[Dropped]:
        """Files that were claimed and not finished, because a process ended."""
        paths = sorted((self._root / CLAIMED).glob("[!.]*"))
        found = [self._dropped(path, None) for path in paths]
        return sorted((one for one in found if one is not None), key=_turn)

    def claim(self, dropped: Dropped) -> Dropped:
        """The file, out of the way of uploads; its mark goes behind it."""
        path = self._root / CLAIMED / dropped.named.name
        dropped.path.rename(path)
        if (mark := self._mark(dropped.feed, dropped.path)) is not None:
            mark.unlink(missing_ok=True)
        return Dropped(feed=dropped.feed, named=dropped.named, path=path, changed=dropped.changed)

    def finish(self, claimed: Dropped, place: str, digest: str) -> Path:
        """The file in its last place; one of the same name and another content is kept beside."""
        name = claimed.named.name
        target = self._root / place / name
        if target.exists() and digest_of(target) != digest:
            target = target.with_name(f"{name}.{digest[:12]}")
        claimed.path.rename(target)
        return target

    def is_superseded(self, dropped: Dropped) -> bool:
        """Whether a later revision of the same part was read before."""
        if not dropped.named.revision:
            return False
        pattern = self._patterns[dropped.feed]
        read = (pattern.read(path.name) for path in (self._root / PROCESSED).iterdir())
        return any(
            one is not None
            and one.part == dropped.named.part
            and one.revision > dropped.named.revision
            for one in read
        )

    def past(self) -> list[Dropped]:
        """Files that were read or refused, and still hold something."""
        paths = [
            path for place in (PROCESSED, QUARANTINE) for path in (self._root / place).iterdir()
        ]
        found = [self._dropped(path, None) for path in sorted(paths)]
        return [one for one in found if one is not None and one.path.lstat().st_size]

    def empty(self, path: Path) -> None:
        """Leave nothing of a file but its name."""
        os.close(os.open(path, os.O_WRONLY | os.O_TRUNC | os.O_NOFOLLOW))

    def count(self, place: str) -> int:
        """How many files lie in a place."""
        return sum(1 for _ in (self._root / place).glob("[!.]*"))

    def _dropped(self, path: Path, now: float | None) -> Dropped | None:
        """A regular file that a feed looks for; links and folders are nobody's file."""
        told = ((name, one.read(path.name)) for name, one in self._patterns.items())
        feed, named = next(((name, one) for name, one in told if one is not None), ("", None))
        if named is None:
            return None
        try:
            status = path.lstat()
        except OSError:
            return None
        if not stat.S_ISREG(status.st_mode):
            return None
        changed = status.st_mtime
        waits = None if now is None else self._waits(feed, path, changed, now)
        return Dropped(feed=feed, named=named, path=path, changed=changed, waits=waits)

    def _waits(self, feed: str, path: Path, changed: float, now: float) -> str | None:
        if self._whole:
            return None
        mark = self._mark(feed, path)
        if mark is None:
            settled = now - changed >= self._feeds[feed].settle_seconds
            return None if settled else "it may still grow"
        try:
            marked = mark.lstat().st_mtime
        except OSError:
            return "its mark is missing"
        return None if marked >= changed else "its mark is older than it"

    def _mark(self, feed: str, path: Path) -> Path | None:
        pattern = self._feeds[feed].done
        return None if pattern is None else path.with_name(pattern.replace("{file}", path.name))


def _turn(one: Dropped) -> tuple[str, int, float, str]:
    return (str(one.named.day or ""), one.named.revision, one.changed, one.named.name)


def _own_folder(path: Path) -> None:
    """A folder of ours inside the drop folder; a link in its place would lead files elsewhere."""
    path.mkdir(exist_ok=True)
    if path.is_symlink():
        raise NotADirectoryError(path.name)


def _lock_file(path: Path) -> BufferedReader:
    """A file to lock. Who drops files may put a link there, which must empty no other file."""
    flags = os.O_RDONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK
    return os.fdopen(os.open(path, flags, 0o600), "rb")


def opened(path: Path) -> BufferedReader:
    """A file to read, never through a link."""
    return os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW), "rb")


def digest_of(path: Path) -> str:
    """The sha256 of a file."""
    with opened(path) as file:
        return file_digest(file, "sha256").hexdigest()
