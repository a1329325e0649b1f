"""Orders changed over REST: bodies made of values, and rows among which our reference is found."""

from collections.abc import Mapping
from typing import Any

import jmespath
import msgspec

from capabilities.errors import Garbled, Refused
from capabilities.order.writing import OrderWriteKind, OrderWritten
from connectors._kit import Wire
from connectors._kit.origin import segment
from connectors._kit.outcome import Reading, found
from connectors._kit.strict_json import Decoder
from connectors.manifest.model import CommandCall
from connectors.protocols.rest.commanded import RestCommand
from connectors.protocols.templates import compiled, marks

_HEADERS = {"Accept": "application/json"}
_SENDS = {**_HEADERS, "Content-Type": "application/json"}
_READING = Reading()
_ANYTHING: Decoder[Any] = Decoder(Any)
_encode = msgspec.json.Encoder(decimal_format="number").encode
# A look-up that has not found an end of the list by then says so, and never that there is nothing.
_MOST_PAGES = 50


class RestCommander:
    """Orders of one interface; no call that changes is ever repeated here."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    async def write(
        self, kind: OrderWriteKind, call: CommandCall, values: Mapping[str, Any]
    ) -> OrderWritten | None:
        """Change something once."""
        own: RestCommand = call.own
        if own.add_to:
            before = await self._text(own, values)
            if before is None:
                return None
            line = str(values["line"])
            if line in before:
                return OrderWritten(number=str(values["number"]))
            values = {**values, "line": f"{before}\n{line}" if before else line}
        body = compiled(own.body)(values) or {}
        answer = await self._wire.call(
            own.method,
            _path(own, values),
            tuple((compiled(own.params)(values) or {}).items()),
            _SENDS if own.body else _HEADERS,
            content=_encode(body) if own.body else None,
        )
        row = found(answer, _ANYTHING, _READING, self._wire.source)
        return None if row is None else self._written(kind, self._number(own, row), values)

    async def find(
        self, kind: OrderWriteKind, call: CommandCall, values: Mapping[str, Any]
    ) -> OrderWritten | None:
        """The row that has our reference, on whichever page of the list it is."""
        own: RestCommand = call.own
        for page in range(1, _MOST_PAGES + 1):
            rows = await self._rows(own, values, page)
            for row in rows:
                if self._ours(own, row, values):
                    return self._written(kind, self._number(own, row), values)
            if not rows or not own.page:
                return None
        message = "more rows are to be looked through than is allowed"
        raise Refused(message, source=self._wire.source, code="UPSTREAM_SCAN_BOUND")

    async def _rows(self, own: RestCommand, values: Mapping[str, Any], page: int) -> list[Any]:
        params = dict(compiled(own.params)(values) or {})
        if own.page:
            params[own.page] = str(page)
        answer = await self._wire.get(_path(own, values), tuple(params.items()), _HEADERS)
        body = found(answer, _ANYTHING, _READING, self._wire.source)
        for step in filter(None, own.rows_at.split(".")):
            body = body.get(step) if isinstance(body, dict) else None
        return body if isinstance(body, list) else [] if body is None else [body]

    async def _text(self, own: RestCommand, values: Mapping[str, Any]) -> str | None:
        """The text as it stands; None where there is no such order."""
        answer = await self._wire.get(_path(own, values), (), _HEADERS)
        row = found(answer, _ANYTHING, _READING, self._wire.source)
        if row is None:
            return None
        return str((row.get(own.add_to) if isinstance(row, dict) else None) or "")

    def _ours(self, own: RestCommand, row: Any, values: Mapping[str, Any]) -> bool:
        told = jmespath.search(own.reference_at, row) if isinstance(row, dict) else None
        return values["reference"] in (told if isinstance(told, list) else [told])

    def _written(
        self, kind: OrderWriteKind, number: str | None, values: Mapping[str, Any]
    ) -> OrderWritten:
        """A number that an answer does not say is looked up like one that was lost."""
        if kind is OrderWriteKind.PLACE or kind is OrderWriteKind.RETURN:
            if number is None:
                raise Garbled("an answer without a number", source=self._wire.source)
            if kind is OrderWriteKind.PLACE:
                return OrderWritten(number=number)
            return OrderWritten(number=str(values["number"]), document=number)
        return OrderWritten(number=str(values["number"]))

    def _number(self, own: RestCommand, row: Any) -> str | None:
        for step in own.number_at.split("."):
            row = row.get(step) if isinstance(row, dict) else None
        if row is not None and not isinstance(row, str | int):
            raise Garbled("an answer without a number", source=self._wire.source)
        return None if row is None else str(row)


def _path(own: RestCommand, values: Mapping[str, Any]) -> str:
    return own.path.format_map({name: segment(str(values[name])) for name in marks(own.path)})
