"""A subscription: its source is opened once, and each event runs the operation anew."""

import asyncio
import inspect
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from typing import Any

from graphql import ExecutionResult, Executor, GraphQLError, create_source_event_stream, execute

from capabilities.sources import SourceReport
from gateway.execution.documents import MOST_ERRORS, Documents, Prepared
from gateway.execution.engine import answered, failed, late, noticed
from schema.context import Context


class NotTold(Exception):
    """A subscription that does not begin; `body` says why."""

    def __init__(self, body: dict[str, Any]) -> None:
        super().__init__("no subscription")
        self.body = body


class Telling:
    """One subscription of one document; whoever began with a graph ends with it."""

    def __init__(
        self,
        documents: Documents,
        prepared: Prepared,
        variables: dict[str, Any] | None,
        operation_name: str | None,
    ) -> None:
        self._documents = documents
        self._prepared = prepared
        self._variables = variables
        self._name = operation_name

    async def begin(self, context: Context, deadline_seconds: float) -> AsyncIterator[Any]:
        """The source of its events; NotTold where the operation, or the caller, gets none."""
        if self._prepared.document is None:
            raise NotTold(failed(self._prepared.errors, context.request_id))
        executor = Executor.build(
            self._documents.schema,
            self._prepared.document,
            context_value=context,
            raw_variable_values=self._variables,
            operation_name=self._name,
            max_coercion_errors=MOST_ERRORS,
            hide_suggestions=not self._documents.open_schema,
        )
        if isinstance(executor, list):
            raise NotTold(failed(self._unfit(executor), context.request_id))
        try:
            async with asyncio.timeout(deadline_seconds):
                opened = create_source_event_stream(executor)
                source = await opened if inspect.isawaitable(opened) else opened
        except TimeoutError as exc:
            raise NotTold(late(context, deadline_seconds)) from exc
        if isinstance(source, ExecutionResult):
            raise NotTold(failed(source.errors or (), context.request_id))
        return source.__aiter__()

    async def tell(
        self,
        event: object,
        context: Context,
        deadline_seconds: float,
        notices: Callable[[], Sequence[SourceReport]],
    ) -> dict[str, Any]:
        """The answer to one event; never raises for what a client can cause."""
        if self._prepared.document is None:
            raise TypeError("a refused document tells nothing")
        try:
            async with asyncio.timeout(deadline_seconds) as clock:
                outcome = execute(
                    self._documents.schema,
                    self._prepared.document,
                    root_value=event,
                    context_value=context,
                    variable_values=self._variables,
                    operation_name=self._name,
                )
                result = await outcome if inspect.isawaitable(outcome) else outcome
        except TimeoutError:
            if not clock.expired():
                raise
            return late(context, deadline_seconds)
        assert isinstance(result, ExecutionResult)  # noqa: S101 - no incremental delivery here
        context.warnings.extend(noticed(notices()))
        return answered(result, context)

    def _unfit(self, errors: Sequence[GraphQLError]) -> Sequence[GraphQLError]:
        if self._documents.open_schema:
            return errors
        return [GraphQLError("the variables or the operation name do not fit the document")]


async def close(source: AsyncIterator[Any]) -> None:
    """Let a source go, begun or not."""
    closing = getattr(source, "aclose", None)
    if closing is not None:
        with suppress(RuntimeError):  # it is being asked by who was cancelled
            await closing()
