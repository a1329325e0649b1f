"""One subscription of one caller, from its document to the end of its events."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any, Protocol

from graphql import GraphQLError
from msgspec import Struct

from capabilities.attempts import Origin
from capabilities.caller import Caller
from capabilities.errors import BadInput, Ended
from gateway.execution.engine import shown
from gateway.execution.persisted import PersistedOperations
from gateway.execution.running import Running
from gateway.execution.telling import NotTold, Telling, close
from gateway.federation.reader import GraphReader
from gateway.http.request_body import Operation
from gateway.live.asker import Asker
from gateway.live.room import Room
from gateway.settings import Settings
from schema.context import Context
from schema.platform import Platform

# Whose scope may change without her token: what she follows is asked again so often.
_RECHECK_SECONDS = 30.0


class Opened(Protocol):
    """What the gateway holds open, as subscriptions use it."""

    @property
    def operations(self) -> PersistedOperations:
        """Which text an id stands for."""

    def reader(self, caller: Caller, deadline_seconds: float) -> GraphReader:
        """The reads of one event."""

    def platform(self, caller: Caller, reader: GraphReader, origin: Origin) -> Platform:
        """What the platform owns, as this caller meets it."""


class ToldEvent(Struct, frozen=True):
    """One answer; `event_id` is what its subscriber goes on after."""

    event_id: str | None
    body: dict[str, Any]


class Subscriptions:
    """Opens subscriptions over the graph that is in force when each begins."""

    def __init__(
        self,
        settings: Settings,
        running: Running,
        opened: Opened,
        room: Room,
        recheck_seconds: float = _RECHECK_SECONDS,
    ) -> None:
        self._settings = settings
        self._running = running
        self._opened = opened
        self._room = room
        self._recheck_seconds = recheck_seconds
        self._seconds = settings.request_deadline_ms / 1000

    async def events(self, asker: Asker, operation: Operation) -> AsyncGenerator[ToldEvent, None]:
        """The answers, event by event.

        NotTold where it does not begin; a SantongError where it has no place, or ends before its
        subscriber leaves.
        """
        engine = self._running.engine
        text = self._opened.operations.text(operation.query, operation.sha256)
        prepared = engine.documents.prepare(text)
        name = operation.operation_name
        if prepared.document is not None and not prepared.follows(name):
            raise BadInput(
                "only subscriptions are told here; ask queries and mutations by POST",
                code="SUBSCRIPTIONS_ONLY",
            )
        telling = Telling(engine.documents, prepared, operation.variables, name)
        with self._room.place(asker.own):
            source = await self._begin(telling, asker)
            use = engine.documents.use(prepared, name)
            if use is not None:
                use.ran(asker.client)
            due = asyncio.get_running_loop().time() + self._recheck_seconds
            try:
                while True:
                    try:
                        event, due = await self._next(source, telling, asker, due)
                    except StopAsyncIteration:  # what was followed is over
                        return
                    yield await self._told(telling, asker, event)
            finally:
                await close(source)

    async def _begin(self, telling: Telling, asker: Asker) -> AsyncIterator[Any]:
        reader = self._opened.reader(asker.caller, self._seconds)
        try:
            return await telling.begin(self._context(asker, reader), self._seconds)
        finally:
            reader.abandon()

    async def _next(
        self, source: AsyncIterator[Any], telling: Telling, asker: Asker, due: float
    ) -> tuple[Any, float]:
        """The next event; whoever is bound to stores is asked for now and then, while she waits."""
        clock = asyncio.get_running_loop().time
        if asker.caller.visibility.stores is None:
            return await anext(source), due
        waiting = asyncio.ensure_future(anext(source))
        try:
            while True:
                await asyncio.wait({waiting}, timeout=max(due - clock(), 0))
                if clock() >= due:
                    await close(await self._begin(telling, asker))  # NotTold ends it
                    due = clock() + self._recheck_seconds
                if waiting.done():
                    return waiting.result(), due
        finally:
            if not waiting.done():
                waiting.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await waiting

    async def _told(self, telling: Telling, asker: Asker, event: Any) -> ToldEvent:
        reader = self._opened.reader(asker.caller, self._seconds)
        try:
            body = await telling.tell(
                event, self._context(asker, reader), self._seconds, lambda: reader.notices
            )
            await reader.finish()
        finally:
            reader.abandon()
        return ToldEvent(getattr(event, "event_id", None), body)

    def _context(self, asker: Asker, reader: GraphReader) -> Context:
        return Context(
            extensions=self._running.engine.extensions,
            reader=reader,
            owned=self._opened.platform(asker.caller, reader, asker.origin),
            caller=asker.caller,
            request_id=asker.request_id,
            max_rows=self._settings.max_rows,
            language=asker.language,
            resume=asker.resume,
        )


def errors_of(error: Exception, request_id: str) -> list[dict[str, Any]]:
    """What a subscriber is told of why it is over; `after` is what to go on after."""
    if isinstance(error, NotTold):
        found: list[dict[str, Any]] = error.body["errors"]
        return found
    told = shown(GraphQLError(str(error), original_error=error), request_id)
    if isinstance(error, Ended) and error.after is not None:
        told["extensions"]["after"] = error.after
    return [told]
