"""The answer of a GraphQL introspection → an outline, with documents that ask for its things."""

from collections.abc import Iterator, Mapping
from typing import Any

from connectors.drafting.outline import DraftError, Entity, Found, Holds, Outline

_DEEPEST = 2
_MOST_FIELDS = 40
_HOLDS = {
    "Int": Holds.NUMBER,
    "Float": Holds.NUMBER,
    "Decimal": Holds.NUMBER,
    "Boolean": Holds.FLAG,
    "DateTime": Holds.INSTANT,
    "Date": Holds.DATE,
}
# A list that is read from both its ends turns by itself.
_ENDS = ("first", "after", "last", "before")
_LISTS = ("ids", "keys", "numbers", "codes")


def read_introspection(answer: Mapping[str, Any]) -> Outline:
    """The things that fields of the query root answer."""
    schema = (answer.get("data") or answer).get("__schema")
    if not isinstance(schema, Mapping):
        raise DraftError("this is no answer of an introspection: it has no __schema")
    reader = _Reader(schema)
    entities = tuple(reader.entities())
    if not entities:
        raise DraftError("no field of the query root answers a list of objects")
    return Outline(protocol="graphql", title="a GraphQL interface", entities=entities)


class _Reader:
    """The types of one schema."""

    def __init__(self, schema: Mapping[str, Any]) -> None:
        self._types = {one["name"]: one for one in schema["types"]}
        self._root = self._types[schema["queryType"]["name"]]

    def entities(self) -> Iterator[Entity]:
        """One for each type that a list of the root has, with the ways to ask for it."""
        asks: dict[str, dict[str, str]] = {}
        for field in self._root["fields"] or ():
            name, way = self._listed(field["type"])
            if name is not None:
                asks.setdefault(name, {}).update(self._ask(field, name, way))
        for name, one in asks.items():
            if one:
                fields = tuple(self._fields(name, "", 0))
                yield Entity(name=name, place=name, fields=fields, asks=one)

    def _listed(self, told: Mapping[str, Any]) -> tuple[str | None, str]:
        """The objects of a list or connection, and the way from the field to them."""
        kind, named = _unwrapped(told)
        fields = {one["name"]: one for one in (self._types[named].get("fields") or ())}
        if kind == "LIST":
            return (named, "[]") if self._types[named]["kind"] == "OBJECT" else (None, "")
        if "nodes" in fields and "pageInfo" in fields:
            return _unwrapped(fields["nodes"]["type"])[1], ".nodes[]"
        return None, ""

    def _ask(self, field: Mapping[str, Any], name: str, way: str) -> dict[str, str]:
        arguments = {one["name"]: one for one in field["args"]}
        needed = [one for one in field["args"] if one["type"]["kind"] == "NON_NULL"]
        rows, selected = f"{field['name']}{way}", self._selected(name)
        keys = next((one for one in _LISTS if one in arguments), None)
        if keys is not None and all(one["name"] == keys for one in needed):
            told = _written(arguments[keys]["type"])
            inside = f"nodes {{ {selected} }}" if way.startswith(".") else selected
            text = f"query($keys: {told}) {{ {field['name']}({keys}: $keys) {{ {inside} }} }}"
            return {"by_key": text, "by_key rows": rows}
        if arguments.keys() >= set(_ENDS) and not needed and way.startswith("."):
            pages = "pageInfo { hasNextPage endCursor hasPreviousPage startCursor }"
            told = ", ".join(f"${one}: {_written(arguments[one]['type'])}" for one in _ENDS)
            given = ", ".join(f"{one}: ${one}" for one in _ENDS)
            inside = f"nodes {{ {selected} }} {pages}"
            text = f"query({told}) {{ {field['name']}({given}) {{ {inside} }} }}"
            return {"search": text, "search rows": rows}
        return {}

    def _fields(self, name: str, above: str, depth: int) -> Iterator[Found]:
        for one in self._types[name].get("fields") or ():
            if any(argument["type"]["kind"] == "NON_NULL" for argument in one["args"]):
                continue
            kind, named = _unwrapped(one["type"])
            path, inner = f"{above}{one['name']}", self._types[named]
            if inner["kind"] == "OBJECT":
                if depth < _DEEPEST and not one["args"]:
                    below = "" if kind == "LIST" else f"{path}."
                    fields = tuple(self._fields(named, below, depth + 1))
                    yield from (
                        (Found(path=path, holds=Holds.LIST, fields=fields),)
                        if kind == "LIST"
                        else fields
                    )
            elif inner["kind"] in ("SCALAR", "ENUM") and kind != "LIST":
                words = tuple(value["name"] for value in inner.get("enumValues") or ())
                yield Found(path=path, holds=_HOLDS.get(named, Holds.TEXT), words=words)

    def _selected(self, name: str) -> str:
        """All fields as a document selects them, so that every path of a record is read."""
        return _selection(tuple(self._fields(name, "", 0))[:_MOST_FIELDS])


def _selection(fields: tuple[Found, ...]) -> str:
    tree: dict[str, Any] = {}
    for field in fields:
        place = tree
        *above, last = field.path.split(".")
        for step in above:
            place = place.setdefault(step, {})
        place[last] = _selection(field.fields) if field.holds is Holds.LIST else None
    return _written_tree(tree)


def _written_tree(tree: Mapping[str, Any]) -> str:
    parts = []
    for name, inner in tree.items():
        inside = _written_tree(inner) if isinstance(inner, Mapping) else inner
        parts.append(f"{name} {{ {inside} }}" if inside else name)
    return " ".join(parts)


def _unwrapped(told: Mapping[str, Any]) -> tuple[str, str]:
    """Whether a type is a list, and the name inside."""
    kind = ""
    while told.get("ofType"):
        kind = "LIST" if told["kind"] == "LIST" else kind
        told = told["ofType"]
    return kind, str(told["name"])


def _written(told: Mapping[str, Any]) -> str:
    """A type as documents write it."""
    if told["kind"] == "NON_NULL":
        return f"{_written(told['ofType'])}!"
    return f"[{_written(told['ofType'])}]" if told["kind"] == "LIST" else str(told["name"])
