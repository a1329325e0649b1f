"""Writes over REST: a body made of values, and candidates among which our reference is found."""

from collections.abc import Mapping
from typing import Any

import jmespath
import orjson

from capabilities.errors import Garbled
from connectors._kit import Wire
from connectors._kit.origin import segment
from connectors._kit.outcome import Reading, found
from connectors._kit.strict_json import Decoder
from connectors.protocols.rest.declared import RestWrite
from connectors.protocols.written import filled_in

_HEADERS = {"Accept": "application/json"}
_SENDS = {**_HEADERS, "Content-Type": "application/json"}
_IDEMPOTENT = ("PUT", "DELETE")
_READING = Reading()
_ANYTHING: Decoder[Any] = Decoder(Any)


class RestWriter:
    """Changes of one interface; no call of it is ever repeated here."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def repeats(self, call: RestWrite) -> bool:
        """As HTTP says it of its methods."""
        return call.method in _IDEMPOTENT

    async def write(self, call: RestWrite, values: Mapping[str, str | None]) -> str | None:
        """Write once; the number in the answer, None where there is no such thing."""
        body = filled_in(call.body, values) or {}
        answer = await self._wire.call(
            call.method,
            _path(call, values),
            tuple((filled_in(call.params, values) or {}).items()),
            _SENDS if call.body else _HEADERS,
            content=orjson.dumps(body) if call.body else None,
        )
        row = found(answer, _ANYTHING, _READING, self._wire.source)
        return None if row is None else self._number(call, row) or values["number"]

    async def find(self, call: RestWrite, values: Mapping[str, str | None]) -> str | None:
        """The number of the row that has our reference; None where none has."""
        params = tuple((filled_in(call.params, values) or {}).items())
        answer = await self._wire.get(_path(call, values), params, _HEADERS)
        body = found(answer, _ANYTHING, _READING, self._wire.source)
        for step in filter(None, call.rows_at.split(".")):
            body = body.get(step) if isinstance(body, dict) else None
        rows = body if isinstance(body, list) else [body]
        wanted = jmespath.compile(call.reference_at)
        for row in rows:
            if isinstance(row, dict) and wanted.search(row) == values["reference"]:
                return self._number(call, row)
        return None

    def _number(self, call: RestWrite, row: Any) -> str | None:
        for step in call.number_at.split("."):
            row = row.get(step) if isinstance(row, dict) else None
        if row is not None and not isinstance(row, str | int):
            raise Garbled("an answer without a number", source=self._wire.source)
        return None if row is None else str(row)


def _path(call: RestWrite, values: Mapping[str, str | None]) -> str:
    return call.path.format_map({name: segment(one) for name, one in values.items() if one})
