"""What a field costs, bytes to bytes: the same list from memory, of 10, 100 and 2,000 leaf fields.

Nothing is asked of any system, so what is measured is the way from request bytes to answer bytes:
Santong as shipped, with its token, limits, metrics and logs, and the others with nothing of that.
"""

import json
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx

from bench.expected import Differs, difference
from bench.goals import Goal, figures, ratio
from bench.options import Options
from bench.peers.servers import GRAPHQL_CORE, GRAPHQL_JIT, GRAPHQL_JS, peer
from bench.processes import ROOT, Server
from bench.rounds import Asked, Case, Figures, interleaved, served
from bench.santong import BRAND, gateway
from bench.stores import stores

SANTONG = "Santong"
SIZES = (10, 100, 2_000)
_LEAVES = 5
_QUERY = (ROOT / "bench" / "peers" / "fields.graphql").read_text("utf-8")
_PEERS = (GRAPHQL_JIT, GRAPHQL_JS, GRAPHQL_CORE)


async def run_fields(options: Options) -> dict[str, Any]:
    """Every size in a field of its own, all servers of one size in interleaved rounds."""
    with TemporaryDirectory(prefix="sb-") as place, ExitStack() as running:
        home = Path(place)
        settings = running.enter_context(stores(home))
        found = {size: await _sized(home, settings, size, options) for size in SIZES}
    rows = [_row(name, found) for name in (SANTONG, *_PEERS)]
    return figures("fields", rows, goals(found[SIZES[-1]]))


def goals(found: dict[str, Figures]) -> list[Goal]:
    """The goals, at 2,000 fields."""
    own = found[SANTONG]["cpu_ms"]
    return [
        Goal(
            "2,000 fields bytes to bytes, of graphql-jit's chain",
            1,
            ratio(own, found[GRAPHQL_JIT]["cpu_ms"]),
            at_least=False,
        ),
        Goal(
            "2,000 fields bytes to bytes, of graphql-core",
            0.05,
            ratio(own, found[GRAPHQL_CORE]["cpu_ms"]),
            at_least=False,
        ),
    ]


def channels(count: int) -> list[dict[str, str]]:
    """The list that everybody serves."""
    return [
        {"code": f"c{place:03d}", "name": f"Channel {place:03d}", "kind": "OTHER"}
        for place in range(count)
    ]


async def _sized(
    home: Path, settings: dict[str, str], size: int, options: Options
) -> dict[str, Figures]:
    count = size // _LEAVES
    estate = {"brand": BRAND, "channels": channels(count), "connectors": []}
    with ExitStack() as running:
        servers = [running.enter_context(gateway(home, SANTONG, estate, settings))]
        servers += [running.enter_context(peer(home, name, "", size=count)) for name in _PEERS]
        body = json.dumps({"query": _QUERY})
        lengths = [await _length(server, body, count) for server in servers]
        cases = [
            Case(server.name, served(server, Asked(body, length)))
            for server, length in zip(servers, lengths, strict=True)
        ]
        return await interleaved(cases, options.seconds, options.rounds, options.warm)


async def _length(server: Server, body: str, count: int) -> int:
    """The length of the answer, which holds what it must."""
    async with httpx.AsyncClient(trust_env=False, timeout=30.0, headers=server.headers) as client:
        answer = await client.post(f"{server.address}/graphql", content=body)
    wanted = [
        {
            "code": one["code"],
            "name": one["name"],
            "label": one["name"],
            "kind": one["kind"],
            "timeZone": "Asia/Shanghai",
        }
        for one in channels(count)
    ]
    where = difference({"channels": wanted}, answer.json().get("data"))
    if where is not None:
        raise Differs(f"{server.name}: {where}")
    return len(answer.content)


def _row(name: str, found: dict[int, dict[str, Figures]]) -> dict[str, Any]:
    least, most = SIZES[0], SIZES[-1]
    costs = {f"µs at {size:,} fields": found[size][name]["cpu_ms"] * 1000 for size in SIZES}
    grown = found[most][name]["cpu_ms"] - found[least][name]["cpu_ms"]
    rate = found[most][name]["requests_per_second"]
    return {
        "case": name,
        **{key: round(value, 1) for key, value in costs.items()},
        "ns a field more": round(grown * 1e6 / (most - least)),
        "requests/s at 2,000": round(rate),
    }
