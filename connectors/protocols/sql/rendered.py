"""A statement with `:name` values as a driver takes it: one text for all values.

A text depends on the number of keys alone, and lists are filled up to a power of two with their
last key, so that a server keeps few plans. Values never become part of a text.
"""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, Literal

from msgspec import Struct
from sqlalchemy import TextClause, bindparam, text
from sqlalchemy.engine.default import DefaultDialect

from connectors.protocols.sql.statements import PARAMETER

Style = Literal["qmark", "pyformat"]

_STATEMENTS = 256
_CAST = re.compile(r"(?<![:\w\\]):(\w+)::")


class Rendered(Struct, frozen=True):
    """A driver's text, and the values that it names: in order, a name with its place in a list."""

    text: str
    names: tuple[tuple[str, str, int | None], ...]

    def positional(self, params: Mapping[str, Any]) -> list[Any]:
        """The values in the order of the text's marks."""
        return [_of(params[name], place) for _, name, place in self.names]

    def named(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """The values by the names of the text's marks."""
        return {mark: _of(params[name], place) for mark, name, place in self.names}


def lists_of(params: Mapping[str, Any]) -> dict[str, int]:
    """The parameters that are lists, with their lengths."""
    return {name: len(value) for name, value in params.items() if isinstance(value, list | tuple)}


def padded(params: Mapping[str, Any]) -> dict[str, Any]:
    """Lists filled up to a power of two with their last key, which finds nothing more."""
    found = dict(params)
    for name, count in lists_of(params).items():
        more = (1 << (count - 1).bit_length()) - count
        found[name] = [*params[name], *[params[name][-1]] * more]
    return found


def in_parts(statement: str, params: Mapping[str, Any], most: int) -> Iterator[Mapping[str, Any]]:
    """The values of calls that together ask all keys, each with at most `most` values."""
    lists = lists_of(params)
    uses = {name: len(re.findall(rf":{name}\b", statement)) for name in params}
    single = sum(uses[name] for name in params if name not in lists)
    if len(lists) != 1 or single + sum(uses[name] * lists[name] for name in lists) <= most:
        yield params
        return
    ((name, count),) = lists.items()
    size = max(1, (most - single) // max(1, uses[name]))
    size = 1 << (size.bit_length() - 1)  # is filled up to a power of two
    for start in range(0, count, size):
        yield {**params, name: params[name][start : start + size]}


def rendered(statement: str, params: Mapping[str, Any], style: Style) -> Rendered:
    """A statement for lists of these lengths."""
    return _rendered(statement, tuple(sorted(lists_of(params).items())), style)


@lru_cache(maxsize=_STATEMENTS)
def clause_of(statement: str, lists: frozenset[str]) -> TextClause:
    """A statement with its list parameters; the cache keeps SQLAlchemy's compiled form alive."""
    # text() would take a letter of the name for the cast's
    spaced = _CAST.sub(r":\1 ::", statement)
    return text(spaced).bindparams(*(bindparam(name, expanding=True) for name in sorted(lists)))


@lru_cache(maxsize=_STATEMENTS)
def _rendered(statement: str, lists: tuple[tuple[str, int], ...], style: Style) -> Rendered:
    clause = clause_of(statement, frozenset(name for name, _ in lists))
    values: dict[str, Any] = dict.fromkeys(PARAMETER.findall(statement), 0)
    values |= {name: list(range(count)) for name, count in lists}
    compiled = clause.bindparams(**values).compile(
        dialect=DefaultDialect(paramstyle=style), compile_kwargs={"render_postcompile": True}
    )
    places: dict[str, tuple[str, int | None]] = {
        f"{name}_{place + 1}": (name, place) for name, count in lists for place in range(count)
    }
    marks = compiled.positiontup if style == "qmark" else list(compiled.params)
    names = tuple((mark, *places.get(mark, (mark, None))) for mark in marks or ())
    return Rendered(compiled.string, names)


def _of(value: Any, place: int | None) -> Any:
    return value if place is None else value[place]
