"""REST over the wire: typed lists and single things."""

from collections.abc import Hashable, Iterable, Mapping
from functools import lru_cache
from typing import Any, Generic, TypeVar, cast

import msgspec
from msgspec import Struct

from capabilities.errors import BadInput, Garbled, Refused
from capabilities.estate import Limits
from connectors._kit.answer import Answer
from connectors._kit.deadline import within
from connectors._kit.outcome import Reading, failure, found, result
from connectors._kit.strict_json import Decoder
from connectors._kit.wire import Wire
from connectors.protocols.gathered import Gathered
from connectors.protocols.rest.asking import Asking, Value, flat
from connectors.protocols.rest.body import Body, Places, body_decoder, need_root, read_body
from connectors.protocols.rest.paging import Paginator, Step, Turn
from connectors.protocols.rest.verdict import Verdict, failed

T = TypeVar("T")

_NO_PARAMS: Mapping[str, str] = {}
_HEADERS = {"Accept": "application/json"}
_TYPES = 256
_GOOD = (200, 201, 203)


class RestPage(Struct, Generic[T], frozen=True, kw_only=True):
    """Rows of one answer and what to ask next; `cut` when more rows came than were kept."""

    rows: tuple[T, ...]
    next_step: Step | None = None
    total: int | None = None
    cut: bool = False


class RestClient:
    """One REST interface. Paths are below the wire's base; values in them go through `segment`.

    `rows_at` is where the list lies in an answer's body; by default the body is the list.
    """

    def __init__(
        self,
        wire: Wire,
        *,
        fixed_params: Mapping[str, str] = _NO_PARAMS,
        rows_at: tuple[str, ...] = (),
        reading: Reading | None = None,
        asking: Asking | None = None,
        verdict: Verdict | None = None,
    ) -> None:
        self._wire = wire
        self._fixed = dict(fixed_params)
        self._rows_at = rows_at
        self._reading = reading or Reading()
        self._asking = asking if asking is not None and not asking.plain else None
        self._verdict = verdict

    @property
    def limits(self) -> Limits:
        """What its connector may ask."""
        return self._wire.limits

    def reaches(self, path: str) -> bool:
        """Whether a quoted path lies below the wire's base."""
        try:
            self._wire.origin.target(path)
        except BadInput:
            return False
        return True

    async def page(
        self,
        path: str,
        row_type: type[T],
        paginator: Paginator,
        *,
        params: Mapping[str, Value] = _NO_PARAMS,
        step: Step | None = None,
        places: Places | None = None,
    ) -> RestPage[T]:
        """One page, by one call: the first, or the one that `step` of an earlier page names."""
        asked = step or paginator.first()
        if places is None and self._verdict is None:
            answer = await self._ask(path, params, asked)
            rows: tuple[T, ...] = self._rows(answer, row_type)
            turn = Turn(asked, len(rows), answer.headers, self._wire.source)
        else:
            answer, body = await self._body(path, params, asked, row_type, places or Places())
            rows = body.rows
            last = rows[-1] if rows else None
            turn = Turn(asked, len(rows), answer.headers, self._wire.source, body.said, last)
        most = paginator.most
        return RestPage(
            rows=rows if most is None else rows[:most],
            next_step=paginator.after(turn),
            total=paginator.total(turn),
            cut=most is not None and len(rows) > most,
        )

    async def all(
        self,
        path: str,
        row_type: type[T],
        paginator: Paginator,
        *,
        params: Mapping[str, Value] = _NO_PARAMS,
        places: Places | None = None,
        max_rows: int | None = None,
        max_calls: int | None = None,
    ) -> Gathered[T]:
        """Pages until there are no more or a bound is met; all calls have one deadline together.

        A step that was asked before is Garbled.
        """
        limits = self._wire.limits
        most_rows = limits.scan_max_rows if max_rows is None else max_rows
        most_calls = limits.scan_max_calls if max_calls is None else max_calls
        rows: list[T] = []
        async with within(limits.deadline_ms / 1000, self._wire.source):
            page = await self.page(path, row_type, paginator, params=params, places=places)
            rows, calls, seen, cut = list(page.rows), 1, [paginator.first()], page.cut
            while page.next_step and calls < most_calls and len(rows) < most_rows:
                if page.next_step in seen:
                    raise Garbled("the answer's links go round", source=self._wire.source)
                seen.append(page.next_step)
                page = await self.page(
                    path, row_type, paginator, params=params, step=seen[-1], places=places
                )
                rows += page.rows
                calls, cut = calls + 1, cut or page.cut
        return Gathered(
            rows=tuple(rows[:most_rows]),
            calls=calls,
            truncated=cut or len(rows) > most_rows or page.next_step is not None,
            total=page.total,
        )

    async def one(
        self, path: str, row_type: type[T], *, params: Mapping[str, str] = _NO_PARAMS
    ) -> T | None:
        """A single thing, None where there is none."""
        answer = await self._wire.get(path, {**self._fixed, **params}, _HEADERS)
        kind: Any = row_type
        row: T | None = found(answer, _decoder(kind, None), self._reading, self._wire.source)
        return row

    async def _body(
        self,
        path: str,
        params: Mapping[str, Value],
        step: Step,
        row_type: type[T],
        places: Places,
    ) -> tuple[Answer, Body[T]]:
        """An answer of an interface that says in its body what came of the question."""
        for last in (False, True):
            answer = await self._ask(path, params, step)
            word, code = self._judged(answer)
            body: Body[T] | None = None
            if word is None:
                body, word, code = self._decoded(answer, row_type, places)
            if word == "logon" and not last and self._wire.renews(answer):
                continue
            break
        return answer, self._settled(body, word, code)

    def _judged(self, answer: Answer) -> tuple[str | None, str]:
        """What a status means, where the manifest says so."""
        known = self._verdict.statuses if self._verdict is not None else {}
        return known.get(answer.status), str(answer.status)

    def _decoded(
        self, answer: Answer, row_type: type[T], places: Places
    ) -> tuple[Body[T] | None, str | None, str]:
        """The body, or the word and code of the failure that it tells of."""
        verdict, source, kind = self._verdict, self._wire.source, cast("Any", row_type)
        codes: tuple[str, ...] = ()
        if verdict is not None and answer.status not in _GOOD:
            codes = verdict.codes_in(answer.body)
            if not codes:
                raise failure(answer, self._reading, source)
            return None, verdict.word(codes), codes[0]
        try:
            whole = result(answer, body_decoder(kind, places), self._reading, source)
        except (Garbled, Refused):
            codes = verdict.codes_in(answer.body) if verdict is not None else ()
            if verdict is None or not codes:
                raise
            return None, verdict.word(codes), codes[0]
        body: Body[T] = read_body(whole, places)
        if verdict is not None and places.said:
            codes = verdict.codes_of(body.said)
        elif verdict is not None and not body.rows:
            codes = verdict.codes_in(answer.body)
        if verdict is None or not codes:
            if places.rows:
                need_root(body, places, source)
            return body, None, ""
        return None, verdict.word(codes), codes[0]

    def _settled(self, body: Body[T] | None, word: str | None, code: str) -> Body[T]:
        if word is None and body is not None:
            return body
        if word == "none":
            return Body((), {}, root=True)
        if word == "logon":
            self._wire.latch.trip()
        raise failed("denied" if word == "logon" else word or "refused", code, self._wire.source)

    async def _ask(self, path: str, params: Mapping[str, Value], step: Step) -> Answer:
        if step.link is not None:
            # The link carries the parameters of the list that it goes on with.
            return await self._wire.get(self._wire.origin.rebase(step.link), (), _HEADERS)
        if self._asking is not None:
            return await self._asking.ask(self._wire, path, self._fixed, {**params, **step.params})
        asked = {**self._fixed, **params, **step.params}
        repeats = list in map(type, params.values())
        query = flat(asked) if repeats else cast("Mapping[str, str]", asked)
        return await self._wire.get(path, query, _HEADERS)

    def _rows(self, answer: Answer, row_type: type[T]) -> tuple[T, ...]:
        kind: Any = row_type
        decoder = _decoder(kind, self._rows_at)
        rows: Any = result(answer, decoder, self._reading, self._wire.source)
        for _ in self._rows_at:
            rows = rows.inner
        whole: tuple[T, ...] = rows
        return whole


def listed(values: Iterable[str]) -> str:
    """Keys as one parameter, `1,2,3`; a key that holds a comma would be two."""
    keys = list(values)
    if any("," in key for key in keys):
        raise BadInput("a key holds a comma")
    return ",".join(keys)


@lru_cache(maxsize=_TYPES)
def _decoder(row_type: Hashable, rows_at: tuple[str, ...] | None) -> Decoder[Any]:
    """For the list of rows below a path, or for a single thing where there is no path."""
    if rows_at is None:
        return Decoder(cast("type[Any]", row_type))
    body: Any = tuple[row_type, ...]  # type: ignore[valid-type]
    for step in reversed(rows_at):
        body = msgspec.defstruct("Envelope", [("inner", body)], rename={"inner": step})
    return Decoder(body)
