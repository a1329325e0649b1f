"""OData over the wire: typed pages, single entities, batches, and walks along links."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, TypeVar
from urllib.parse import quote

from msgspec.structs import replace

from capabilities.errors import ChannelError, Garbled
from connectors._kit.answer import Answer
from connectors._kit.deadline import within
from connectors._kit.origin import query as written
from connectors._kit.outcome import Reading, found, result
from connectors._kit.strict_json import Decoder
from connectors._kit.wire import Wire
from connectors.protocols.gathered import Gathered
from connectors.protocols.odata.batch import Batching
from connectors.protocols.odata.dialect import V2, Dialect
from connectors.protocols.odata.filter import checked_field
from connectors.protocols.odata.literals import Literal
from connectors.protocols.odata.query import Query, reading
from connectors.protocols.odata.rows import ODataPage

T = TypeVar("T")

_NO_PARAMS: Mapping[str, str] = {}
_TYPES = 256

Key = Literal | Mapping[str, Literal]


class ODataClient:
    """One service of one system. `service_path` is below the wire's base.

    `batching` says how several questions travel in one request; without it each is a request.
    """

    def __init__(
        self,
        wire: Wire,
        service_path: str,
        *,
        dialect: Dialect | None = None,
        fixed_params: Mapping[str, str] = _NO_PARAMS,
        reading: Reading | None = None,
        batching: Batching | None = None,
    ) -> None:
        self._wire = wire
        self._service = service_path.strip("/")
        self.dialect: Dialect = dialect or V2()
        self._fixed = {**self.dialect.parameters, **fixed_params}
        self._reading = replace(
            reading or Reading(html_is_logon=True), error_code=self.dialect.error_code
        )
        self._batching = batching
        self._decoders = lru_cache(maxsize=_TYPES)(Decoder[Any])

    @property
    def reading(self) -> Reading:
        """How answers of this version are read."""
        return self._reading

    @property
    def batches(self) -> bool:
        """Whether several questions travel in one request."""
        return self._batching is not None

    async def page(
        self, asked: Query, row_type: type[T], params: Mapping[str, str] = _NO_PARAMS
    ) -> ODataPage[T]:
        """One page of an entity set, by one call."""
        options = {**self._fixed, **params, **asked.options(self.dialect)}
        return await self._page(self._path(asked.entity), options, row_type)

    async def follow(self, next_link: str, row_type: type[T]) -> ODataPage[T]:
        """The page behind a link of an answer, asked from our own base."""
        return await self._page(self._own(next_link), {}, row_type)

    async def all(
        self,
        asked: Query,
        row_type: type[T],
        params: Mapping[str, str] = _NO_PARAMS,
        *,
        max_rows: int | None = None,
        max_calls: int | None = None,
    ) -> Gathered[T]:
        """Pages along the system's links until it has no more or a bound is met.

        All calls together have one deadline. A link that was followed before is Garbled.
        """
        limits = self._wire.limits
        most_rows = limits.scan_max_rows if max_rows is None else max_rows
        most_calls = limits.scan_max_calls if max_calls is None else max_calls
        async with within(limits.deadline_ms / 1000, self._wire.source):
            page = await self.page(asked, row_type, params)
            return await self.gathered(page, row_type, most_rows, most_calls)

    async def one(
        self,
        entity: str,
        key: Key,
        row_type: type[T],
        *,
        select: Sequence[str] = (),
        expand: Sequence[str] = (),
    ) -> T | None:
        """The entity of a key, None where there is none; a key of several parts names them."""
        path = f"{self._path(entity)}({in_path(key)})"
        options = {**self._fixed, **reading(self.dialect, tuple(select), tuple(expand))}
        answer = await self._wire.get(path, options, self.dialect.headers)
        decoder = self._decoders(self.dialect.entity_type(row_type))
        body = found(answer, decoder, self._reading, self._wire.source)
        row: T | None = None if body is None else self.dialect.entity(body)
        return row

    async def batch(
        self, asked: Sequence[Query], row_type: type[T]
    ) -> list[ODataPage[T] | ChannelError]:
        """Several questions in one `$batch`: what each part says, its error where it failed.

        The parts are in no order that could be relied on: rows say themselves what they answer.
        """
        if self._batching is None:
            raise TypeError("a client without a form of $batch")
        paths = [f"{one.entity}?{written(self._in_part(one))}" for one in asked]
        answers = await self._batching.send(paths, self._reading)
        parts = [self._part(answer, row_type) for answer in answers]
        if len(parts) != len(asked) and not any(isinstance(one, ChannelError) for one in parts):
            raise Garbled("the $batch was answered in part", source=self._wire.source)
        return parts

    async def gathered(
        self, page: ODataPage[T], row_type: type[T], max_rows: int, max_calls: int
    ) -> Gathered[T]:
        """The rows of a page and of those behind its links, which cost a call each."""
        rows, calls, seen = list(page.rows), 1, set[str]()
        while page.next_link and calls < max_calls and len(rows) < max_rows:
            own = self._own(page.next_link)
            if own in seen:
                raise Garbled("the answer's links go round", source=self._wire.source)
            seen.add(own)
            page = await self._page(own, {}, row_type)
            rows += page.rows
            calls += 1
        cut = len(rows) > max_rows
        return Gathered(
            rows=tuple(rows[:max_rows]),
            calls=calls,
            truncated=cut or page.next_link is not None,
        )

    def _path(self, entity: str) -> str:
        return f"{self._service}/{checked_field(entity)}"

    def _in_part(self, asked: Query) -> dict[str, str]:
        checked_field(asked.entity)
        return {**self._fixed, **asked.options(self.dialect)}

    async def _page(self, path: str, params: Mapping[str, str], row_type: type[T]) -> ODataPage[T]:
        answer = await self._wire.get(path, params, self.dialect.headers)
        return self._read(answer, row_type)

    def _read(self, answer: Answer, row_type: type[T]) -> ODataPage[T]:
        decoder = self._decoders(self.dialect.page_type(row_type))
        body = result(answer, decoder, self._reading, self._wire.source)
        return self.dialect.page(body, self._wire.source)

    def _part(self, answer: Answer, row_type: type[T]) -> ODataPage[T] | ChannelError:
        try:
            return self._read(answer, row_type)
        except ChannelError as exc:
            return exc

    def _own(self, link: str) -> str:
        return self._wire.origin.rebase(link, below=self._service)


def in_path(key: Key) -> str:
    """A key as it stands in the parentheses of a path."""
    if isinstance(key, Literal):
        return _quoted(key)
    return ",".join(f"{checked_field(name)}={_quoted(part)}" for name, part in key.items())


def _quoted(part: Literal) -> str:
    return quote(part.text, safe="'")
