"""What every way in by HTTP does with an operation: who may, how long, and what it leaves."""

from typing import Protocol

from graphql import OperationDefinitionNode
from msgspec import Struct

from capabilities.attempts import Origin
from capabilities.caller import Caller
from capabilities.visibility import explain_refusal
from gateway.execution.documents import Prepared
from gateway.execution.engine import Answer, Engine
from gateway.execution.persisted import PersistedOperations
from gateway.execution.running import Running
from gateway.federation.reader import GraphReader
from gateway.http.asked import Asked
from gateway.http.bad_request import BadRequest, NotAllowed
from gateway.http.introduced import client_header, labels_of, language_of, origin_of
from gateway.http.request_body import Operation
from gateway.reasons import reason_of
from gateway.settings import Settings
from gateway.trace import Trace
from gateway.usage.clients import Clients
from schema.context import Context, Writer
from schema.platform import Platform

_LEAST_DEADLINE_MS = 10
_NEEDS_STREAM = "accept text/event-stream, or subscribe over a WebSocket (graphql-transport-ws)"
# What an answer may take to be put together when the time of the sources is over.
_ANSWER_SECONDS = 0.5


class Opened(Protocol):
    """What the gateway holds open, and opens for one request."""

    @property
    def operations(self) -> PersistedOperations:
        """Which text an id stands for."""

    def reader(
        self,
        caller: Caller,
        deadline_seconds: float,
        trace: Trace | None,
        reason: str | None,
        labels: frozenset[str],
    ) -> GraphReader:
        """Its reads; Unauthenticated for the token of another brand."""

    def writer(self, caller: Caller) -> Writer:
        """Its writes."""

    def platform(self, caller: Caller, reader: GraphReader, origin: Origin) -> Platform:
        """What the platform owns, as this caller meets it."""

    async def changed(self) -> None:
        """A mutation was answered: what it changed is seen by the next request here."""


class Executed(Struct, frozen=True):
    """An answer, and the document that it is of."""

    prepared: Prepared
    answer: Answer


class Executing:
    """Runs operations within the time that a request has; a late source is a missing one."""

    def __init__(
        self, settings: Settings, running: Running, opened: Opened, clients: Clients
    ) -> None:
        self._settings = settings
        self._clients = clients
        self._running = running
        self._opened = opened
        most = settings.request_deadline_ms / 1000
        self._putting_together = min(_ANSWER_SECONDS, most / 2)
        self._sources_seconds = most - self._putting_together

    async def run(self, asked: Asked, caller: Caller, operation: Operation) -> Executed:
        """Run one operation; `asked.operation` is its name from then on.

        The reader comes first: to a caller of another brand nothing is said of any operation.
        """
        sources = self.seconds(asked)
        trace = Trace() if operation.explain else None
        reason = reason_of(asked.header(b"x-santong-reason"))
        reader = self._opened.reader(caller, sources, trace, reason, labels_of(asked))
        try:
            if trace is not None:
                _check_explain(caller)
            engine = self._running.engine
            prepared = self._prepared(engine, operation, trace)
            writes = _checked(asked, prepared, operation.operation_name)
            answer = await engine.run(
                prepared,
                self._context(engine, asked, caller, reader),
                operation.variables,
                operation.operation_name,
                notices=lambda: reader.notices,
                deadline_seconds=sources + self._putting_together,
                trace=trace,
                client=self._clients.of(caller, client_header(asked)),
                reached=lambda: reader.request.reached,
            )
            await reader.finish()
            if writes:
                await self._opened.changed()
        finally:
            reader.abandon()
        return Executed(prepared, answer)

    def seconds(self, asked: Asked) -> float:
        """The time of the sources; BadRequest for a header that says none."""
        asked_for = _deadline_seconds(asked.header(b"x-santong-deadline-ms"))
        return min(asked_for or self._sources_seconds, self._sources_seconds)

    def _prepared(self, engine: Engine, operation: Operation, trace: Trace | None) -> Prepared:
        text = self._opened.operations.text(operation.query, operation.sha256)
        documents = engine.documents
        hits = documents.hits
        prepared = documents.prepare(text)
        if trace is not None:
            trace.document_cached = documents.hits > hits
            trace.step("document")
        return prepared

    def _context(
        self, engine: Engine, asked: Asked, caller: Caller, reader: GraphReader
    ) -> Context:
        return Context(
            extensions=engine.extensions,
            reader=reader,
            writer=self._opened.writer(caller),
            owned=self._opened.platform(
                caller, reader, origin_of(asked, self._settings.proxy_hops)
            ),
            caller=caller,
            request_id=asked.request_id,
            max_rows=self._settings.max_rows,
            language=language_of(asked),
        )


def _checked(asked: Asked, prepared: Prepared, name: str | None) -> bool:
    """Whether the operation writes; BadRequest where it does not go this way."""
    if prepared.follows(name):
        raise BadRequest(_NEEDS_STREAM, 406, "SUBSCRIPTION_NEEDS_STREAM")
    writes = prepared.writes(name)
    if writes and asked.method == "GET":
        raise NotAllowed("a mutation goes by POST", b"POST")
    asked.operation = _name(prepared.operation(name))
    return writes


def _check_explain(caller: Caller) -> None:
    forbidden = explain_refusal(caller)
    if forbidden is not None:
        raise forbidden


def _deadline_seconds(header: bytes | None) -> float | None:
    if header is None:
        return None
    digits = header.strip()
    if not (digits.isdigit() and len(digits) <= 6):  # noqa: PLR2004 - 16 minutes
        raise BadRequest("X-Santong-Deadline-Ms must be whole milliseconds", 400, "BAD_DEADLINE")
    return max(int(digits), _LEAST_DEADLINE_MS) / 1000


def _name(operation: OperationDefinitionNode | None) -> str | None:
    if operation is None or operation.name is None:
        return None
    return operation.name.value
