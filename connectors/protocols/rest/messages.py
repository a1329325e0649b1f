"""A queue of messages over REST: taken, and confirmed once they are kept."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import jmespath
import msgspec

from capabilities.errors import Garbled
from capabilities.member.records import IdentityKind
from capabilities.points.told_outside import PointsAnswered, PointsTold
from connectors._kit import Wire
from connectors._kit.answer import Answer
from connectors._kit.deadline import within
from connectors._kit.outcome import Reading, found
from connectors._kit.strict_json import Decoder
from connectors.hooks import Heard
from connectors.protocols.rest.asking import Asking
from connectors.protocols.rest.messaged import Messaged
from connectors.protocols.rest.verdict import Verdict, failed

_READING = Reading()
_ANYTHING: Decoder[Any] = Decoder(Any)
_LONGEST = 200
_WHOLE = re.compile(r"-?[1-9][0-9]{0,9}")


class RestMessages:
    """The queue of one interface."""

    def __init__(
        self,
        wire: Wire,
        declared: Messaged,
        *,
        fixed: Mapping[str, str],
        asking: Asking,
        verdict: Verdict | None,
    ) -> None:
        self._wire = wire
        self._declared = declared
        self._fixed = fixed
        self._asking = asking
        self._verdict = verdict
        self._parts = {
            name: jmespath.compile(getattr(declared, name)) for name in ("id", "topic", "order")
        }

    async def take(self) -> Sequence[Heard]:
        """Some of those that wait; they come again until they are confirmed."""
        declared = self._declared
        body = await self._asked(declared.take, declared.params)
        for step in declared.rows_at.split("."):
            body = body.get(step) if isinstance(body, dict) else None
        return [self._heard(row) for row in body or ()]

    async def confirm(self, ids: Sequence[str]) -> None:
        """They are kept here, and need not come again."""
        await self._asked(self._declared.confirm, {self._declared.ids: ",".join(ids)})

    async def _asked(self, call: str, params: Mapping[str, str]) -> Any:
        async with within(self._wire.limits.deadline_ms / 1000, self._wire.source):
            # Taking has an effect of its own: whoever takes is given what waits.
            answer = await self._asking.ask(self._wire, call, self._fixed, params, reads=False)
        return self._body(answer)

    def _heard(self, row: Any) -> Heard:
        own = self._text("id", row)
        if own is None:
            raise Garbled("a message without an id", source=self._wire.source)
        topic = self._text("topic", row) or ""
        number = self._text("order", _opened(row, self._declared.unwrap))
        known = topic in self._declared.topics
        gone = topic in self._declared.gone
        return Heard(
            delivery=own,
            topic=topic,
            number=number if known else None,
            gone=gone,
            points=self._points(topic, row),
        )

    def _points(self, topic: str, row: Any) -> PointsTold | None:
        """The change of points that a message tells of; 0 where the amount is none.

        One without a record can be answered by nobody, so it is a message like any other.
        """
        declared = self._declared.points
        if declared is None or topic != declared.topic:
            return None
        opened = _opened(row, self._declared.unwrap)
        record, amount = _read(declared.record, opened), _read(declared.amount, opened)
        if record is None:
            return None
        whole = amount is not None and _WHOLE.fullmatch(amount) is not None
        named = {kind: _read(path, opened) for kind, path in declared.identities.items()}
        return PointsTold(
            record=record,
            amount=int(amount or 0) if whole else 0,
            identities=tuple((IdentityKind(kind), one) for kind, one in named.items() if one),
        )

    async def answer_points(self, told: PointsTold, answered: PointsAnswered) -> None:
        """Say what became of a change of points."""
        declared = self._declared.points
        if declared is None:
            raise TypeError("a queue that tells of no points")
        values = {
            "record": told.record,
            "balance": str(answered.balance),
            "error": answered.error or "",
            "result": declared.done if answered.done else declared.refused,
        }
        params = {name: text.format_map(values) for name, text in declared.params.items()}
        await self._asked(declared.answer, {name: one for name, one in params.items() if one})

    def _text(self, name: str, row: Any) -> str | None:
        return _plain(self._parts[name].search(row))

    def _body(self, answer: Answer) -> Any:
        codes = self._verdict.codes_in(answer.body) if self._verdict is not None else ()
        if self._verdict is None or not codes:
            return found(answer, _ANYTHING, _READING, self._wire.source)
        word = self._verdict.word(codes)
        if word == "logon":
            self._wire.latch.trip()
        kind = {"logon": "denied", "none": "refused"}.get(word, word)
        raise failed(kind, codes[0], self._wire.source)


def _opened(row: Any, name: str | None) -> Any:
    """The row with one of its fields read as JSON; one that is none says nothing."""
    told = row.get(name) if isinstance(row, dict) and name is not None else None
    if not isinstance(told, str):
        return row
    try:
        return {**row, name: msgspec.json.decode(told.encode("utf-8", "replace"))}
    except (msgspec.DecodeError, RecursionError):
        return row


def _read(path: str, row: Any) -> str | None:
    return _plain(jmespath.search(path, row))


def _plain(value: Any) -> str | None:
    """A text or a number as a text; None where nothing usable stands there."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    text = str(value)
    return text if 0 < len(text) <= _LONGEST and text.isprintable() else None
