"""Running a prepared document, and the shape of every answer and error."""

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from graphql import ExecutionResult, GraphQLError
from msgspec import Struct

from capabilities.errors import ChannelError, RequestTimeout, SantongError
from capabilities.native import ExtensionPoint
from capabilities.sources import SourceReport
from capabilities.usage.client import Client
from capabilities.usage.records import Reached
from gateway.execution.documents import MOST_ERRORS, Documents, Prepared
from gateway.trace import Trace
from schema.context import Context, SourceWarning

_log = logging.getLogger(__name__)
_MOST_PLACES = 10
_LONGEST = 500
_MASKED = "something went wrong here; the request id finds it in the log"


class Answer(Struct, frozen=True, kw_only=True):
    """A GraphQL answer; `executed` is False when the document never ran."""

    body: Mapping[str, Any]
    executed: bool


class Engine:
    """Runs the documents of one schema by their plans; `extensions` are its native types."""

    def __init__(self, documents: Documents, extensions: tuple[ExtensionPoint, ...] = ()) -> None:
        self.documents = documents
        self.extensions = extensions

    async def run(
        self,
        prepared: Prepared,
        context: Context,
        variables: dict[str, Any] | None,
        operation_name: str | None,
        *,
        notices: Callable[[], Sequence[SourceReport]],
        deadline_seconds: float,
        trace: Trace | None = None,
        client: Client | None = None,
        reached: Callable[[], Iterable[Reached]] = tuple,
    ) -> Answer:
        """Execute one operation; never raises for what a client can cause.

        `notices` tells afterwards which sources behind single look-ups were missing, `reached`
        which were asked at all. What is not whole within the deadline is given up. A run is
        counted for its `client`.
        """
        if prepared.document is None:
            return Answer(body=failed(prepared.errors, context.request_id), executed=False)
        if trace is not None:
            trace.plan_cached = self.documents.planned(prepared, operation_name, context.caller)
        plan = self.documents.plan(prepared, operation_name, context.caller)
        if trace is not None:
            trace.step("plan")
        use = None if client is None else plan.use
        if use is not None and client is not None:
            use.ran(client)
        try:
            async with asyncio.timeout(deadline_seconds) as clock:
                result = await plan.run(context, variables, trace)
        except TimeoutError:
            if not clock.expired():
                raise
            return Answer(body=_told(late(context, deadline_seconds), trace), executed=True)
        finally:
            if use is not None and client is not None:
                use.reached(client, reached())
        if result.data is None and not any(one.path for one in result.errors or ()):
            return Answer(body=self._unfit(result.errors or (), context), executed=False)
        context.warnings.extend(noticed(notices()))
        return Answer(body=_told(answered(result, context), trace), executed=True)

    def _unfit(self, errors: Sequence[GraphQLError], context: Context) -> dict[str, Any]:
        """Variables or an operation name that do not fit; a closed schema says no more."""
        if not self.documents.open_schema:
            errors = [GraphQLError("the variables or the operation name do not fit the document")]
        return failed(errors, context.request_id)


def answered(result: ExecutionResult, context: Context) -> dict[str, Any]:
    """The body of an operation that ran."""
    body: dict[str, Any] = {"data": result.data}
    if result.errors:
        told = result.errors[:MOST_ERRORS]
        body["errors"] = [shown(one, context.request_id) for one in told]
    extensions: dict[str, Any] = {"requestId": context.request_id}
    if len(result.errors or ()) > MOST_ERRORS:
        extensions["errorsOmitted"] = len(result.errors or ()) - MOST_ERRORS
    if context.warnings:
        extensions["warnings"] = [_warning(one) for one in context.warnings]
    body["extensions"] = extensions
    return body


def _told(body: dict[str, Any], trace: Trace | None) -> dict[str, Any]:
    """The answer, with its plan where that was asked for."""
    if trace is not None:
        trace.step("run")
        body["extensions"]["plan"] = trace.shown()
    return body


def late(context: Context, seconds: float) -> dict[str, Any]:
    """The whole answer is null: it was begun, so this is no refusal of the document."""
    late = RequestTimeout(f"the answer was not whole within {round(seconds * 1000)} ms")
    error = GraphQLError(late.message, original_error=late)
    return answered(ExecutionResult(None, [error]), context)


def failed(errors: Sequence[GraphQLError], request_id: str) -> dict[str, Any]:
    """The body of an operation that did not run."""
    told = list(errors)[:MOST_ERRORS]
    return {"errors": [shown(one, request_id) for one in told]}


def shown(error: GraphQLError, request_id: str) -> dict[str, Any]:
    """An error as a client sees it; only our own messages pass, everything else is masked.

    Where nothing of ours failed, graphql-core found the client's own mistake, also while it ran:
    an argument's variable is only then known.
    """
    cause = error.original_error
    while isinstance(cause, GraphQLError):
        cause = cause.original_error
    extensions: dict[str, Any] = {"requestId": request_id}
    message = error.message
    if isinstance(cause, SantongError):
        extensions |= {"code": cause.code, "retryable": cause.retryable}
        if isinstance(cause, ChannelError) and cause.source:
            extensions["source"] = cause.source
        message = cause.message
    elif cause is None:
        extensions["code"] = (error.extensions or {}).get("code", "BAD_USER_INPUT")
    else:
        _log.error("resolver failed", exc_info=cause, extra={"path": error.path})
        extensions["code"] = "INTERNAL_SERVER_ERROR"
        message = _MASKED
    body: dict[str, Any] = {"message": _short(message), "extensions": extensions}
    if error.locations:
        body["locations"] = [
            {"line": place.line, "column": place.column} for place in error.locations[:_MOST_PLACES]
        ]
    if error.path:
        body["path"] = list(error.path)
    return body


def _short(message: str) -> str:
    """A message quotes the document; a hostile one would come back whole."""
    return message if len(message) <= _LONGEST else f"{message[:_LONGEST]}…"


def _warning(warning: SourceWarning) -> dict[str, Any]:
    return {
        "code": warning.code,
        "source": warning.source,
        "retryable": warning.retryable,
        "path": list(warning.path),
    }


def noticed(notices: Sequence[SourceReport]) -> list[SourceWarning]:
    """Warnings of sources behind single look-ups; they concern the whole answer."""
    return [
        SourceWarning(
            code=report.code or f"SOURCE_{report.status.value}",
            source=report.name,
            retryable=report.retryable,
            path=[],
        )
        for report in notices
    ]
