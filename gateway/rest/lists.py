"""The one list of an operation whose pages can be turned, found in its shape."""

from collections.abc import Iterator

from graphql import GraphQLObjectType, VariableNode, is_list_type
from graphql.type import get_nullable_type
from msgspec import Struct

from capabilities.errors import BadInput
from gateway.rest.shape import Place

_ROWS = ("nodes", "edges")


class PagedList(Struct, frozen=True, kw_only=True):
    """Where a list stands in an answer, the shape of a row, and the variables that turn pages."""

    way: tuple[str, ...]
    rows: str
    row: Place
    after: str
    first: str | None
    counted: bool


def paged_list(whole: Place) -> PagedList:
    """The list of an operation; BadInput where it has none, or several."""
    found = list(_lists(whole, ()))
    if len(found) != 1:
        told = "no list whose `after` is a variable" if not found else "several lists with pages"
        raise BadInput(f"the operation has {told}", code="OPERATION_NOT_A_LIST")
    way, place = found[0]
    rows = next((one for one in _ROWS if one in place.keys), None)
    info = place.keys.get("pageInfo")
    if rows is None or info is None or not {"hasNextPage", "endCursor"} <= info.keys.keys():
        told = "select nodes or edges of its list, and pageInfo { hasNextPage endCursor }"
        raise BadInput(told, code="OPERATION_NOT_A_LIST")
    total = place.keys.get("totalCount")
    return PagedList(
        way=way,
        rows=rows,
        row=place.keys[rows],
        after=_variable(place, "after") or "",
        first=_variable(place, "first"),
        counted=total is not None and "value" in total.keys,
    )


def _lists(place: Place, way: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Place]]:
    for key, below in place.keys.items():
        named = below.named
        if not isinstance(named, GraphQLObjectType) or is_list_type(get_nullable_type(below.type)):
            continue
        if "pageInfo" in named.fields and _variable(below, "after") is not None:
            yield (*way, key), below
        else:
            yield from _lists(below, (*way, key))


def _variable(place: Place, argument: str) -> str | None:
    for given in place.fields[0].arguments or ():
        if given.name.value == argument and isinstance(given.value, VariableNode):
            return given.value.name.value
    return None
