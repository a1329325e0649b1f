"""Filters as values: fields are checked names, operands are literals, so no text is parsed."""

import re
from collections.abc import Iterable

from msgspec import Struct

from connectors.protocols.odata.literals import Literal

_FIELD = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}(/[A-Za-z_][A-Za-z0-9_]{0,127}){0,7}")


class Filter(Struct, frozen=True):
    """A condition; made by this module's functions only. `atom` needs no parentheses."""

    text: str
    atom: bool = True

    @property
    def inner(self) -> str:
        """The condition as part of a larger one."""
        return self.text if self.atom else f"({self.text})"


def eq(field: str, value: Literal) -> Filter:
    """Equal."""
    return _compared(field, "eq", value)


def lt(field: str, value: Literal) -> Filter:
    """Less than."""
    return _compared(field, "lt", value)


def le(field: str, value: Literal) -> Filter:
    """Less than or equal."""
    return _compared(field, "le", value)


def gt(field: str, value: Literal) -> Filter:
    """Greater than."""
    return _compared(field, "gt", value)


def ge(field: str, value: Literal) -> Filter:
    """Greater than or equal."""
    return _compared(field, "ge", value)


def and_(*filters: Filter) -> Filter:
    """All of them; at least one."""
    return _chained("and", filters)


def or_(*filters: Filter) -> Filter:
    """One of them; at least one."""
    return _chained("or", filters)


def any_of(field: str, values: Iterable[Literal]) -> Filter:
    """Equal to one of the values, as a chain of `or`; at least one value."""
    return or_(*(eq(field, value) for value in values))


def in_(field: str, values: Iterable[Literal]) -> Filter:
    """Equal to one of the values, as a list of OData 4.01; at least one value."""
    listed = [value.text for value in values]
    if not listed:
        raise ValueError("a list has at least one value")
    return Filter(f"{checked_field(field)} in ({','.join(listed)})")


def checked_field(field: str) -> str:
    """A property path as it may stand in a request; ValueError for anything else."""
    if not _FIELD.fullmatch(field):
        raise ValueError(f"{field!r} is no OData property path")
    return field


def _compared(field: str, operator: str, value: Literal) -> Filter:
    return Filter(f"{checked_field(field)} {operator} {value.text}")


def _chained(operator: str, filters: tuple[Filter, ...]) -> Filter:
    if not filters:
        raise ValueError("a chain has at least one condition")
    if len(filters) == 1:
        return filters[0]
    return Filter(f" {operator} ".join(each.inner for each in filters), atom=False)
