"""A question for every way: the object in its place, anything for the rest, all that it answers."""

from collections.abc import Mapping
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    Undefined,
    get_named_type,
    is_abstract_type,
    is_leaf_type,
)

from tests.gateway.naming.ways import NAMED, Way

_ANYTHING: Mapping[str, Any] = {
    "Int": 1,
    "Float": 1.0,
    "Boolean": True,
    "Decimal": "1",
    "DateTime": "2090-01-01T00:00:00Z",
    "Date": "2090-01-01",
}
# Where any word would be refused before anything is looked up; by name of the argument or field.
_WORDS: Mapping[str, Any] = {"channel": "own", "currency": "CNY", "phone": "13900000000"}
_STATES: Mapping[str, Any] = {
    "AnswerServiceRequestInput.state": "FULFILLED",
    "RecordTouchOutcomeInput.at": "2026-01-01T00:00:00Z",
}
# A merge is of two.
_WITH_ONE_OF_MINE = frozenset({"mergePreview.members", "MergeMembersInput.members"})
_ALWAYS: Mapping[str, tuple[str, ...]] = {"QuoteLineInput": ("sku", "unitPrice")}
# Not needed by the contract, and yet nothing is looked up without it.
_BESIDE = {
    "ClaimCouponInput.membership": "template",
    "LockCouponInput.coupons": "membership",
    "LockCouponInput.membership": "coupons",
    "RedeemCouponInput.coupons": "membership",
    "RedeemCouponInput.membership": "coupons",
}


class Filling:
    """Makes questions; `mine` has an object of the asker's own for every kind."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema

    def question(self, way: Way, name: str) -> str:
        """The text of an operation with all its arguments as variables."""
        field = self._root(way)
        args = [one for one in field.args if one == way.path[0] or _needed(field.args[one])]
        told = ", ".join(f"${one}: {field.args[one].type}" for one in args)
        given = ", ".join(f"{one}: ${one}" for one in args)
        shown = self._shown(get_named_type(field.type))
        return f"{way.operation} {name}({told}) {{ {way.root}({given}) {shown} }}"

    def variables(self, way: Way, named: Any, mine: Mapping[str, Any]) -> dict[str, Any]:
        """The arguments of a question that names an object in this way."""
        return {
            name: self._value((f"{way.root}.{name}", name), one.type, way.path, named, mine)
            for name, one in self._root(way).args.items()
            if name == way.path[0] or _needed(one)
        }

    def _root(self, way: Way) -> Any:
        return getattr(self._schema, f"{way.operation}_type").fields[way.root]

    def _shown(self, kind: Any, depth: int = 2) -> str:
        """Every leaf below a type, two steps deep, of whatever it may be."""
        if is_leaf_type(kind):
            return ""
        if is_abstract_type(kind):
            parts = (
                f"... on {one.name} {self._shown(one, 1)}"
                for one in self._schema.get_possible_types(kind)
            )
            return "{ __typename " + " ".join(parts) + " }"
        assert isinstance(kind, GraphQLObjectType)
        words = []
        for name, field in kind.fields.items():
            inner = get_named_type(field.type)
            if any(map(_needed, field.args.values())) or is_abstract_type(inner):
                continue
            if is_leaf_type(inner) or depth > 1:
                words.append(f"{kind.name}_{name}: {name} {self._shown(inner, depth - 1)}")
        return "{ __typename " + " ".join(words) + " }"

    def _value(
        self,
        place: tuple[str, str],
        kind: Any,
        path: tuple[str, ...],
        named: Any,
        mine: Mapping[str, Any],
    ) -> Any:
        coordinate, name = place
        if isinstance(kind, GraphQLNonNull):
            return self._value(place, kind.of_type, path, named, mine)
        if isinstance(kind, GraphQLList):
            one = self._value(place, kind.of_type, path, named, mine)
            return [one, mine["member"]] if coordinate in _WITH_ONE_OF_MINE else [one]
        if path == (name,):
            return named
        if isinstance(kind, GraphQLInputObjectType):
            below = path[1:] if path[:1] == (name,) else ()
            return self._object(kind, below, named, mine)
        return mine[NAMED[coordinate]] if coordinate in NAMED else _anything(place, kind)

    def _object(
        self, kind: Any, path: tuple[str, ...], named: Any, mine: Mapping[str, Any]
    ) -> dict[str, Any]:
        beside = _BESIDE.get(f"{kind.name}.{path[0]}") if path else None
        always = _ALWAYS.get(kind.name, ())
        return {
            one: self._value((f"{kind.name}.{one}", one), field.type, path, named, mine)
            for one, field in kind.fields.items()
            if path[:1] == (one,) or one == beside or one in always or _needed(field)
        }


def _anything(place: tuple[str, str], kind: Any) -> Any:
    coordinate, name = place
    if coordinate in _STATES:
        return _STATES[coordinate]
    if isinstance(kind, GraphQLEnumType):
        return next(iter(kind.values))
    return _WORDS.get(name, _ANYTHING.get(kind.name, "x"))


def _needed(one: Any) -> bool:
    return isinstance(one.type, GraphQLNonNull) and one.default_value is Undefined
