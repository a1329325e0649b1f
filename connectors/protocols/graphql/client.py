"""GraphQL over the wire: one document out, its whole answer back or an error of ours."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import msgspec
import orjson

from capabilities.errors import ChannelError, Garbled, Refused
from capabilities.estate import Limits
from connectors._kit import Answer, Decoder, Reading, Wire, failure, result
from connectors.protocols.graphql.faults import pause_of, weightiest
from connectors.protocols.meanings import fault_of

_HEADERS = {
    "Content-Type": "application/json",
    "Accept": "application/graphql-response+json, application/json;q=0.9",
}
_READING = Reading(error_code=())
# The question itself was at fault; servers differ in which of them they send.
_OF_THE_QUESTION = frozenset(
    {HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY}
)


class GraphQLClient:
    """One GraphQL endpoint, `path` below the wire's base; `table` says what codes mean."""

    def __init__(self, wire: Wire, path: str, table: Mapping[str, str]) -> None:
        self._wire = wire
        self._path = path
        self._table = table

    @property
    def limits(self) -> Limits:
        """What its connector may ask."""
        return self._wire.limits

    @property
    def source(self) -> str:
        """Its connector's name."""
        return self._wire.source

    async def ask(self, text: str, variables: Mapping[str, Any], decoder: Decoder[Any]) -> Any:
        """The data of an answer whose errors, if any, all say that something is not there."""
        content = msgspec.json.encode({"query": text, "variables": variables})
        answer = await self._wire.call(
            "POST", self._path, headers=_HEADERS, content=content, reads=True
        )
        if answer.status in _OF_THE_QUESTION:
            raise self._of_body(answer)
        body = result(answer, decoder, _READING, self.source)
        if body.errors:
            fault = self.fault(body.errors, body.extensions)
            if fault is not None:
                raise fault
        if body.data is None and not body.errors:
            raise Garbled("the answer has neither data nor errors", source=self.source)
        return body.data

    def fault(self, errors: Any, extensions: Any) -> ChannelError | None:
        """Our error for errors in an answer; None where all of them are harmless.

        A caller who is not known is a logon that failed: it latches.
        """
        weighty = weightiest(errors, self._table)
        if weighty is None:
            return None
        meaning, code = weighty
        if meaning == "unauthenticated":
            self._wire.latch.trip()
        return fault_of(meaning, code, self.source, pause=pause_of(extensions))

    def _of_body(self, answer: Answer) -> ChannelError:
        """The error that the body of a refused question tells, or that its status is."""
        try:
            body: Any = orjson.loads(answer.body)
            errors = body["errors"]
            fault = self.fault(errors, body.get("extensions")) if errors else None
        except (ValueError, KeyError, TypeError, AttributeError):
            return failure(answer, _READING, self.source)
        return fault or Refused(f"{self.source} answered {answer.status}", source=self.source)
