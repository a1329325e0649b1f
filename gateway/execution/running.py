"""The graph that answers now: the contract and the native types in force, replaced as one."""

import asyncio
import logging
from collections.abc import Callable

from capabilities.native import ExtensionPoint
from gateway.execution.documents import Documents
from gateway.execution.engine import Engine

_log = logging.getLogger(__name__)
_POLL_SECONDS = 0.2
_FORGOTTEN_AT_ONCE = 20

Points = tuple[ExtensionPoint, ...]


class Running:
    """The engine in force. Who has begun with one ends with it.

    `make` gives the documents of a graph with these native types, `wanted` the types that the
    connectors in force fill.
    """

    def __init__(self, make: Callable[[Points], Documents]) -> None:
        self._make = make
        self._hits = self._misses = 0
        self._points: Points = ()
        self.engine = Engine(make(()))

    @property
    def documents(self) -> Documents:
        """The documents of the engine in force."""
        return self.engine.documents

    @property
    def hits(self) -> int:
        """Documents that were known, since the start."""
        return self._hits + self.documents.hits

    @property
    def misses(self) -> int:
        """Documents that were not known, since the start."""
        return self._misses + self.documents.misses

    def extend(self, points: Points) -> Documents | None:
        """Put a graph with these types in force; the documents of the one before it, if any was."""
        if points == self._points:
            return None
        old, made = self.documents, self._make(points)
        self.engine, self._points = Engine(made, made.natives(points)), points
        self._hits, self._misses = self._hits + old.hits, self._misses + old.misses
        types = [one.name for one in self.engine.extensions]
        _log.info("graph in force", extra={"native_types": types})
        return old

    async def follow(self, wanted: Callable[[], Points]) -> None:
        """Follow the connectors in force, until cancelled."""
        while True:
            await asyncio.sleep(_POLL_SECONDS)
            try:
                old = self.extend(wanted())
            except Exception:  # noqa: BLE001 - the graph before it answers on
                _log.exception("native types refused")
                continue
            # A whole cache that is freed at once would hold everybody up.
            while old is not None and old.forget(_FORGOTTEN_AT_ONCE):  # noqa: ASYNC110 - a turn each
                await asyncio.sleep(0)
