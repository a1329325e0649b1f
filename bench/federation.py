"""Requests per second and CPU per request of the gateway, over the retailer in a box.

Cases run in interleaved rounds in one run; a figure is the median of its rounds. The legacy systems
are simulators on the same cores and part of the time, but only the gateway's CPU is counted.
"""

import json
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import aiohttp

from bench.load import Load, drive
from bench.processes import Server, box, echo

PERSON = Path("gateway/explorer/queries/10-person.graphql")
_WARM_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Case:
    """One thing measured."""

    name: str
    server: Server
    body: str
    clients: int


async def run_federation(seconds: float, rounds: int) -> dict[str, Any]:
    """The person query, the smallest query, and the floor under each."""
    person = _body(PERSON)
    async with AsyncExitStack() as running:
        gateway = await running.enter_async_context(box())
        least = json.dumps({"query": "{ __typename }"})
        cases = []
        for name, body, clients in (("{ __typename }", least, 32), ("person query", person, 8)):
            answer = await _answer(gateway, body)
            floor = await running.enter_async_context(echo(answer))
            cases.append(Case(name, gateway, body, clients))
            cases.append(Case(f"echo of its {len(answer)} bytes", floor, body, clients))
        measured: dict[str, list[dict[str, float]]] = {case.name: [] for case in cases}
        for case in cases:
            await _round(case, _WARM_SECONDS)
        for _ in range(rounds):
            for case in cases:
                measured[case.name].append(await _round(case, seconds))
    figures = {name: _medians(results) for name, results in measured.items()}
    return {"bench": "federation", "figures": figures, "goals": [], "table": _table(figures)}


def _body(file: Path) -> str:
    return json.dumps({"query": file.read_text("utf-8")})


async def _round(case: Case, seconds: float) -> dict[str, float]:
    before = case.server.cpu_seconds()
    load = Load(
        f"{case.server.address}/graphql", case.server.token, case.body, case.clients, seconds
    )
    outcome = await drive(load)
    if outcome.failed:
        raise RuntimeError(f"{case.name}: {outcome.failed} of {outcome.requests} requests failed")
    spent = case.server.cpu_seconds() - before
    return {
        "requests_per_second": outcome.requests / outcome.seconds,
        "cpu_ms_per_request": spent * 1000 / outcome.requests,
        "p50_ms": outcome.p50_ms,
        "p99_ms": outcome.p99_ms,
    }


async def _answer(server: Server, body: str) -> bytes:
    headers = {"content-type": "application/json", "authorization": f"Bearer {server.token}"}
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{server.address}/graphql", data=body, headers=headers) as answer,
    ):
        content = await answer.read()
    if b'"errors"' in content:
        raise RuntimeError(content.decode()[:500])
    return content


def _medians(results: list[dict[str, float]]) -> dict[str, float]:
    return {key: round(median(one[key] for one in results), 3) for key in results[0]}


def _table(figures: dict[str, dict[str, float]]) -> str:
    lines = [
        "| case | requests/s | CPU ms/request | p50 ms | p99 ms |",
        "|---|---:|---:|---:|---:|",
    ]
    for name, one in figures.items():
        lines.append(
            f"| {name} | {one['requests_per_second']:,.0f} | {one['cpu_ms_per_request']:.2f}"
            f" | {one['p50_ms']:.1f} | {one['p99_ms']:.1f} |"
        )
    return "\n".join(lines)
