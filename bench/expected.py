"""What every server must answer for a member, by the arithmetic of the data alone."""

import json
from random import Random
from typing import Any

import httpx

from bench.processes import ROOT, Server
from bench.upstream import members
from bench.upstream.members import Order

QUERY = (ROOT / "bench" / "peers" / "query.graphql").read_text("utf-8")
CHANNELS = ("erp", "web", "pos")
_NEWEST = 10
_SKUS = ("MAT-{:05d}", "SKU-{:05d}", "69{:07d}")
# the order in which a graph lists memberships of one day of joining
_LISTED = (0, 2, 1)


class Differs(RuntimeError):
    """A server answers something else; it is not timed."""


def body_of(phone: str) -> str:
    """The request for a phone, or for `{number}` as a load fills it in."""
    return json.dumps({"query": QUERY, "variables": {"phone": phone}})


def expected(member: int) -> dict[str, Any]:
    """The data of the answer."""
    every = [(order, system) for system in range(3) for order in members.orders(member, system)]
    every.sort(key=lambda one: one[0].minute, reverse=True)
    edges = [{"node": _order(order, system)} for order, system in every[:_NEWEST]]
    return {
        "member": {
            "memberships": [_membership(member, system) for system in _LISTED],
            "orders": {"edges": edges, "pageInfo": {"hasNextPage": True}},
        }
    }


async def check(server: Server, *, count: int = 50, seed: int = 7) -> int:
    """Ask a server for some members; the length of its answers. Differs says where it differs."""
    drawn = Random(seed)  # noqa: S311 - a draw that can be repeated is wanted
    lengths = set()
    async with httpx.AsyncClient(trust_env=False, timeout=30.0, headers=server.headers) as client:
        for _ in range(count):
            member = drawn.randrange(members.MEMBERS)
            body = body_of(members.phone(member))
            answer = await client.post(f"{server.address}/graphql", content=body)
            found = answer.json()
            if found.get("errors"):
                raise Differs(f"{server.name}: {found['errors'][0].get('message')}")
            where = difference(expected(member), found["data"])
            if where is not None:
                raise Differs(f"{server.name}: member {member}: {where}")
            lengths.add(len(answer.content))
    if len(lengths) > 1:
        raise Differs(f"{server.name}: answers of {sorted(lengths)} bytes")
    return lengths.pop()


def difference(wanted: Any, found: Any, path: str = "data") -> str | None:
    """The first place where two answers differ; None where they are equal."""
    if isinstance(wanted, dict) and isinstance(found, dict):
        if wanted.keys() != found.keys():
            return f"{path}: {sorted(found)} in place of {sorted(wanted)}"
        parts = [(wanted[key], found[key], f"{path}.{key}") for key in wanted]
    elif isinstance(wanted, list) and isinstance(found, list):
        if len(wanted) != len(found):
            return f"{path}: {len(found)} items in place of {len(wanted)}"
        parts = [(one, found[row], f"{path}[{row}]") for row, one in enumerate(wanted)]
    else:
        same = type(wanted) is type(found) and wanted == found
        return None if same else f"{path}: {found!r} in place of {wanted!r}"
    places = (difference(*part) for part in parts)
    return next((place for place in places if place is not None), None)


def _membership(member: int, system: int) -> dict[str, Any]:
    return {
        "number": str(members.customer(member, system)),
        "channel": {"code": CHANNELS[system]},
        "joinedAt": _moment(members.joined(member)),
        "tier": {"name": members.tier(member, system)},
        "points": {"available": members.points(member, system)},
    }


def _order(order: Order, system: int) -> dict[str, Any]:
    return {
        "number": str(order.number),
        "channel": {"code": CHANNELS[system]},
        "placedAt": _moment(order.minute),
        "status": order.state,
        "total": {"amount": _amount(order.cents), "currency": "CNY"},
        "lines": [
            {
                "rawSku": _SKUS[system].format(line.item),
                "name": f"棉质衬衫 {line.item:04d}",
                "quantity": str(line.quantity),
                "total": {"amount": _amount(line.cents)},
            }
            for line in order.lines
        ],
    }


def _moment(minute: int) -> str:
    return f"{members.day(minute)}T{members.clock(minute)}:00.000Z"


def _amount(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02d}"
