"""Rows of a GraphQL answer: the type of a whole answer along a path, and the way back down.

A path is written as answers are nested, `orders.edges[].node`; `[]` marks a list.
"""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec
from msgspec import Struct

_PATH = re.compile(r"[A-Za-z_]\w*(\[\])?(\.[A-Za-z_]\w*(\[\])?)*")


class Step(NamedTuple):
    """One name of a path, and whether a list stands there."""

    name: str
    many: bool


class PageInfo(Struct, frozen=True, kw_only=True, rename="camel"):
    """Relay's page information."""

    has_next_page: bool = False
    has_previous_page: bool = False
    start_cursor: str | None = None
    end_cursor: str | None = None


class Found(NamedTuple):
    """Rows in the answer's order, and where their page stands."""

    rows: list[Any]
    page: PageInfo


def steps_of(path: str) -> tuple[Step, ...]:
    """A path taken apart; ValueError when it is none."""
    if _PATH.fullmatch(path) is None:
        raise ValueError("rows are named as in `orders.edges[].node`")
    return tuple(Step(part.removesuffix("[]"), part.endswith("[]")) for part in path.split("."))


def answer_type(row_type: Any, path: tuple[Step, ...], *, aliased: bool) -> Any:
    """The type of a whole answer with rows of a type at a path, or at one below each alias.

    Everything may be null: where there are errors, it is.
    """
    if aliased:
        inner: Any = _or_null(_value(row_type, path))
        whole: Any = dict[str, inner]
    else:
        whole = _level(row_type, path)
    return msgspec.defstruct(
        "Answer",
        [
            ("data", whole | None, None),
            ("errors", list[Any] | None, None),
            ("extensions", Any, None),
        ],
    )


def found_in(data: Any, path: tuple[Step, ...]) -> Found:
    """The rows of an answer; a null on the way holds none."""
    pages: list[PageInfo] = []
    rows = list(_below(data, path, pages))
    return Found(rows, pages[0] if pages else PageInfo())


def found_at(value: Any, path: tuple[Step, ...]) -> Found:
    """As `found_in`, of what stands at an alias in place of the path's first name."""
    pages: list[PageInfo] = []
    rows = list(_inside(value, path, pages))
    return Found(rows, pages[0] if pages else PageInfo())


def _level(row_type: Any, path: tuple[Step, ...]) -> Any:
    fields = [("inner", _or_null(_value(row_type, path)), None)]
    renamed = {"inner": path[0].name}
    if path[0].many:
        fields.append(("page", PageInfo | None, None))
        renamed["page"] = "pageInfo"
    return msgspec.defstruct("Level", fields, rename=renamed)


def _value(row_type: Any, path: tuple[Step, ...]) -> Any:
    inner: Any = _level(row_type, path[1:]) if len(path) > 1 else row_type
    return list[_or_null(inner)] if path[0].many else inner  # type: ignore[misc]


def _or_null(kind: Any) -> Any:
    """What is read raw may be null as it is."""
    return kind if kind is msgspec.Raw else kind | None


def _below(level: Any, path: tuple[Step, ...], pages: list[PageInfo]) -> Iterator[Any]:
    if level is None:
        return
    if path[0].many and level.page is not None:
        pages.append(level.page)
    yield from _inside(level.inner, path, pages)


def _inside(value: Any, path: tuple[Step, ...], pages: list[PageInfo]) -> Iterator[Any]:
    for one in (value or ()) if path[0].many else (value,):
        if len(path) == 1:
            if one is not None:
                yield one
        else:
            yield from _below(one, path[1:], pages)
