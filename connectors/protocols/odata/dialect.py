"""What differs between OData versions: parameters, the envelope of an answer, the error's place."""

from collections.abc import Mapping
from typing import Any, Generic, Protocol, TypeVar

from msgspec import Struct, field

from capabilities.errors import Garbled
from connectors.protocols.odata.rows import ODataPage

T = TypeVar("T")


class Dialect(Protocol):
    """One version of OData."""

    @property
    def parameters(self) -> Mapping[str, str]:
        """Parameters of every request."""

    @property
    def counting(self) -> tuple[str, str]:
        """The parameter that asks for the number of all rows."""

    @property
    def error_code(self) -> tuple[str, ...]:
        """The path to the code in an error body."""

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


_LONGEST_COUNT = 18


class V2:
    """OData 2.0 in its JSON of `d.results`."""

    parameters: Mapping[str, str] = {"$format": "json"}
    counting = ("$inlinecount", "allpages")
    error_code = ("error", "code")

    def page_type(self, row_type: type[T]) -> Any:
        """A body with `d.results`, `__next` and `__count`."""
        return _V2Page[row_type]  # type: ignore[valid-type]

    def page(self, body: Any, source: str) -> ODataPage[Any]:
        """The page; the count comes as text."""
        whole = body.d
        count = None if whole.count is None else str(whole.count)
        if count is not None and not (count.isdecimal() and len(count) <= _LONGEST_COUNT):
            raise Garbled("the answer's count is no number", source=source)
        return ODataPage(
            rows=whole.results,
            next_link=whole.next_link or None,
            count=None if count is None else int(count),
        )

    def entity_type(self, row_type: type[T]) -> Any:
        """A body with the entity as `d`."""
        return _V2Entity[row_type]  # type: ignore[valid-type]

    def entity(self, body: Any) -> Any:
        """The entity."""
        return body.d
