"""One reader of the outbox a process, for all who follow changes through it.

The truth are positions in PostgreSQL, looked at every quarter of a second. Whoever tells something
wakes the reader sooner, and nothing is lost where he could not.
"""

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from typing import Protocol

from capabilities.errors import EventsForgotten, StoreUnavailable
from capabilities.order.changes import OrderChange, ToldChange, Watched
from capabilities.places import Place
from gateway.changes.line import Line
from gateway.changes.lines import Lines
from gateway.changes.recent import Recent
from gateway.changes.turns import Turns

_log = logging.getLogger(__name__)
_POLL_SECONDS = 0.25
_PAGE = 1_000
_RECENT = 5_000
_LINE = 500
# Those who come back from long ago read the store themselves, page by page: so many at a time, in
# turns of those who follow the same, so that one store's hundred screens keep no other waiting.
_READERS = 4
_PATIENCE_SECONDS = 10.0
_FORGOTTEN = "what changed after this event is no longer known: read anew, and subscribe without it"


class _Read(Protocol):
    @property
    def changes(self) -> Sequence[ToldChange]: ...
    @property
    def upto(self) -> Place: ...
    @property
    def floor(self) -> Place: ...


class _Outbox(Protocol):
    async def after(self, place: Place, most: int, watched: Watched = ...) -> _Read: ...
    async def back(self, most: int) -> Place: ...


class ChangeHub:
    """Tells changes on to those who follow them, each in the order of its events.

    `wait` waits for so many seconds at most, and is over sooner when something was told.
    """

    def __init__(
        self,
        outbox: _Outbox,
        *,
        told: Callable[[int], None] = lambda _count: None,
        recent: int = _RECENT,
        line: int = _LINE,
        poll_seconds: float = _POLL_SECONDS,
        patience_seconds: float = _PATIENCE_SECONDS,
        wait: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._outbox = outbox
        self._wait = wait
        self._told = told
        self._most_recent = recent
        self._longest_line = line
        self._poll_seconds = poll_seconds
        self._patience_seconds = patience_seconds
        self._looked = asyncio.Event()
        self._lines = Lines()
        self._recent: Recent | None = None
        self._looked_at: float | None = None
        self._readers = Turns[Watched](_READERS)

    @property
    def age_seconds(self) -> float:
        """How long ago the outbox was looked at; endless before the first time."""
        return float("inf") if self._looked_at is None else time.monotonic() - self._looked_at

    async def run(self) -> None:
        """Read the outbox, until cancelled; while the store is away, everybody waits."""
        while True:
            try:
                more = await self.look()
            except StoreUnavailable:
                more = False
            except Exception:  # noqa: BLE001 - whatever it was, the next look tries again
                _log.exception("changes cannot be read")
                more = False
            if not more:
                await self._wait(self._poll_seconds)

    async def look(self) -> bool:
        """Tell what is new; whether there may be more at once."""
        if self._recent is None:
            self._recent = Recent(await self._outbox.back(self._most_recent), self._most_recent)
        recent = self._recent
        read = await self._outbox.after(recent.end, _PAGE)
        self._looked_at = time.monotonic()
        if read.upto.era != recent.end.era or recent.end < read.floor:
            self._lines.end(EventsForgotten(_FORGOTTEN))
            self._recent = None
            return True
        recent.add(read.changes, read.upto)
        self._looked.set()
        self._told(sum(self._lines.tell(one) for one in read.changes))
        return len(read.changes) == _PAGE

    async def follow(
        self, watched: Watched, after: Place | None
    ) -> AsyncGenerator[OrderChange, None]:
        """The changes after a place, or from now on; each once, in the order of their events.

        EventsForgotten where some after that place are no longer known, TooSlow where they are
        not taken.
        """
        end = await self._end()
        place = end if after is None else after
        if place > end:  # another process had read further
            await self._past(place, watched)
        while (missed := self._remembered(place)) is None:
            read = await self._past(place, watched)
            for told in read.changes:
                if watched.wants(told):
                    yield told.change
            place = read.upto
        # Nothing was awaited since: what comes now comes to the line.
        stands = missed[-1].change.place if missed else place
        line = Line(watched, stands, self._longest_line)
        self._lines.join(line)
        try:
            for told in missed:
                if watched.wants(told):
                    yield told.change
            while True:
                change = await line.next()
                if change.place > place:
                    yield change
        finally:
            self._lines.leave(line)

    async def _end(self) -> Place:
        """How far this process has read; who comes with its start waits for its first look."""
        try:
            async with asyncio.timeout(self._patience_seconds):
                await self._looked.wait()
        except TimeoutError as exc:
            raise StoreUnavailable("the platform's store was not read yet") from exc
        if self._recent is None:
            raise EventsForgotten(_FORGOTTEN)
        return self._recent.end

    def _remembered(self, place: Place) -> Sequence[ToldChange] | None:
        if self._recent is None:
            raise EventsForgotten(_FORGOTTEN)
        return self._recent.after(place)

    async def _past(self, place: Place, watched: Watched) -> _Read:
        """The next changes of long ago, from the store; EventsForgotten where some are gone."""
        async with self._readers.turn(watched):
            read = await self._outbox.after(place, _PAGE, watched)
        if read.upto.era != place.era or place < read.floor or place > read.upto:
            raise EventsForgotten(_FORGOTTEN)
        return read
