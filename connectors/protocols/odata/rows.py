"""What stands around rows in OData: collections, single entities, and navigation."""

from typing import Generic, TypeVar

from msgspec import Struct, field

T = TypeVar("T")


class Deferred(Struct, frozen=True):
    """A navigation that was not expanded: an address instead of rows."""

    uri: str | None = None


class Expanded(Struct, Generic[T], frozen=True):
    """A to-many navigation: rows, or None where the system did not expand it."""

    results: tuple[T, ...] | None = None
    deferred: Deferred | None = field(name="__deferred", default=None)


class MaybeDeferred(Struct, frozen=True, kw_only=True):
    """Base for the type of a to-one navigation: the entity's fields beside `__deferred`.

    Every field of the type needs a default, since a deferred entity has none.
    """

    deferred: Deferred | None = field(name="__deferred", default=None)


class ODataPage(Struct, Generic[T], frozen=True, kw_only=True):
    """Rows of one answer; `next_link` is as the system wrote it and not to be believed."""

    rows: tuple[T, ...]
    next_link: str | None = None
    count: int | None = None
