"""What one dead system costs those who do not ask it.

Two gateways over ten systems; in one of them the tenth takes connections and never answers. Both
get the same load: clients who ask three of the other nine, and callers of the tenth at a steady
rate. What is measured are the first, in interleaved rounds: flat out, and at a steady rate.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx

from bench.goals import Goal, figures, ratio
from bench.load import drive, load_of
from bench.options import Options
from bench.processes import Server
from bench.rounds import Asked, Case, Figures, interleaved, row, served
from bench.santong import BRAND, gateway
from bench.stores import stores
from bench.upstream import members
from bench.upstream.running import upstream

ALIVE, DEAD = "all ten alive", "one of ten dead"
FLAT_OUT, STEADY = "flat out", "at a steady rate"
_SYSTEMS = 10
_OTHERS = ("web0", "web1", "web2")
_TENTH = "web9"
# Of those who ask the tenth, and of those who are measured where their rate is steady.
_TENTH_RATE, _STEADY_RATE = 60.0, 150.0
_CLIENTS = 16
# As it ships, apart from the length of a call that hangs.
_LIMITS = {"deadline_ms": 800}
_ORDER = """
{0}: order(by: {{ business: {{ channel: "{0}", number: $number }} }}) {{
  number placedAt status total {{ amount currency }}
}}
"""


@dataclass(frozen=True, slots=True)
class _Place:
    """A gateway, and the questions of both kinds of callers."""

    server: Server
    others: str
    length: int
    tenth: str


async def run_resilience(options: Options) -> dict[str, Any]:
    """Both gateways under the same load in interleaved rounds of one run."""
    with TemporaryDirectory(prefix="sb-") as place, ExitStack() as running:
        home = Path(place)
        mock = running.enter_context(upstream(home, latency_ms=max(options.latency_ms, 5.0)))
        own = running.enter_context(stores(home))
        async with _silent() as silence:
            cases: list[Case] = []
            for name, tenth in ((ALIVE, mock.address), (DEAD, silence)):
                estate = _estate(mock.address, tenth)
                server = running.enter_context(gateway(home, name, estate, own))
                cases += _cases(name, await _place(server))
            found = await interleaved(cases, options.seconds, options.rounds, options.warm)
    rows = [row(name, one) for name, one in found.items()]
    return figures("resilience", rows, goals(found))


def goals(found: dict[str, Figures]) -> list[Goal]:
    """The goals: ratios of the same load with the tenth dead and alive."""

    def of(what: str, figure: str) -> float | None:
        return ratio(found[named(DEAD, what)][figure], found[named(ALIVE, what)][figure])

    return [
        Goal("p99 flat out, dead to alive", 1.5, of(FLAT_OUT, "p99_ms"), at_least=False),
        Goal("p99 at a steady rate, dead to alive", 1.5, of(STEADY, "p99_ms"), at_least=False),
        Goal("throughput, dead to alive", 0.9, of(FLAT_OUT, "requests_per_second")),
    ]


def named(place: str, what: str) -> str:
    """A case's name."""
    return f"{place}, {what}"


def _estate(nine: str, tenth: str) -> dict[str, Any]:
    channels = [f"web{number}" for number in range(_SYSTEMS)]
    return {
        "brand": BRAND,
        "channels": [{"code": code, "name": code, "kind": "OTHER"} for code in channels],
        "connectors": [
            {
                "name": code,
                "system": "shop_like",
                "settings": {"base_url": f"{tenth if code == _TENTH else nine}/shop"},
                "limits": _LIMITS,
                "channels": {"order": code},
            }
            for code in channels
        ],
    }


async def _place(server: Server) -> _Place:
    number = str(members.order_number(0, 1))
    others, tenth = _body(_OTHERS), _body((_TENTH,))
    async with httpx.AsyncClient(trust_env=False, headers=server.headers) as client:
        content = others.replace("{number}", number)
        answer = await client.post(f"{server.address}/graphql", content=content)
    told = answer.json()
    if "errors" in told or None in told["data"].values():
        raise RuntimeError(f"{server.name}: {told}")
    return _Place(server, others, len(answer.content), tenth)


def _body(channels: tuple[str, ...]) -> str:
    fields = "".join(_ORDER.format(code) for code in channels)
    query = f"query Orders($number: String!) {{ {fields} }}"
    return json.dumps({"query": query, "variables": {"number": "{number}"}})


def _cases(name: str, place: _Place) -> list[Case]:
    first, many = members.order_number(0, 1), members.ORDERS
    asked = Asked(place.others, place.length, clients=_CLIENTS, first=first, many=many)
    steady = Asked(place.others, place.length, clients=4, first=first, many=many, rate=_STEADY_RATE)
    return [
        Case(named(name, FLAT_OUT), _disturbed(place, served(place.server, asked))),
        Case(named(name, STEADY), _disturbed(place, served(place.server, steady))),
    ]


def _disturbed(
    place: _Place, measure: Callable[[float, int], Awaitable[Figures]]
) -> Callable[[float, int], Awaitable[Figures]]:
    """With callers of the tenth system at the same time, however they fare."""

    async def measured(seconds: float, seed: int) -> Figures:
        number = members.order_number(0, 1)
        load = load_of(
            place.server, place.tenth, 0, seconds + 0.5, rate=_TENTH_RATE, first=number, clients=4
        )
        beside = asyncio.ensure_future(drive(load))
        found = await measure(seconds, seed)
        await beside
        return found

    return measured


@asynccontextmanager
async def _silent() -> AsyncIterator[str]:
    """The address of a system that takes connections and never answers."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.read(65_536):
            pass
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, backlog=512)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        server.close()
