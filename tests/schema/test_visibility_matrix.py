"""The authorisation matrix: every field by every way, as every role, by every engine.

It is generated: the ways from the schema, what is expected from the table. A cell is a field and a
role; each must be met, and be as its row says, by every engine.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator
from inspect import isawaitable
from typing import Any

import pytest
from graphql import GraphQLObjectType, execute, get_named_type, is_abstract_type, parse

from capabilities.caller import Role
from capabilities.visibility import EVERYONE, POLICY, STAFF, Policy
from gateway.execution.plan import Planner, plan
from gateway.execution.plan.run import Run
from schema.build import build_schema
from tests.schema.conftest import Asking
from tests.schema.test_every_field import WISHES, arguments, coordinates, selection, told

ROLES = tuple(Role)
ENGINES = ("plan", "core", "replay")
Cells = dict[tuple[str, Role], set[bool]]


class Replayed(Run):
    """A run of which every answer is said again by graphql-core."""

    async def answer(self, roots: Any) -> Any:
        found = await super().answer(roots)
        self.fault = True
        return found


def questions(schema: Any, records: dict[str, Any], roots: Collection[str]) -> Iterator[str]:
    """Every way: each root field with all that lies below it, and each wish of a mutation."""
    for name, field in schema.query_type.fields.items():
        if roots and name not in roots:
            continue
        inner = selection(schema, get_named_type(field.type), ())
        yield f"{{ Query_{name}: {name}{arguments(records).get(name, '')} {inner} }}"
    for wish in () if roots else WISHES.values():
        name = wish.partition("(")[0]
        inner = selection(schema, get_named_type(schema.mutation_type.fields[name].type), ())
        yield f"mutation {{ Mutation_{name}: {wish} {inner} }}"
    for query, _ in () if roots else told(schema):
        yield query


async def answered(asking: Asking, engine: str, query: str, role: Role) -> Any:
    schema, document = asking.schema._schema, parse(query)
    context = asking.context_of(role)
    event = next((one for told_as, one in told(schema) if told_as == query), None)
    if engine == "core" or event is not None:  # events are graphql-core's alone
        found: Any = execute(schema, document, root_value=event, context_value=context)
        return await found if isawaitable(found) else found
    ran: list[str] = []
    planner = Planner(schema, ran=lambda by, _reason: ran.append(by))
    answer = await planner.plan(document, None, context.caller).run(context, None)
    assert engine == "plan" or ran == ["replay"]
    return answer


def met(value: Any, refused: set[tuple[Any, ...]], path: tuple[Any, ...] = ()) -> Iterator[Any]:
    """Each field of an answer: its coordinate, and whether it was shown or refused."""
    if isinstance(value, list):
        for at, one in enumerate(value):
            yield from met(one, refused, (*path, at))
    if isinstance(value, dict):
        for alias, inner in value.items():
            if alias == "__typename":
                continue
            coordinate, here = alias.replace("_", ".", 1), (*path, alias)
            if here in refused:
                yield coordinate, False
            elif inner is not None:
                yield coordinate, True
                yield from met(inner, refused, here)


async def matrix(
    policy: Policy, engine: str, records: dict[str, Any], roots: Collection[str] = ()
) -> Cells:
    """What each role was shown (True) and refused (False) of each field."""
    asking, cells = Asking(build_schema(policy)), defaultdict(set)
    for query in questions(asking.schema._schema, records, roots):
        for role in ROLES:
            answer = await answered(asking, engine, query, role)
            refused = set()
            for error in answer.errors or ():
                assert getattr(error.original_error, "code", None) == "FORBIDDEN", (query, error)
                refused.add(tuple(error.path))
                cells[error.path[-1].replace("_", ".", 1), role] |= {False}
            for coordinate, shown in met(answer.data, refused):
                cells[coordinate, role].add(shown)
    return cells


def faults(cells: Cells, policy: Policy, schema: Any) -> list[str]:
    """Cells that are not as the policy says, and cells that nobody met."""
    found = []
    for kind in schema.type_map.values():
        if not isinstance(kind, GraphQLObjectType) or kind.name.startswith("__"):
            continue
        for name in kind.fields:
            coordinate = f"{kind.name}.{name}"
            row = policy.row(kind.name, name) or frozenset()
            for role in ROLES:
                seen = cells.get((coordinate, role), set())
                may = role in row or coordinate in policy.open
                if (may and False in seen) or (not may and True in seen):
                    found.append(f"{coordinate} as {role.value}: {seen}, the row says {may}")
    return sorted(found)


def unmet(cells: Cells, policy: Policy, schema: Any) -> list[str]:
    """Fields that a role may see and was never shown, and that it may not see and never asked.

    What no way leads a role to is refused where its ways end.
    """
    found: list[str] = []
    ways = {role: reached(schema, policy, role) for role in ROLES}
    for coordinate in coordinates(schema) | {f"Query.{one}" for one in schema.query_type.fields}:
        row = policy.row(*coordinate.split("."))
        kind = coordinate.partition(".")[0]
        here = [role for role in ROLES if kind in ways[role]]
        met_as = {role: cells.get((coordinate, role), set()) for role in here}
        found += [
            f"{coordinate} as {role.value} was never {'shown' if role in row else 'refused'}"
            for role in here
            if role in policy.seen_by(kind) & EVERYONE and (role in row) not in met_as[role]
        ]
    return sorted(found)


def reached(schema: Any, policy: Policy, role: Role) -> set[str]:
    """The types that some way of fields leads a role to."""
    waiting, found = [schema.query_type, schema.mutation_type, schema.subscription_type], set()
    while waiting:
        kind = waiting.pop()
        if kind.name in found:
            continue
        found.add(kind.name)
        if is_abstract_type(kind):
            waiting += schema.get_possible_types(kind)
            continue
        for name, field in getattr(kind, "fields", {}).items():
            if role in (policy.row(kind.name, name) or ()):
                waiting.append(get_named_type(field.type))
    return found


@pytest.mark.parametrize("engine", ENGINES)
async def test_every_cell_is_met_and_as_the_table_says(engine, records, monkeypatch):
    if engine == "replay":
        monkeypatch.setattr(plan, "Run", Replayed)
    cells = await matrix(POLICY, engine, records)
    schema = build_schema()._schema
    assert faults(cells, POLICY, schema) == []
    assert unmet(cells, POLICY, schema) == []


# One row each that is wider or narrower than the table's, with what it leads to.
MUTANT = {
    "Member.unmasked": STAFF,
    "UnmaskedMember": STAFF,
    "UnmaskedMembership": STAFF,
    "UnmaskedIdentity": STAFF,
    "Promotion.used": EVERYONE,
    "Query.auditTrail": STAFF,
    "AuditEntry": STAFF,
    "Order.total": STAFF,
    "Coupon.code": frozenset(),
}


@pytest.mark.parametrize("engine", ENGINES)
async def test_a_table_with_other_rows_is_found(engine, records, monkeypatch):
    """The graph is guarded by a mutant and judged by the table: the matrix must say so."""
    if engine == "replay":
        monkeypatch.setattr(plan, "Run", Replayed)
    fields = {
        one: MUTANT.get(one, MUTANT.get(one.partition(".")[0], row))
        for one, row in POLICY.fields.items()
    }
    mutant = Policy(fields, POLICY.scopes, POLICY.open)
    cells = await matrix(mutant, engine, records, ("auditTrail", "promotions", "me", "member"))
    wrong = faults(cells, POLICY, build_schema()._schema)
    for coordinate in (one for one in MUTANT if "." in one):
        assert any(one.startswith(f"{coordinate} ") for one in wrong), coordinate
