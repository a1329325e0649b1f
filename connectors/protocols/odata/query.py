"""One question to an entity set, as a value, and the options that it becomes."""

from collections.abc import Mapping
from functools import lru_cache

from msgspec import Struct

from connectors.protocols.odata.dialect import Dialect
from connectors.protocols.odata.filter import Filter, checked_field
from connectors.protocols.odata.reads import reads_of

_READINGS = 256


class Query(Struct, frozen=True, kw_only=True):
    """What is wanted of an entity set; `order_by` items may end in ` desc`."""

    entity: str
    filters: Filter | None = None
    select: tuple[str, ...] = ()
    expand: tuple[str, ...] = ()
    order_by: tuple[str, ...] = ()
    top: int | None = None
    skip: int | None = None
    count: bool = False

    def options(self, dialect: Dialect) -> dict[str, str]:
        """The system query options; ValueError for a path or an order that is none."""
        options = {"$filter": self.filters.text} if self.filters else {}
        options |= reading(dialect, self.select, self.expand)
        if self.order_by:
            options["$orderby"] = ",".join(map(_sorted_by, self.order_by))
        for name, number in (("$top", self.top), ("$skip", self.skip)):
            if number is not None:
                options[name] = str(int(number))
        return options | dict([dialect.counting] if self.count else ())


@lru_cache(maxsize=_READINGS)
def reading(
    dialect: Dialect, select: tuple[str, ...], expand: tuple[str, ...]
) -> Mapping[str, str]:
    """The options of what is read; made once, since every page of a section reads the same."""
    return dialect.reading(reads_of(select, expand))


def _sorted_by(item: str) -> str:
    field, _, direction = item.partition(" ")
    if direction not in ("", "asc", "desc"):
        raise ValueError(f"{item!r} is no sort order")
    return f"{checked_field(field)} {direction}".rstrip()
