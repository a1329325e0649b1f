"""What differs between OData versions: parameters, the envelope of an answer, the error's place."""

from collections.abc import Iterator, Mapping
from typing import Any, Generic, Protocol, TypeVar

from msgspec import Struct, field

from capabilities.errors import Garbled
from connectors.protocols.odata.literals import Literals, V2Literals, V4Literals
from connectors.protocols.odata.reads import Reads
from connectors.protocols.odata.rows import ODataPage

T = TypeVar("T")


class Dialect(Protocol):
    """One version of OData."""

    def __hash__(self) -> int:
        """What is made for a version is kept for it."""

    @property
    def literals(self) -> Literals:
        """How values stand in a filter."""

    @property
    def parameters(self) -> Mapping[str, str]:
        """Parameters of every request."""

    @property
    def headers(self) -> Mapping[str, str]:
        """Headers of every request."""

    @property
    def counting(self) -> tuple[str, str]:
        """The parameter that asks for the number of all rows."""

    @property
    def error_code(self) -> tuple[str, ...]:
        """The path to the code in an error body."""

    def reading(self, reads: Reads) -> dict[str, str]:
        """The parameters that ask for these fields and this navigation only."""

    def page_type(self, row_type: type[T]) -> Any:
        """The type of a collection's whole body."""

    def page(self, body: Any, source: str) -> ODataPage[Any]:
        """The page in a body of `page_type`."""

    def entity_type(self, row_type: type[T]) -> Any:
        """The type of a single entity's whole body."""

    def entity(self, body: Any) -> Any:
        """The row in a body of `entity_type`."""


class _V2Results(Struct, Generic[T], frozen=True):
    results: tuple[T, ...]
    next_link: str | None = field(name="__next", default=None)
    count: str | int | None = field(name="__count", default=None)


class _V2Page(Struct, Generic[T], frozen=True):
    d: _V2Results[T]


class _V2Entity(Struct, Generic[T], frozen=True):
    d: T


class _V4Page(Struct, Generic[T], frozen=True):
    value: tuple[T, ...]
    next_link: str | None = field(name="@odata.nextLink", default=None)
    next_link_401: str | None = field(name="@nextLink", default=None)
    count: str | int | None = field(name="@odata.count", default=None)
    count_401: str | int | None = field(name="@count", default=None)


_LONGEST_COUNT = 18


class V2:
    """OData 2.0 in its JSON of `d.results`."""

    literals: Literals = V2Literals()
    parameters: Mapping[str, str] = {"$format": "json"}
    headers: Mapping[str, str] = {"Accept": "application/json"}
    counting = ("$inlinecount", "allpages")
    error_code = ("error", "code")

    def reading(self, reads: Reads) -> dict[str, str]:
        """All paths from the entity on, each option in one list."""
        select = _paths(reads) if _has_fields(reads) else ()
        options = {"$select": ",".join(select), "$expand": ",".join(_navigation(reads))}
        return {name: value for name, value in options.items() if value}

    def page_type(self, row_type: type[T]) -> Any:
        """A body with `d.results`, `__next` and `__count`."""
        return _V2Page[row_type]  # type: ignore[valid-type]

    def page(self, body: Any, source: str) -> ODataPage[Any]:
        """The page; the count comes as text."""
        whole = body.d
        return ODataPage(
            rows=whole.results,
            next_link=whole.next_link or None,
            count=_count(whole.count, source),
        )

    def entity_type(self, row_type: type[T]) -> Any:
        """A body with the entity as `d`."""
        return _V2Entity[row_type]  # type: ignore[valid-type]

    def entity(self, body: Any) -> Any:
        """The entity."""
        return body.d


class V4:
    """OData 4.0 and 4.01 in their JSON of `value`."""

    literals: Literals = V4Literals()
    parameters: Mapping[str, str] = {}
    headers: Mapping[str, str] = {"Accept": "application/json", "OData-MaxVersion": "4.01"}
    counting = ("$count", "true")
    error_code = ("error", "code")

    def reading(self, reads: Reads) -> dict[str, str]:
        """Each level's options stand in the parentheses of its own navigation."""
        return dict(_nested(reads))

    def page_type(self, row_type: type[T]) -> Any:
        """A body with `value`, `@odata.nextLink` and `@odata.count`."""
        return _V4Page[row_type]  # type: ignore[valid-type]

    def page(self, body: Any, source: str) -> ODataPage[Any]:
        """The page; 4.01 leaves `odata.` out of its annotations."""
        count = body.count if body.count is not None else body.count_401
        return ODataPage(
            rows=body.value,
            next_link=body.next_link or body.next_link_401 or None,
            count=_count(count, source),
        )

    def entity_type(self, row_type: type[T]) -> Any:
        """A body that is the entity."""
        return row_type

    def entity(self, body: Any) -> Any:
        """The entity."""
        return body


def _count(raw: str | int | None, source: str) -> int | None:
    if raw is None:
        return None
    count = str(raw)
    if not (count.isdecimal() and len(count) <= _LONGEST_COUNT):
        raise Garbled("the answer's count is no number", source=source)
    return int(count)


def _has_fields(reads: Reads) -> bool:
    return bool(reads.fields) or any(map(_has_fields, reads.below.values()))


def _paths(reads: Reads, prefix: str = "") -> Iterator[str]:
    """What is selected, sorted within its level; a level without fields is selected whole."""
    found = {name: f"{prefix}{name}" for name in reads.fields}
    for name in sorted({*found, *reads.below}):
        below = reads.below.get(name)
        if below is None:
            yield found[name]
        elif below.fields or below.below:
            yield from _paths(below, f"{prefix}{name}/")
        else:
            yield f"{prefix}{name}"


def _navigation(reads: Reads, prefix: str = "") -> Iterator[str]:
    """The ends of all navigation."""
    for name, below in sorted(reads.below.items()):
        path = f"{prefix}{name}"
        if below.below:
            yield from _navigation(below, f"{path}/")
        else:
            yield path


def _nested(reads: Reads) -> Iterator[tuple[str, str]]:
    if reads.fields:
        yield "$select", ",".join(sorted(reads.fields))
    if reads.below:
        yield "$expand", ",".join(_expanded(*one) for one in sorted(reads.below.items()))


def _expanded(name: str, below: Reads) -> str:
    options = ";".join(f"{option}={value}" for option, value in _nested(below))
    return f"{name}({options})" if options else name
