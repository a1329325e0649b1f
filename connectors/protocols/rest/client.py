"""REST over the wire: typed lists and single things."""

from collections.abc import Hashable, Iterable, Mapping
from functools import lru_cache
from typing import Any, Generic, TypeVar, cast

import msgspec
from msgspec import Struct

from capabilities.errors import BadInput, Garbled
from capabilities.estate import Limits
from connectors._kit.answer import Answer
from connectors._kit.deadline import within
from connectors._kit.outcome import Reading, found, result
from connectors._kit.strict_json import Decoder
from connectors._kit.wire import Wire
from connectors.protocols.gathered import Gathered
from connectors.protocols.rest.paging import Paginator, Step, Turn

T = TypeVar("T")

_NO_PARAMS: Mapping[str, str] = {}
_HEADERS = {"Accept": "application/json"}
_TYPES = 256


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
    ) -> None:
        self._wire = wire
        self._fixed = dict(fixed_params)
        self._rows_at = rows_at
        self._reading = reading or Reading()

    @property
    def limits(self) -> Limits:
        """What its connector may ask."""
        return self._wire.limits

    async def page(
        self,
        path: str,
        row_type: type[T],
        paginator: Paginator,
        *,
        params: Mapping[str, str] = _NO_PARAMS,
        step: Step | None = None,
    ) -> RestPage[T]:
        """One page, by one call: the first, or the one that `step` of an earlier page names."""
        asked = step or paginator.first()
        answer = await self._ask(path, params, asked)
        rows = self._rows(answer, row_type)
        turn = Turn(asked, len(rows), answer.headers, self._wire.source)
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
        params: Mapping[str, str] = _NO_PARAMS,
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
            page = await self.page(path, row_type, paginator, params=params)
            rows, calls, seen, cut = list(page.rows), 1, [paginator.first()], page.cut
            while page.next_step and calls < most_calls and len(rows) < most_rows:
                if page.next_step in seen:
                    raise Garbled("the answer's links go round", source=self._wire.source)
                seen.append(page.next_step)
                page = await self.page(path, row_type, paginator, params=params, step=seen[-1])
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

    async def _ask(self, path: str, params: Mapping[str, str], step: Step) -> Answer:
        if step.link is not None:
            # The link carries the parameters of the list that it goes on with.
            return await self._wire.get(self._wire.origin.rebase(step.link), (), _HEADERS)
        return await self._wire.get(path, {**self._fixed, **params, **step.params}, _HEADERS)

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
