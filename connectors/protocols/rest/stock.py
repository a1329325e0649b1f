"""The stock of products over REST: the row of a product is found, and its stock set by one call."""

from collections.abc import Mapping
from typing import Any

import jmespath
import msgspec

from capabilities.errors import Garbled, Refused
from capabilities.flash.ports import StockLevel
from connectors._kit import Wire
from connectors._kit.answer import Answer
from connectors._kit.origin import segment
from connectors._kit.outcome import Reading, found
from connectors._kit.strict_json import Decoder
from connectors.protocols.rest.asking import Asking
from connectors.protocols.rest.stocked import Stocked
from connectors.protocols.rest.verdict import Verdict, failed
from connectors.protocols.templates import compiled, marks

_JSON = {"Accept": "application/json"}
_SENDS = {**_JSON, "Content-Type": "application/json"}
_READING = Reading()
_ANYTHING: Decoder[Any] = Decoder(Any)
_ABSENT = (None, "", 0, "0")
_encode = msgspec.json.Encoder(decimal_format="number").encode


class RestStock:
    """The stock of one interface; a call that sets is never repeated here."""

    def __init__(
        self,
        wire: Wire,
        declared: Stocked,
        *,
        fixed: Mapping[str, str],
        asking: Asking,
        verdict: Verdict | None,
    ) -> None:
        self._wire = wire
        self._read, self._push = declared.read, declared.push
        self._fixed = fixed
        self._asking = asking
        self._verdict = verdict

    async def level(self, code: str) -> StockLevel | None:
        """What is offered of a product now."""
        row = await self._row(code)
        if row is None:
            return None
        units = jmespath.search(self._read.left_at, row)
        if isinstance(units, str) and units.isascii() and units.removeprefix("-").isdigit():
            units = int(units)
        if units is not None and (not isinstance(units, int) or isinstance(units, bool)):
            raise Garbled("a stock that is no whole number", source=self._wire.source)
        at = self._read.reference_at
        return StockLevel(units, str(jmespath.search(at, row) or "") if at else None)

    async def push(self, code: str, units: int, reference: str) -> bool:
        """Set what is offered, once; False where there is no such product."""
        row = await self._row(code)
        if row is None:
            return False
        parts = {name: jmespath.search(at, row) for name, at in self._read.values.items()}
        kept = {name: None if part in _ABSENT else str(part) for name, part in parts.items()}
        values = {"code": code, "units": str(units), "reference": reference, **kept}
        params = compiled(self._push.params)(values) or {}
        if self._push.call:
            answer = await self._asking.ask(
                self._wire, self._push.call, self._fixed, params, reads=False
            )
        else:
            body = compiled(self._push.body)(values)
            answer = await self._wire.call(
                self._push.method,
                self._path(values),
                tuple({**self._fixed, **params}.items()),
                _JSON if body is None else _SENDS,
                content=None if body is None else _encode(body),
            )
        return self._body(answer) is not None

    async def _row(self, code: str) -> Mapping[str, Any] | None:
        """The one row of a product; Refused where several have its code."""
        params = compiled(self._read.params)({"code": code}) or {}
        answer = await self._asking.ask(self._wire, self._read.resource, self._fixed, params)
        body = self._body(answer)
        for step in filter(None, self._read.rows_at.split(".")):
            body = body.get(step) if isinstance(body, dict) else None
        rows = body if isinstance(body, list) else [] if body is None else [body]
        fitting = [
            row
            for row in rows
            if isinstance(row, dict) and str(jmespath.search(self._read.code_at, row)) == code
        ]
        if len(fitting) > 1:
            message = "several products have this code there, so that no stock is its own"
            raise Refused(message, source=self._wire.source)
        return fitting[0] if fitting else None

    def _body(self, answer: Answer) -> Any | None:
        """What an answer holds; None where the system says that there is no such thing."""
        codes = self._verdict.codes_in(answer.body) if self._verdict is not None else ()
        if self._verdict is None or not codes:
            return found(answer, _ANYTHING, _READING, self._wire.source)
        word = self._verdict.word(codes)
        if word == "none":
            return None
        if word == "logon":
            self._wire.latch.trip()
        raise failed("denied" if word == "logon" else word, codes[0], self._wire.source)

    def _path(self, values: Mapping[str, str | None]) -> str:
        for path in self._push.paths:
            named = {name: values[name] for name in marks(path)}
            if all(value is not None for value in named.values()):
                return path.format_map({name: segment(str(one)) for name, one in named.items()})
        raise Garbled("the product's row has not what its path needs", source=self._wire.source)
