"""The registered operations that one process knows: those of the file and those of the store."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from capabilities.errors import SantongError, StoreUnavailable
from capabilities.operations import RegisteredOperation
from gateway.execution.operations_file import read_operations

_log = logging.getLogger(__name__)
_POLL_SECONDS = 1.0
_PAGE = 500


class Registered(Protocol):
    """Where administrators' operations are kept; see `store.operating.operations.Operations`."""

    async def after(self, position: int, first: int) -> tuple[Sequence[RegisteredOperation], int]:
        """At most `first` operations behind a position, oldest first, and the last one's place."""


class Registry:
    """Texts by their sha256, followed while the file and the store change.

    The store is read when its version rises. While it is away, and where a changed file is wrong,
    what was known before stays in force.
    """

    def __init__(
        self, path: Path | None, registered: Registered, version: Callable[[], int | None]
    ) -> None:
        self._path = path
        self._registered = registered
        self._version = version
        self._listed: Mapping[str, str] = {}
        self._stamp: tuple[int, int] | None = None
        self._stored: dict[str, str] = {}
        self._position = 0
        self._seen: int | None = None

    @property
    def listed(self) -> Mapping[str, str]:
        """The texts of the file by their sha256; another mapping whenever the file changed."""
        return self._listed

    @property
    def learnt(self) -> int:
        """How many operations of the store are known; it only grows."""
        return len(self._stored)

    def text(self, sha256: str) -> str | None:
        """The registered text of a hash."""
        found = self._listed.get(sha256)
        return self._stored.get(sha256) if found is None else found

    def learn(self, operation: RegisteredOperation) -> None:
        """Know an operation that this process has just registered, before it is read again."""
        self._stored[operation.sha256] = operation.text

    async def open(self) -> None:
        """Read the file, or raise OperationsFault; and the store, where it answers."""
        self._stamp = self._mark()
        if self._path is not None:
            self._listed = read_operations(self._path)
        try:
            await self._read_on()
        except StoreUnavailable:
            _log.warning("registered operations are not known yet: the store is away")
        except Exception:  # noqa: BLE001 - such as a store that was not migrated: reads go on
            _log.exception("registered operations cannot be read")

    async def follow(self, poll_seconds: float = _POLL_SECONDS) -> None:
        """Put what changes in force within about a second, until cancelled."""
        told: int | None = None
        while True:
            await asyncio.sleep(poll_seconds)
            await self._follow_file()
            version = self._version()
            if version is None or version == self._seen:
                continue
            try:
                await self._read_on()
            except StoreUnavailable:
                continue  # what is known stands; the next look tries again
            except Exception:  # noqa: BLE001 - whatever it was, the next look tries again
                if version != told:
                    _log.exception("registered operations cannot be read")
                told = version
            else:
                self._seen = version

    async def _read_on(self) -> None:
        """Read what was registered behind the last position that was read."""
        whole = True
        while whole:
            found, self._position = await self._registered.after(self._position, _PAGE)
            for one in found:
                self.learn(one)
            whole = len(found) == _PAGE

    async def _follow_file(self) -> None:
        stamp = self._mark()
        if self._path is None or stamp is None or stamp == self._stamp:
            return
        self._stamp = stamp
        try:
            # Megabytes, perhaps: not on the loop that answers everyone.
            self._listed = await asyncio.to_thread(read_operations, self._path)
        except SantongError as exc:
            _log.error("operations refused", extra={"reason": exc.message})
        else:
            _log.info("operations in force", extra={"count": len(self._listed)})

    def _mark(self) -> tuple[int, int] | None:
        if self._path is None:
            return None
        try:
            stat = self._path.stat()
        except OSError:
            return None
        return stat.st_mtime_ns, stat.st_size
