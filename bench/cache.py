"""What an answer costs that is kept: cold, from Redis, from the process, beside a bare echo.

Two questions: one order by its number, one answer of one system; and one person as in the
federation bench, six answers. The sets are chosen by what the process layer keeps, a second:
a handful that is always there, and thousands in turn that come round when they are gone from it.
"""

import json
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx

from bench.expected import body_of, check, expected
from bench.goals import Goal, figures, ratio
from bench.load import drive, load_of
from bench.options import Options
from bench.processes import Server, python_server
from bench.rounds import Asked, Case, Figures, interleaved, row, served
from bench.santong import gateway, member_estate
from bench.stores import stores
from bench.upstream import members
from bench.upstream.running import Upstream, upstream

COLD, REDIS, PROCESS, ECHO = "cold", "warm from Redis", "warm from the process", "ASGI echo"
ORDER, PERSON = "one order", "one person"
_FEW, _ROUND = 8, 5_000
_KEPT = {"member": {"fresh": "1h"}, "order": {"fresh": "1h"}}
_SHOP = 1
_QUERY = """
query Order($number: String!) {
  order(by: { business: { channel: "web", number: $number } }) {
    number placedAt status total { amount currency }
    lines { rawSku name quantity total { amount } }
  }
}
"""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, of how many numbers from where on."""

    name: str
    asked: Asked


async def run_cache(options: Options) -> dict[str, Any]:
    """All cases in interleaved rounds of one gateway that keeps answers for an hour."""
    with TemporaryDirectory(prefix="sb-") as place, ExitStack() as running:
        home = Path(place)
        mock = running.enter_context(upstream(home))
        own = running.enter_context(stores(home))
        estate = member_estate(mock.address, share_batches=True)
        for connector in estate["connectors"]:
            connector["cache"] = _KEPT
        server = running.enter_context(gateway(home, "Santong", estate, own))
        cases: list[Case] = []
        for question in (await _order(server), await _person(server)):
            size = str(question.asked.length)
            echo = running.enter_context(
                python_server(home, f"echo {question.name}", "bench.echo", {"BENCH_SIZE": size})
            )
            cases += await _cases(server, echo, mock, question)
        found = await interleaved(cases, options.seconds, options.rounds, options.warm)
    rows = [row(name, one, **_calls(one)) for name, one in found.items()]
    return figures("cache", rows, goals(found))


def goals(found: dict[str, Figures]) -> list[Goal]:
    """The goals, of one answer of one system."""
    echo = found[named(ORDER, ECHO)]["cpu_ms"]
    return [
        Goal(f"{layer}, of the ASGI echo", bound, ratio(echo, found[named(ORDER, layer)]["cpu_ms"]))
        for layer, bound in ((PROCESS, 0.3), (REDIS, 0.15))
    ]


def named(question: str, layer: str) -> str:
    """A case's name."""
    return f"{question}, {layer}"


async def _cases(server: Server, echo: Server, mock: Upstream, question: Question) -> list[Case]:
    asked, name = question.asked, question.name
    half = asked.many // 2
    few = replace(asked, many=_FEW)
    some = replace(asked, first=asked.first + _FEW, many=_ROUND, in_turn=True)
    cold = replace(asked, first=asked.first + half, many=half)
    await _fill(server, some)
    return [
        Case(named(name, COLD), _counted(served(server, cold), mock)),
        Case(named(name, REDIS), _counted(served(server, some), mock)),
        Case(named(name, PROCESS), _counted(served(server, few), mock)),
        Case(named(name, ECHO), served(echo, Asked("{}", asked.length))),
    ]


def _counted(
    measure: Callable[[float, int], Awaitable[Figures]], mock: Upstream
) -> Callable[[float, int], Awaitable[Figures]]:
    """With the calls to the systems, which a warm case must not make."""

    async def counted(seconds: float, seed: int) -> Figures:
        before = mock.asked()["calls"]
        found = await measure(seconds, seed)
        made = mock.asked()["calls"] - before
        return {**found, "calls": made / (found["requests_per_second"] * seconds)}

    return counted


def _calls(found: Figures) -> dict[str, Any]:
    return {"calls/request": round(found["calls"], 2) if "calls" in found else None}


async def _fill(server: Server, asked: Asked) -> None:
    """Ask for the whole round once."""
    done = 0
    while done < asked.many:
        first = asked.first + done
        load = load_of(server, asked.body, asked.length, 2.0, many=asked.many - done, first=first)
        outcome = await drive(replace(load, in_turn=True))
        if outcome.failed:
            raise RuntimeError(f"{server.name}: {outcome.fault}")
        done += outcome.requests


async def _order(server: Server) -> Question:
    body = json.dumps({"query": _QUERY, "variables": {"number": "{number}"}})
    first = members.order_number(0, _SHOP)
    async with httpx.AsyncClient(trust_env=False, headers=server.headers) as client:
        content = body.replace("{number}", str(first + 4))
        answer = await client.post(f"{server.address}/graphql", content=content)
    nodes = [edge["node"] for edge in expected(0)["member"]["orders"]["edges"]]
    wanted = next(node for node in nodes if node["number"] == str(first + 4))
    found = answer.json()["data"]["order"]
    if any(found[key] != wanted[key] for key in found):
        raise RuntimeError(f"{server.name}: {found} in place of {wanted}")
    many = members.MEMBERS * members.ORDERS
    return Question(ORDER, Asked(body, len(answer.content), first=first, many=many))


async def _person(server: Server) -> Question:
    length = await check(server)
    first = int(members.phone(0))
    return Question(PERSON, Asked(body_of("{number}"), length, first=first, many=members.MEMBERS))
