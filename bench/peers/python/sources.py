"""What both Python peers ask: batch functions over httpx, or over the same bytes without a wire."""

import json
import os
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import httpx

from bench.peers.python.systems import Row, System

GetJson = Callable[[str], Awaitable[Any]]
OrderKey = tuple[str, int]


def wired() -> GetJson:
    """httpx as its guide has it: one client for all, keep-alive by default."""
    client = httpx.AsyncClient(base_url=os.environ["BENCH_UPSTREAM"])

    async def get(path: str) -> Any:
        answer = await client.get(path)
        answer.raise_for_status()
        return answer.json()

    return get


def wireless() -> GetJson:
    """The same answers made in this process: what is left is the execution's."""
    from bench.upstream.answers import Asked, answer  # noqa: PLC0415 - only this way needs it

    asked = Asked()

    async def get(path: str) -> Any:
        return json.loads(answer(path.encode(), asked) or b"null")

    return get


def get_json() -> GetJson:
    """By the environment: BENCH_WIRE=none leaves the wire out."""
    return wireless() if os.environ.get("BENCH_WIRE") == "none" else wired()


async def memberships(get: GetJson, system: System, phones: Sequence[str]) -> list[Row | None]:
    """One membership per phone."""
    asked = ",".join(map(system.phone, phones))
    rows = await get(f"/{system.path}/customers?phone={asked}&limit=100&offset=0")
    found = {system.phone_of(row): system.membership(row) for row in rows}
    return [found.get(phone) for phone in phones]


async def orders(get: GetJson, system: System, keys: Sequence[OrderKey]) -> list[list[Row]]:
    """The newest orders of each customer."""
    asked, limit = ",".join(key[0] for key in keys), max(key[1] for key in keys)
    rows = await get(f"/{system.path}/orders?customer={asked}&limit={limit}&offset=0")
    found: dict[str, list[Row]] = {key[0]: [] for key in keys}
    for row in rows:
        found[system.customer_of(row)].append(system.order(row))
    return [found[key[0]] for key in keys]


def merged(lists: Sequence[Sequence[Row]], first: int) -> tuple[list[Row], bool]:
    """The newest of all lists, and whether there are more."""
    every = sorted(
        (row for rows in lists for row in rows),
        key=lambda row: (row["placedAt"], row["number"]),
        reverse=True,
    )
    return every[:first], len(every) > first
