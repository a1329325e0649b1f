"""The query options of V4: those of navigation stand in its parentheses."""

from collections.abc import Mapping
from typing import Final

import msgspec

from demo.sap.failures import bad, missing
from demo.sap.filter import parse_filter
from demo.sap.model import Entity, Service
from demo.sap.predicate import find_property
from demo.sap.query import Options, read_number, read_order

_KNOWN: Final = {
    *("$filter", "$select", "$orderby", "$expand", "$top", "$skip", "$count"),
    *("$skiptoken", "$format"),
}
_INNER: Final = {"$select", "$expand"}


class Shape(msgspec.Struct, frozen=True):
    """What of an entity is written: all of it where `select` is empty."""

    select: frozenset[str] = frozenset()
    expand: Mapping[str, "Shape"] = {}


def read_options_v4(entity: Entity, query: Mapping[str, str]) -> Options:
    """Parse and check all options but the shape; SapError 400 for what the Gateway refuses."""
    for name in query:
        if name.startswith("$") and name not in _KNOWN:
            raise bad(f"System query option '{name}' is not supported")
    text = query.get("$filter", "").strip()
    if query.get("$count", "false") not in {"true", "false"}:
        raise bad("Invalid value for $count; valid: true, false")
    return Options(
        filter=parse_filter(text, 4) if text else None,
        order=read_order(entity, query.get("$orderby", "")),
        select={},
        expand={},
        top=read_number(query, "$top") if "$top" in query else None,
        skip=read_number(query, "$skip"),
        token=read_number(query, "$skiptoken"),
        count=query.get("$count") == "true",
    )


def read_shape(service: Service, entity: Entity, query: Mapping[str, str]) -> Shape:
    """What $select and $expand ask for."""
    select = [name for name in query.get("$select", "").split(",") if name not in {"", "*"}]
    for name in select:
        if name not in entity.navigations:
            find_property(entity, name)
    expand = {}
    for item in _split(query.get("$expand", ""), ","):
        name, _, inner = item.partition("(")
        way = entity.navigations.get(name)
        if way is None:
            raise missing(f"Navigation property '{name}' not found in '{entity.type}'")
        options = dict(_option(part) for part in _split(inner.removesuffix(")"), ";"))
        expand[name] = read_shape(service, service.entities[way.target], options)
    return Shape(frozenset(select), expand)


def _option(text: str) -> tuple[str, str]:
    name, _, value = text.partition("=")
    if name not in _INNER:
        raise bad(f"System query option '{name}' is not supported in $expand")
    return name, value


def _split(text: str, mark: str) -> list[str]:
    """Parts between marks that stand in no parentheses."""
    parts, depth, start = [], 0, 0
    for place, char in enumerate(text):
        depth += (char == "(") - (char == ")")
        if depth < 0:
            raise bad("Unbalanced parentheses in $expand")
        if char == mark and depth == 0:
            parts.append(text[start:place])
            start = place + 1
    if depth:
        raise bad("Unbalanced parentheses in $expand")
    return [part for part in (*parts, text[start:]) if part]
