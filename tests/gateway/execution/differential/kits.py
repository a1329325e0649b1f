"""The two schemas that are compared, each with its contexts."""

from functools import cache
from random import Random
from typing import Any

from graphql import is_non_null_type

from capabilities.caller import Caller, Role, Visibility
from capabilities.visibility import EVERYONE, POLICY, Policy
from gateway.execution.natives import with_natives
from schema.build import build_schema
from schema.context import Context
from tests.gateway.execution.differential.contract_reader import CODES, IDS, Desk
from tests.gateway.execution.differential.making import Mix
from tests.gateway.execution.differential.natives import POINTS
from tests.gateway.execution.differential.running import Kit
from tests.gateway.execution.differential.scene import Scene
from tests.gateway.execution.differential.torture import torture_schema

_KEPT = 1 / 3
_ROLES = sorted(EVERYONE, key=str)
_ROOTS = frozenset({"Query", "Mutation"})
_SIZES = (1, 2, 3, 5, 20, 100, None, 0)
_ENTITIES = [
    {"__typename": kind, "id": one}
    for kind, at in (("Member", 0), ("Order", 4), ("Product", 8))
    for one in IDS[at : at + 4]
]


def caller(role: Role) -> Caller:
    """A caller of the one brand."""
    return Caller(subject="tester", visibility=Visibility(role=role, brand="baiwei"))


_REFUSED = (caller(Role.CONNECTOR), None)


@cache
def torture_kit() -> Kit:
    """The torture schema."""
    return Kit("torture", torture_schema(), _torture_context, (caller(Role.ADMIN),), {})


@cache
def contract_kit() -> Kit:
    """The contract itself, asked by every role and by nobody."""
    admins = [caller(Role.ADMIN)] * 30
    others = [*map(caller, Role), *[caller(Role.CONSUMER)] * 3, None]
    # Only a consumer may ask `me`, and she little else.
    return _contract("contract", POLICY, (*admins, *others), seldom=("Query.me",))


@cache
def policy_kit() -> Kit:
    """The contract under a drawn policy, asked by every role alike."""
    return _contract("policy", drawn_policy(), (*[*map(caller, _ROLES)] * 4, *_REFUSED))


def drawn_policy() -> Policy:
    """Everybody may ask everything, but for a third of the fields below that may be null.

    The first field of a type is everybody's: nobody is led to a type of which she sees nothing.
    """
    random = Random(5)  # noqa: S311 - a seeded generator is wanted
    fields = dict.fromkeys(POLICY.fields, EVERYONE)
    kinds = build_schema()._schema.type_map
    met = set[str]()
    for coordinate in fields:
        kind, _, name = coordinate.partition(".")
        if kind not in met:
            met.add(kind)
            continue
        field = kinds[kind].fields[name] if kind in kinds and kind not in _ROOTS else None
        if field is not None and not is_non_null_type(field.type) and random.random() < _KEPT:
            fields[coordinate] = frozenset(random.sample(_ROLES, 2))
    return Policy(fields, POLICY.scopes, POLICY.open)


def _contract(
    name: str, policy: Policy, callers: tuple[Caller | None, ...], seldom: tuple[str, ...] = ()
) -> Kit:
    return Kit(
        name,
        with_natives(build_schema(policy)._schema, POINTS),
        _contract_context,
        callers,
        {
            "ID": IDS,
            "MemberKey.id:ID": IDS[:4],
            "OrderKey.id:ID": IDS[4:8],
            "channel:String": CODES,
            "channels:String": CODES,
            "first:Int": _SIZES[:-2] * 4 + _SIZES[-1:],
            "last:Int": _SIZES[:-2] * 4 + _SIZES[-1:],
            "representations:_Any": [*_ENTITIES, {"__typename": "Store"}],
            "currency:String": ("CNY", "CNY", "yuan"),
            "share:Float": (0.5, 0.1, 2),
            "phone:String": ("13912345678", "139 1234 5678", ""),
            "String": (*("8001", "a", "M0001", "上海") * 5, ""),
        },
        seldom=seldom,
        # The torture schema proves each combination of kinds often; here each place is met.
        least=3,
        routed=0.5,
        # Results of mutations whose drawn inputs are mostly refused; each has tests of its own.
        unmet=0.06,
    )


def _torture_context(mix: Mix, who: Caller | None) -> Context:
    scene: Any = Scene(mix)
    return Context(reader=scene, caller=who, request_id="r1", max_rows=mix.rows)


def _contract_context(mix: Mix, who: Caller | None) -> Context:
    desk: Any = Desk(mix)
    return Context(
        reader=desk,
        caller=who,
        request_id="r1",
        max_rows=mix.rows,
        writer=desk,
        owned=desk.platform,
        extensions=POINTS,
    )


KITS = {"torture": torture_kit, "contract": contract_kit, "policy": policy_kit}
