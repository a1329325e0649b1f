"""A parsed $filter becomes a test over rows, checked against the entity's declaration."""

import operator as ops
from collections.abc import Callable
from typing import Any, Final

from demo.sap.failures import bad
from demo.sap.filter import And, Call, Compare, Literal, Node, Not, Or
from demo.sap.model import Entity, Property

Row = dict[str, Any]
Test = Callable[[Row], bool]

_ORDERED: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "gt": ops.gt,
    "ge": ops.ge,
    "lt": ops.lt,
    "le": ops.le,
}
_ALLOWED: Final = {
    "Edm.DateTime": {"Edm.DateTime"},
    "Edm.Date": {"Edm.Date"},
    "Edm.DateTimeOffset": {"Edm.DateTimeOffset", "Edm.DateTime"},
    "Edm.Decimal": {"Edm.Decimal"},
    "Edm.String": {"Edm.String"},
    "Edm.Boolean": {"Edm.Boolean"},
    "Edm.Time": {"Edm.Time"},
}


def find_property(entity: Entity, name: str) -> Property:
    """The declared property; SapError 400 for any other."""
    if (prop := entity.properties.get(name)) is None:
        raise bad(f"Property {name} not found in type '{entity.type}'")
    return prop


def canonical(prop: Property, value: Any) -> Any:
    """As the database compares: a number in an ALPHA field is padded with zeros."""
    if prop.alpha and isinstance(value, str) and value.isascii() and value.isdigit():
        return value.lstrip("0").zfill(prop.alpha)
    return value


def compile_filter(node: Node, entity: Entity) -> Test:
    """A predicate for rows of this entity."""
    if isinstance(node, Not):
        inner = compile_filter(node.inner, entity)
        return lambda row: not inner(row)
    if isinstance(node, And):
        parts = [compile_filter(part, entity) for part in node.parts]
        return lambda row: all(part(row) for part in parts)
    if isinstance(node, Or):
        return _either(node, entity)
    if isinstance(node, Call):
        return _call(node, entity)
    return _compare(node, entity)


def is_scan(node: Node | None, entity: Entity) -> bool:
    """Whether the database would have to read the whole table to answer."""
    if node is None:
        return True
    if isinstance(node, And):
        return all(is_scan(part, entity) for part in node.parts)
    if isinstance(node, Or):
        return any(is_scan(part, entity) for part in node.parts)
    if isinstance(node, Compare):
        return node.operator == "ne" or not find_property(entity, node.name).indexed
    return True


def _either(node: Or, entity: Entity) -> Test:
    """An `or` chain; equal tests of one property are one look in a set."""
    sets: dict[str, set[Any]] = {}
    tests: list[Test] = []
    for part in node.parts:
        if isinstance(part, Compare) and part.operator == "eq" and part.literal.value is not None:
            prop = find_property(entity, part.name)
            sets.setdefault(part.name, set()).add(canonical(prop, _checked(prop, part.literal)))
        else:
            tests.append(compile_filter(part, entity))
    tests += [_member(find_property(entity, name), wanted) for name, wanted in sets.items()]
    return lambda row: any(test(row) for test in tests)


def _member(prop: Property, wanted: set[Any]) -> Test:
    return lambda row: canonical(prop, row[prop.name]) in wanted


def _compare(node: Compare, entity: Entity) -> Test:
    prop = find_property(entity, node.name)
    wanted = canonical(prop, _checked(prop, node.literal))
    name = prop.name
    if node.operator == "eq":
        return lambda row: bool(canonical(prop, row[name]) == wanted)
    if node.operator == "ne":
        return lambda row: bool(canonical(prop, row[name]) != wanted)
    if wanted is None:
        raise bad(f"null cannot be compared by '{node.operator}'")
    compare = _ORDERED[node.operator]
    return lambda row: row[name] is not None and compare(canonical(prop, row[name]), wanted)


def _call(node: Call, entity: Entity) -> Test:
    prop = find_property(entity, node.name)
    if prop.type != "Edm.String":
        raise bad(f"Function '{node.function}' needs a string, {node.name} is {prop.type}")
    name, text = prop.name, node.text
    if node.function in {"substringof", "contains"}:
        return lambda row: text in row[name]
    if node.function == "startswith":
        return lambda row: str(row[name]).startswith(text)
    return lambda row: str(row[name]).endswith(text)


def _checked(prop: Property, literal: Literal) -> Any:
    if literal.kind != "null" and literal.kind not in _ALLOWED[prop.type]:
        raise bad(f"Invalid literal for {prop.name}: {prop.type} expected, {literal.kind} found")
    return literal.value
