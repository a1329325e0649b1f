"""The two schemas that are compared, each with its contexts."""

from functools import cache
from typing import Any

from capabilities.caller import Caller, Role, Visibility
from capabilities.visibility import refusal
from gateway.execution.natives import with_natives
from schema.build import build_schema
from schema.context import Context
from tests.gateway.execution.differential.contract_reader import CODES, IDS, Desk
from tests.gateway.execution.differential.making import Mix
from tests.gateway.execution.differential.natives import POINTS
from tests.gateway.execution.differential.running import Kit
from tests.gateway.execution.differential.scene import Scene
from tests.gateway.execution.differential.torture import torture_schema

_SIZES = (1, 2, 3, 5, 20, 100, None, 0)
_ENTITIES = [
    {"__typename": kind, "id": one}
    for kind, at in (("Member", 0), ("Order", 4), ("Product", 8))
    for one in IDS[at : at + 4]
]


def caller(role: Role) -> Caller:
    """A caller of the one brand."""
    return Caller(subject="tester", visibility=Visibility(role=role, brand="baiwei"))


@cache
def torture_kit() -> Kit:
    """The torture schema."""
    return Kit("torture", torture_schema(), _torture_context, (caller(Role.ADMIN),), {}, _everyone)


@cache
def contract_kit() -> Kit:
    """The contract itself, asked by every role and by nobody."""
    admins = [caller(Role.ADMIN)] * 30
    others = [*map(caller, Role), *[caller(Role.CONSUMER)] * 3, None]
    return Kit(
        "contract",
        with_natives(build_schema()._schema, POINTS),
        _contract_context,
        (*admins, *others),
        {
            "ID": IDS,
            "MemberKey.id:ID": IDS[:4],
            "OrderKey.id:ID": IDS[4:8],
            "channel:String": CODES,
            "channels:String": CODES,
            "first:Int": _SIZES[:-2] * 4 + _SIZES[-1:],
            "last:Int": _SIZES[:-2] * 4 + _SIZES[-1:],
            "representations:_Any": [*_ENTITIES, {"__typename": "Store"}],
            "phone:String": ("13912345678", "139 1234 5678", ""),
            "String": (*("8001", "a", "M0001", "上海") * 5, ""),
        },
        lambda coordinate, who: refusal(coordinate, who) is not None,
        # Only a consumer may ask it, and she little else.
        seldom=("Query.me",),
    )


def _everyone(_coordinate: str, _who: Caller | None) -> bool:
    return False


def _torture_context(mix: Mix, who: Caller | None) -> Context:
    scene: Any = Scene(mix)
    return Context(reader=scene, caller=who, request_id="r1", max_rows=mix.rows)


def _contract_context(mix: Mix, who: Caller | None) -> Context:
    desk: Any = Desk(mix)
    return Context(
        reader=desk, caller=who, request_id="r1", max_rows=mix.rows, writer=desk, extensions=POINTS
    )


KITS = {"torture": torture_kit, "contract": contract_kit}
