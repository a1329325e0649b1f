"""A manifest's `paging` as a paginator, and where the parts of its bodies lie."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from connectors.protocols.rest.body import Places
from connectors.protocols.rest.declared import Paging
from connectors.protocols.rest.following import Cursor, Keyset, NextLink
from connectors.protocols.rest.paging import (
    CutClientSide,
    LinkHeader,
    Offset,
    PageNumber,
    Paginator,
)

FOLLOWING = frozenset({"cursor", "next_link", "link_header", "keyset"})
_RESOURCE = "{resource}"
KeyOf = Callable[[Any], str | None]


def paginator(paging: Paging, start: int, size: int, key_of: KeyOf) -> Paginator:
    """From a position on, or from the beginning where a list knows no positions."""
    make = _MAKERS.get(paging.kind)
    return CutClientSide(size=size) if make is None else make(paging, start, size, key_of)


def _offset(paging: Paging, start: int, size: int, _: KeyOf) -> Paginator:
    return Offset(size=size, start=start, offset_param=paging.offset, size_param=paging.limit)


def _page(paging: Paging, start: int, size: int, _: KeyOf) -> Paginator:
    return PageNumber(
        size=size,
        start=paging.first + start // size,
        first_number=paging.first,
        page_param=paging.page,
        size_param=paging.limit,
    )


def _cursor(paging: Paging, _start: int, size: int, _: KeyOf) -> Paginator:
    return Cursor(size=size, size_param=paging.limit, param=paging.cursor)


def _next_link(paging: Paging, _start: int, size: int, _: KeyOf) -> Paginator:
    return NextLink(size=size, size_param=paging.limit)


def _link_header(paging: Paging, _start: int, size: int, _: KeyOf) -> Paginator:
    return LinkHeader(size=size, size_param=paging.limit)


def _keyset(paging: Paging, _start: int, size: int, key_of: KeyOf) -> Paginator:
    return Keyset(size=size, size_param=paging.limit, param=paging.cursor, key_of=key_of)


_MAKERS: Mapping[str, Callable[[Paging, int, int, KeyOf], Paginator]] = {
    "offset": _offset,
    "page": _page,
    "cursor": _cursor,
    "next_link": _next_link,
    "link_header": _link_header,
    "keyset": _keyset,
}


def places(
    rows_at: str, paging: Paging | None, codes: Sequence[str], resource: str
) -> Places | None:
    """Where things lie; None where the body is the list and says nothing."""
    said = []
    if paging is not None:
        named = {
            "total": paging.total_at,
            "more": paging.more_at,
            "cursor": paging.cursor_at,
            "link": paging.link_at,
        }
        said = [(name, steps(at, resource)) for name, at in named.items() if at]
    if rows_at:
        said += [(f"code{row}", steps(code, resource)) for row, code in enumerate(codes)]
    found = Places(steps(rows_at, resource), tuple(said))
    return None if found.plain else found


def steps(path: str, resource: str) -> tuple[str, ...]:
    """A path as fields; a resource's name stands in it with `_` for dots."""
    plain = path.replace(_RESOURCE, resource.replace(".", "_"))
    return tuple(plain.split(".")) if plain else ()
