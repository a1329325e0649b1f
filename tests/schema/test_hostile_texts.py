"""No text of a caller reaches a system with a control character in it."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from graphql import (
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLScalarType,
    get_nullable_type,
    is_enum_type,
    is_required_input_field,
)

from capabilities.caller import Role
from capabilities.ids import global_id
from capabilities.visibility import POLICY
from schema.build import build_schema

NUL = "a\0b"
SCHEMA = build_schema()._schema
_ONE_MEMBER = 'member(by: {phone: "139 1234 5678"})'
# What a field that is no root field is asked under.
_ABOVE = {
    "Query": "{ %s }",
    "Member": f"{{ {_ONE_MEMBER} {{ %s }} }}",
    "Points": f"{{ {_ONE_MEMBER} {{ memberships {{ points {{ %s }} }} }} }}",
    "Usage": "{ usage { %s } }",
    "Adoption": '{ adoption(channel: "shop", capability: MEMBER) { %s } }',
    "OrderDesk": "{ orders { nodes { desk { %s } } } }",
    "FlashSaleDesk": '{ flashSale(id: "spring-7") { desk { %s } } }',
    "Mutation": "mutation { %s }",
}


def filler(kind: GraphQLInputType) -> str:
    """Any value that the type takes."""
    bare = get_nullable_type(kind)
    if isinstance(bare, GraphQLList):
        return "[]"
    if isinstance(bare, GraphQLInputObjectType):
        if bare.is_one_of:  # the last of its kinds has none of itself inside
            name, field = list(bare.fields.items())[-1]
            return f"{{{name}: {filler(field.type)}}}"
        needed = {
            name: filler(field.type)
            for name, field in bare.fields.items()
            if is_required_input_field(field)
        }
        return "{" + ", ".join(f"{name}: {text}" for name, text in needed.items()) + "}"
    if is_enum_type(bare):
        return next(iter(bare.values))
    moment = '"2026-11-01T08:00:00Z"'
    leaves = {
        "Int": "1",
        "Float": "1.0",
        "Boolean": "true",
        "Date": '"2026-11-01"',
        "DateTime": moment,
        "Decimal": '"1"',
        "CurrencyCode": '"CNY"',
        "ID": json.dumps(global_id("Order", "jd", "1")),
    }
    return leaves.get(str(bare), '"x"')


def poisoned(
    kind: GraphQLInputType, place: str, above: tuple[str, ...] = ()
) -> Iterator[tuple[str, str]]:
    """Values of the type with one bad text in each possible place; no type inside itself."""
    bare = get_nullable_type(kind)
    if isinstance(bare, GraphQLList):
        for inner, text in poisoned(bare.of_type, place, above):
            yield f"{inner}[]", f"[{text}]"
    elif isinstance(bare, GraphQLInputObjectType):
        if bare.name in above:
            return
        for name, field in bare.fields.items():
            deeper = (*above, bare.name)
            for inner, text in poisoned(field.type, f"{place}.{name}", deeper):
                others = {} if bare.is_one_of else _needed(bare, name)
                fields = {**others, name: text}
                yield inner, "{" + ", ".join(f"{n}: {t}" for n, t in fields.items()) + "}"
    elif isinstance(bare, GraphQLScalarType) and bare.name in {"String", "ID"}:
        yield place, json.dumps(NUL)


def _needed(kind: GraphQLInputObjectType, but: str) -> dict[str, str]:
    return {
        name: filler(field.type)
        for name, field in kind.fields.items()
        if name != but and isinstance(field.type, GraphQLNonNull)
    }


def questions() -> dict[str, str]:
    """A query for each place where a caller writes a text, by that place."""
    found = {}
    for above, template in _ABOVE.items():
        for name, field in SCHEMA.type_map[above].fields.items():
            for argument, given in field.args.items():
                needed = {
                    other: filler(one.type)
                    for other, one in field.args.items()
                    if other != argument and isinstance(one.type, GraphQLNonNull)
                }
                for place, text in poisoned(given.type, f"{above}.{name}.{argument}"):
                    pairs = {**needed, argument: text}
                    told = ", ".join(f"{n}: {t}" for n, t in pairs.items())
                    found[place] = template % f"{name}({told}) {{ __typename }}"
    return found


QUESTIONS = questions()


def test_every_type_with_arguments_is_asked():
    asking = {
        kind.name
        for kind in SCHEMA.type_map.values()
        if any(field.args for field in getattr(kind, "fields", {}).values() if _is_output(field))
        and not kind.name.startswith("__")
    }
    # What a subscription is given is refused before it begins: tests/gateway/live.
    assert asking - {"Subscription"} == set(_ABOVE)
    assert len(QUESTIONS) > 30


def _is_output(field: Any) -> bool:
    return hasattr(field, "args")


@pytest.mark.parametrize("place", QUESTIONS)
async def test_a_control_character_is_the_callers_mistake(ask, place):
    kind, field, _ = place.split(".", 2)
    seen = POLICY.row(kind, field)
    code = await ask.code(QUESTIONS[place], Role.ADMIN if Role.ADMIN in seen else Role.SERVICE)
    assert code == "BAD_USER_INPUT"
    assert repr(NUL)[1:-1] not in repr(ask.reader.asked + ask.writer.asked)


@pytest.mark.parametrize("key", ["1\0", "1\x1b"])
@pytest.mark.parametrize("kind", ["Order", "Membership", "Store", "Coupon"])
async def test_an_id_that_hides_one_is_no_id(ask, kind, key):
    code = await ask.code("query($id: ID!) { node(id: $id) { id } }", id=global_id(kind, "jd", key))
    assert code == "BAD_USER_INPUT"
    assert ask.reader.asked == []


async def test_what_a_person_pastes_may_end_in_a_line_feed(ask):
    data = await ask.data(
        "query($by: MemberKey!) { member(by: $by) { oneId } }", by={"phone": "139 1234 5678\n"}
    )
    assert data["member"]
