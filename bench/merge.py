"""Paging through one merged list of 10 and of 100 sources: CPU per row read from the sources.

A page of a merge over many sources reads more rows than it answers, so what must not grow is the
time for one of them.
"""

from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx

from bench.expected import Differs
from bench.goals import Goal, figures, ratio
from bench.options import Options
from bench.processes import Server
from bench.rounds import Case, Figures, interleaved
from bench.santong import BRAND, LIMITS, gateway
from bench.stores import stores
from bench.upstream.running import Upstream, upstream

SOURCES = (10, 100)
_FIRST = 100
_PAGES = 12
_QUERY = """
query Page($first: Int!, $after: String) {
  orders(first: $first, after: $after) {
    edges { node { number placedAt status total { amount currency } } }
    pageInfo { hasNextPage endCursor }
  }
}
"""


async def run_merge(options: Options) -> dict[str, Any]:
    """Both lists in interleaved rounds; a round is a walk of some pages from the newest row on."""
    with TemporaryDirectory(prefix="sb-") as place, ExitStack() as running:
        home = Path(place)
        mock = running.enter_context(upstream(home))
        settings = running.enter_context(stores(home))
        servers = [
            running.enter_context(gateway(home, _name(count), _estate(mock, count), settings))
            for count in SOURCES
        ]
        cases = [Case(server.name, _walked(server, mock)) for server in servers]
        found = await interleaved(cases, options.seconds, options.rounds, options.warm)
    return figures("merge", [_row(*one) for one in found.items()], goals(found))


def goals(found: dict[str, Figures]) -> list[Goal]:
    """The goal: a row of a hundred sources costs about what one of ten does."""
    few, many = (found[_name(count)]["row_us"] for count in SOURCES)
    return [
        Goal("a row read from 100 sources, of one from 10", 1.3, ratio(many, few), at_least=False)
    ]


def _name(count: int) -> str:
    return f"{count} sources"


def _estate(mock: Upstream, count: int) -> dict[str, Any]:
    codes = [f"c{place:03d}" for place in range(count)]
    return {
        "brand": BRAND,
        "channels": [{"code": code, "name": code, "kind": "OTHER"} for code in codes],
        "connectors": [
            {
                "name": code,
                "system": "list_like",
                "settings": {"base_url": f"{mock.address}/list/{place}"},
                "limits": LIMITS,
                "channels": {"order": code},
            }
            for place, code in enumerate(codes)
        ],
    }


def _walked(server: Server, mock: Upstream) -> Any:
    async def measure(seconds: float, seed: int) -> Figures:
        del seconds, seed
        before, rows = server.cpu_seconds(), mock.asked()["rows"]
        await _walk(server)
        spent, read = server.cpu_seconds() - before, mock.asked()["rows"] - rows
        return {
            "row_us": spent * 1e6 / read,
            "page_ms": spent * 1000 / _PAGES,
            "rows_read": read / _PAGES,
        }

    return measure


async def _walk(server: Server) -> None:
    """Pages in a row; every row once, newest first."""
    place, seen, last = None, set(), "9999"
    async with httpx.AsyncClient(trust_env=False, timeout=60.0, headers=server.headers) as client:
        for _ in range(_PAGES):
            asked = {"query": _QUERY, "variables": {"first": _FIRST, "after": place}}
            answer = (await client.post(f"{server.address}/graphql", json=asked)).json()
            if answer.get("errors") or answer["extensions"].get("warnings"):
                raise Differs(f"{server.name}: {str(answer)[:500]}")
            page = answer["data"]["orders"]
            for edge in page["edges"]:
                moment = edge["node"]["placedAt"]
                if moment > last or (moment, edge["node"]["number"]) in seen:
                    raise Differs(f"{server.name}: a row is out of order or twice")
                seen.add((moment, edge["node"]["number"]))
                last = moment
            place = page["pageInfo"]["endCursor"]
    if len(seen) != _FIRST * _PAGES:
        raise Differs(f"{server.name}: {len(seen)} rows in {_PAGES} pages")


def _row(name: str, found: Figures) -> dict[str, Any]:
    return {
        "case": name,
        "CPU µs a row read": round(found["row_us"], 1),
        "CPU ms a page of 100": round(found["page_ms"], 1),
        "rows read a page": round(found["rows_read"]),
    }
