"""The system query options of one request, read and applied to rows."""

from collections.abc import Mapping
from random import Random
from typing import Any, Final
from urllib.parse import urlencode

import msgspec

from demo.sap.failures import bad, missing
from demo.sap.filter import Node, parse_filter
from demo.sap.model import Entity, Service
from demo.sap.predicate import canonical, compile_filter, find_property
from demo.sap.tables import Row

PAGE: Final = 100
_KNOWN: Final = {
    "$filter",
    "$select",
    "$orderby",
    "$expand",
    "$top",
    "$skip",
    "$inlinecount",
    "$skiptoken",
    "$format",
    "$count",
}

Paths = dict[str, "Paths"]


class Options(msgspec.Struct, frozen=True):
    """What was asked: a parsed filter, sort keys (name, descending), trees of paths."""

    filter: Node | None
    order: tuple[tuple[str, bool], ...]
    select: Paths
    expand: Paths
    top: int | None
    skip: int
    token: int
    count: bool


class Page(msgspec.Struct, frozen=True):
    """One page of rows, how many there are in all, and the next skiptoken."""

    rows: list[Row]
    total: int
    next: int | None


def read_options(service: Service, entity: Entity, query: Mapping[str, str]) -> Options:
    """Parse and check the options; SapError 400 for what the Gateway would refuse."""
    for name in query:
        if name.startswith("$") and name not in _KNOWN:
            raise bad(f"The option '{name}' is not supported")
    text = query.get("$filter", "").strip()
    if query.get("$inlinecount", "none") not in {"none", "allpages"}:
        raise bad("Invalid value for $inlinecount; valid: allpages, none")
    expand = _paths(query.get("$expand", ""))
    select = _paths(query.get("$select", ""))
    _check_expand(service, entity, expand)
    _check_select(service, entity, select)
    return Options(
        filter=parse_filter(text) if text else None,
        order=read_order(entity, query.get("$orderby", "")),
        select=select,
        expand=expand,
        top=read_number(query, "$top") if "$top" in query else None,
        skip=read_number(query, "$skip"),
        token=read_number(query, "$skiptoken"),
        count=query.get("$inlinecount") == "allpages",
    )


def find_rows(entity: Entity, rows: list[Row], options: Options) -> list[Row]:
    """The rows that pass the filter, in the table's own order."""
    if options.filter is None:
        return rows
    return list(filter(compile_filter(options.filter, entity), rows))


def cut_page(entity: Entity, rows: list[Row], options: Options, turn: int) -> Page:
    """Sort, then cut the server's page.

    What $orderby leaves open lies in another order at every request (`turn`), as it does in
    a database under change: paging without a unique order repeats and loses rows.
    """
    total = len(rows)
    if not set(entity.keys) <= {name for name, _ in options.order}:
        rows = Random(turn).sample(rows, total)
    for name, descending in reversed(options.order):
        rows = sorted(rows, key=_sort_key(entity, name), reverse=descending)
    start = options.skip + options.token
    end = total if options.top is None else min(total, options.skip + options.top)
    page = rows[start : min(end, start + PAGE)]
    more = start + PAGE < end
    return Page(page, total, options.token + PAGE if more else None)


def next_link(root: str, path: str, query: Mapping[str, str], token: int) -> str:
    """The address of the next page: same options, on the host that SAP thinks it has."""
    kept = {name: value for name, value in query.items() if name != "$skiptoken"}
    return f"{root}/{path}?{urlencode({**kept, '$skiptoken': str(token)}, safe='$,')}"


def read_number(query: Mapping[str, str], name: str) -> int:
    """An option that is a count; SapError 400 for anything else."""
    text = query.get(name, "0")
    if not (text.isascii() and text.isdigit()) or len(text) > 9:  # noqa: PLR2004 - fits an Edm.Int32
        raise bad(f"Invalid value '{text}' for {name}")
    return int(text)


def read_order(entity: Entity, text: str) -> tuple[tuple[str, bool], ...]:
    """The sort keys of $orderby."""
    made = []
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        name, _, way = part.partition(" ")
        if way.strip() not in {"", "asc", "desc"}:
            raise bad(f"Invalid direction '{way}' in $orderby; valid: asc, desc")
        made.append((find_property(entity, name).name, way.strip() == "desc"))
    return tuple(made)


def _sort_key(entity: Entity, name: str) -> Any:
    prop = find_property(entity, name)

    def key(row: Row) -> tuple[bool, Any]:
        value = row[name]
        return value is not None, canonical(prop, value) if value is not None else 0

    return key


def _paths(text: str) -> Paths:
    """`a,b/c` as a tree of names."""
    tree: Paths = {}
    for path in filter(None, (piece.strip() for piece in text.split(","))):
        branch = tree
        for name in path.split("/"):
            branch = branch.setdefault(name, {})
    return tree


def _check_expand(service: Service, entity: Entity, tree: Paths) -> None:
    for name, deeper in tree.items():
        way = entity.navigations.get(name)
        if way is None:
            raise missing(f"Navigation property {name} not found in type '{entity.type}'")
        _check_expand(service, service.entities[way.target], deeper)


def _check_select(service: Service, entity: Entity, tree: Paths) -> None:
    for name, deeper in tree.items():
        if name == "*":
            continue
        if way := entity.navigations.get(name):
            _check_select(service, service.entities[way.target], deeper)
        else:
            find_property(entity, name)
