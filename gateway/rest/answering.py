"""Which part of an operation's answer is a resource's body, and how its pages go on."""

from graphql import GraphQLObjectType, VariableNode, is_list_type
from graphql.type import get_nullable_type

from gateway.rest.resource import Pages
from gateway.rest.shape import Place
from gateway.rest.values import Binding
from gateway.rest.wrong import Wrong

_ROWS = ("nodes", "edges")
_TURNS = {"after": ("hasNextPage", "endCursor"), "before": ("hasPreviousPage", "startCursor")}


def body_of(whole: Place, way: tuple[str, ...]) -> Place:
    """The part that a way leads to; Wrong where it leads nowhere."""
    at = whole
    for step in way:
        if is_list_type(get_nullable_type(at.type)):
            raise Wrong("answer", f"{step!r} is below a list", code="RESOURCE_ANSWER")
        if len(at.variants) > 1:
            raise Wrong("answer", f"{step!r} is below several types", code="RESOURCE_ANSWER")
        if step not in at.keys:
            told = f"the operation answers {', '.join(sorted(at.keys)) or 'nothing'} there"
            raise Wrong("answer", told, code="RESOURCE_ANSWER")
        at = at.keys[step]
    return at


def pages_of(whole: Place, way: tuple[str, ...], bindings: tuple[Binding, ...]) -> Pages | None:
    """How the body's pages go on; None for what has none, Wrong for pages that nobody can turn."""
    rows: str | None = None
    body = body_of(whole, way)
    if not _has_pages(body) and way and way[-1] in _ROWS:
        rows, way = way[-1], way[:-1]
        body = body_of(whole, way)
    if not _has_pages(body):
        return None
    rows = rows or next((one for one in _ROWS if one in body.keys), None)
    if rows is None:
        raise Wrong("answer", "of a list, select nodes or edges", code="RESOURCE_PAGES")
    turned = {name: _parameter(body, name, bindings) for name in ("first", "last", *_TURNS)}
    if turned["after"] is None:
        told = "its list has pages: bind the variable of its argument `after` to the query"
        raise Wrong("variables", told, code="RESOURCE_PAGES")
    for name, needed in _TURNS.items():
        if turned[name] is not None and not _says(body, needed):
            told = f"to turn pages by {name}, select pageInfo {{ {' '.join(needed)} }}"
            raise Wrong("operation", told, code="RESOURCE_PAGES")
    return Pages(
        connection=way,
        rows=rows,
        after=turned["after"],
        first=turned["first"],
        before=turned["before"],
        last=turned["last"],
    )


def _has_pages(place: Place) -> bool:
    return isinstance(place.named, GraphQLObjectType) and "pageInfo" in place.named.fields


def _says(connection: Place, needed: tuple[str, ...]) -> bool:
    info = connection.keys.get("pageInfo")
    return info is not None and all(one in info.keys for one in needed)


def _parameter(connection: Place, argument: str, bindings: tuple[Binding, ...]) -> str | None:
    """The query parameter that an argument of the list comes from."""
    for given in connection.fields[0].arguments or ():
        if given.name.value == argument and isinstance(given.value, VariableNode):
            target = (given.value.name.value,)
            for one in bindings:
                if one.target == target and one.place == "query":
                    return one.name
    return None
