"""A crowd at one flash sale: how many may wait, and that exactly what there is is sold.

Sockets stay open through all of it; the others poll with a ticket and hold no connection. Clients
have processes of their own, on the same machine.
"""

import asyncio
import json
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, cast

from bench.flash.load import Bought, Buying, buy
from bench.flash.stage import TICKET_KEY, stage
from bench.goals import Goal, figures
from bench.options import Options
from bench.processes import ROOT, Server
from bench.santong import BRAND
from capabilities.flash.settled import SaleFigures

# A socket that says nothing for five seconds is closed, as every other.
_MOST_SOCKETS, _HOLDERS, _EVERY_SECONDS = 8_000, 4, 2.5
_POLLS_A_SECOND, _POLL_SECONDS, _POLL_WARM = 5_500.0, 20.0, 3.0
_CLIENTS, _POLL_CLIENTS, _SHARE, _FOREVER = 256, 64, 100, 1e9
_LINE_BYTES = 2**20
_CODED = ("Reserved", "SoldOut", "LimitReached", "NotOpen", "Throttled", "DuplicateRequest")


@dataclass(slots=True)
class Crowd:
    """What the parts of a crowd met."""

    people: int
    units: int
    opened: int = 0
    kb_each: float = 0.0
    stood: dict[str, Any] = field(default_factory=dict)
    polls: Bought = field(default_factory=Bought)
    orders: Bought = field(default_factory=Bought)


async def run_participants(options: Options) -> dict[str, Any]:
    """Sockets, polls, then everybody's order; one in a hundred gets a piece."""
    crowd = Crowd(options.participants, max(1, options.participants // _SHARE))
    sockets = min(_MOST_SOCKETS, max(_HOLDERS, crowd.people // 10))
    with tempfile.TemporaryDirectory() as home, stage(Path(home)) as on:
        with on.serving("participants") as server:
            await on.sell({"crowd": crowd.units})
            async with _sockets(server, sockets, crowd):
                crowd.polls = await buy(_polls(server, sockets), "bench.participants.polls")
                print(f"polls: {crowd.polls.outcomes}", flush=True)
                crowd.orders = await buy(_orders(server, crowd), "bench.participants.orders")
                print(f"orders: {crowd.orders.outcomes}", flush=True)
        found = await on.figures("crowd")
    return figures("participants", _rows(crowd), _goals(crowd, found))


def _polls(server: Server, sockets: int) -> Buying:
    rate = _POLLS_A_SECOND - sockets / _EVERY_SECONDS
    more = {"clients": _POLL_CLIENTS, "rate": rate, "warm": _POLL_WARM}
    return Buying(server.address, BRAND, ("crowd",), TICKET_KEY, _POLL_SECONDS, **more)  # type: ignore[arg-type]


def _orders(server: Server, crowd: Crowd) -> Buying:
    more = {"clients": _CLIENTS, "people": crowd.people}
    return Buying(server.address, BRAND, ("crowd",), TICKET_KEY, _FOREVER, **more)


@asynccontextmanager
async def _sockets(server: Server, sockets: int, crowd: Crowd) -> AsyncIterator[None]:
    """Sockets of several processes, open until the block ends."""
    before = server.memory_kb()
    holders = [await _holder(server, place, sockets // _HOLDERS) for place in range(_HOLDERS)]
    for one in holders:
        line = await cast("asyncio.StreamReader", one.stdout).readline()
        crowd.opened += json.loads(line)["opened"]
    crowd.kb_each = (server.memory_kb() - before) / max(1, crowd.opened)
    print(f"{crowd.opened:,} sockets are open", flush=True)
    yield
    told = [json.loads((await one.communicate(b""))[0]) for one in holders]
    crowd.stood = {name: sum(one[name] for one in told) for name in ("polls", "odd", "lost")}
    crowd.stood["rate"] = sum(one["polls"] / one["seconds"] for one in told)
    crowd.stood["taken"] = sorted(each for one in told for each in one["taken"])


async def _holder(server: Server, place: int, sockets: int) -> asyncio.subprocess.Process:
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.participants.sockets"),
        stdin=pipe,
        stdout=pipe,
        cwd=ROOT,
        limit=_LINE_BYTES,
    )
    buying = Buying(server.address, BRAND, ("crowd",), TICKET_KEY, 0.0, first=place * sockets)
    asked = {"buying": asdict(buying), "sockets": sockets, "every": _EVERY_SECONDS}
    into = cast("asyncio.StreamWriter", process.stdin)
    into.write(json.dumps(asked).encode() + b"\n")
    await into.drain()
    return process


def _rows(crowd: Crowd) -> list[dict[str, Any]]:
    turns, answers = crowd.polls.outcomes.get("turn", 0), sum(crowd.orders.outcomes.values())
    return [
        {
            "part": "sockets that wait, each polls every 2.5 s",
            "many": crowd.opened,
            "a second": crowd.stood["rate"],
            "p99 ms": _late(crowd),
            "KB each": crowd.kb_each,
        },
        {
            "part": "polls with a ticket",
            "many": turns,
            "a second": turns / crowd.polls.seconds,
            "p99 ms": crowd.polls.p99_ms.get("turn"),
            "KB each": 0.0,
        },
        {"part": "orders", "many": answers, "a second": answers / crowd.orders.seconds},
        *(
            {"part": name, "many": many, "p99 ms": crowd.orders.p99_ms.get(name)}
            for name, many in sorted(crowd.orders.outcomes.items())
        ),
    ]


def _late(crowd: Crowd) -> float:
    taken = crowd.stood["taken"] or [0.0]
    return float(taken[len(taken) * 99 // 100])


def _goals(crowd: Crowd, found: SaleFigures) -> list[Goal]:
    outcomes = crowd.orders.outcomes
    uncoded = sum(outcomes.values()) - sum(outcomes.get(name, 0) for name in _CODED)
    faults = [*found.faults, *filter(None, (crowd.polls.fault, crowd.orders.fault))]
    print("\n".join(faults) or "the auditor agrees", flush=True)
    turns = crowd.polls.outcomes.get("turn", 0) / crowd.polls.seconds + crowd.stood["rate"]
    off = abs(crowd.units - found.standing) + found.remaining
    failed = crowd.stood["odd"] + crowd.stood["lost"]
    late = max(_late(crowd), crowd.polls.p99_ms.get("turn", 0.0))
    none = [
        ("units that are left, or beyond the stock", off),
        ("answers without a code", uncoded),
        ("polls of sockets that failed, sockets that were lost", failed),
        ("faults of auditor and load", len(faults)),
    ]
    return [
        Goal("participants, each another member", 1_000_000.0, float(crowd.people)),
        Goal("sockets that stayed open", 8_000.0, float(crowd.opened - crowd.stood["lost"])),
        Goal("polls a second", 5_000.0, turns),
        Goal("p99 of a poll, ms", 50.0, late, at_least=False),
        *(Goal(name, 0.0, float(many), at_least=False) for name, many in none),
    ]
