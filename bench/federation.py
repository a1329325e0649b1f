"""One person over three systems: Santong beside its peers and the floors, in one run.

Every server answers the same query over the same mock upstream: a member by phone, her three
memberships, her ten newest of fifteen orders over three systems, thirty lines. Data are compared
before anything is timed.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx

from bench import floor
from bench.expected import body_of, check
from bench.goals import Goal, figures, ratio
from bench.load import drive, load_of
from bench.options import Options
from bench.peers.servers import HIVE, NODE, NOT_MEASURED, PYTHON, peer
from bench.processes import Server, python_server
from bench.rounds import Asked, Case, Figures, interleaved, row, served
from bench.santong import gateway, member_estate
from bench.stores import stores
from bench.upstream import members
from bench.upstream.running import Upstream, upstream

SHARED = "Santong, batches across requests"
SINGLE = "Santong, batches within a request"
TWO = "Santong, 2 processes"
CEILING = next(iter(NODE))
ECHO, FLOOR, BATCHED = "ASGI echo", "client floor", "client floor, batched"
STRAWBERRY, WIRELESS = "Strawberry + httpx", "Strawberry, no wire"
QUICK = (CEILING, "Yoga + undici", STRAWBERRY)
_OPEN_SHARE = 0.5
_LOOK_SECONDS = 1.5


@dataclass(frozen=True, slots=True)
class Field:
    """Everything that runs: the mock upstream, the servers, what each is asked."""

    mock: Upstream
    servers: Sequence[Server]
    asked: Mapping[str, Asked]

    def server(self, name: str) -> Server:
        """A server by its name."""
        return next(one for one in self.servers if one.name == name)


async def run_federation(options: Options) -> dict[str, Any]:
    """All cases in interleaved rounds, then an open loop at one fixed rate."""
    with TemporaryDirectory(prefix="sb-") as place, ExitStack() as running:
        field = await _field(Path(place), running, options)
        calls, batch = await _calls(field)
        cases = [Case(one.name, served(one, field.asked[one.name])) for one in field.servers]
        cases += [_floor(FLOOR, field.mock, 1), _floor(BATCHED, field.mock, max(1, round(batch)))]
        found = await interleaved(cases, options.seconds, options.rounds, options.warm)
        rate = _OPEN_SHARE * min(found[name]["requests_per_second"] for name in (SINGLE, CEILING))
        late = await _open_loop(field, found, rate, options)
        peaks = {server.name: round(server.peak_mb()) for server in field.servers}
        capacity = await _capacity(field.mock)
    own = found[SHARED]["cpu_ms"]
    columns = {
        name: {
            "CPU, × Santong": ratio(one["cpu_ms"], own),
            f"p99 ms at {rate:.0f}/s": late.get(name),
            "calls/request": calls.get(name),
            "peak MB": peaks.get(name),
        }
        for name, one in found.items()
    }
    rows = [row(name, one, **columns[name]) for name, one in found.items()]
    rows += [
        {"case": name, "CPU ms/request": f"not measured: {NOT_MEASURED[name]}"}
        for name in NOT_MEASURED
    ]
    told = figures("federation", rows, goals(found))
    more = {"upstream_answers_per_second": round(capacity), "mean_batch": round(batch, 1)}
    return {**told, **more, "strawberry_shares": shares(found)}


def goals(found: Mapping[str, Figures]) -> list[Goal]:
    """The goals of this bench; a case that was left out has no value."""

    def cpu(name: str) -> float | None:
        return found[name]["cpu_ms"] if name in found else None

    own, alone = cpu(SHARED), cpu(SINGLE)
    return [
        Goal("cheaper than the Node ceiling, batches across requests", 3, ratio(cpu(CEILING), own)),
        Goal("cheaper than the Node ceiling, without them", 2, ratio(cpu(CEILING), alone)),
        Goal("cheaper than Yoga + fetch", 15, ratio(cpu("Yoga + fetch"), own)),
        Goal("cheaper than Apollo Server + fetch", 15, ratio(cpu("Apollo Server + fetch"), own)),
        Goal("cheaper than Hive Gateway + Mesh", 25, ratio(cpu(HIVE), own)),
        Goal("cheaper than Strawberry + httpx", 100, ratio(cpu(STRAWBERRY), own)),
        Goal("of the client floor, batches across requests", 0.65, ratio(cpu(FLOOR), own)),
        Goal("of the client floor, without them", 0.45, ratio(cpu(FLOOR), alone)),
    ]


def shares(found: Mapping[str, Figures]) -> dict[str, float]:
    """Whose CPU a request to plain Strawberry takes: httpx's, and that of everything else."""
    if STRAWBERRY not in found or WIRELESS not in found:
        return {}
    whole, without = found[STRAWBERRY]["cpu_ms"], found[WIRELESS]["cpu_ms"]
    return {"wire": round(1 - without / whole, 2), "execution": round(without / whole, 2)}


async def _field(home: Path, running: ExitStack, options: Options) -> Field:
    mock = running.enter_context(upstream(home, latency_ms=options.latency_ms))
    servers = [running.enter_context(one) for one in _santongs(home, running, mock)]
    peers = [*QUICK, WIRELESS] if options.quick else [*NODE, HIVE, *PYTHON]
    servers += [running.enter_context(peer(home, name, mock.address)) for name in peers]
    lengths = {server.name: await check(server) for server in servers}
    asked = {name: _asked(length) for name, length in lengths.items()}
    servers.append(running.enter_context(_echo(home, lengths[SHARED])))
    asked[ECHO] = Asked("{}", lengths[SHARED])
    return Field(mock, servers, asked)


def _santongs(home: Path, running: ExitStack, mock: Upstream) -> Iterator[Any]:
    own = running.enter_context(stores(home))
    shared = member_estate(mock.address, share_batches=True)
    yield gateway(home, SHARED, shared, own)
    yield gateway(home, SINGLE, member_estate(mock.address, share_batches=False), own)
    yield gateway(home, TWO, shared, own, processes=2)


def _asked(length: int) -> Asked:
    first = int(members.phone(0))
    return Asked(body_of("{number}"), length, many=members.MEMBERS, first=first)


@contextmanager
def _echo(home: Path, size: int) -> Iterator[Server]:
    with python_server(home, ECHO, "bench.echo", {"BENCH_SIZE": str(size)}) as server:
        yield server


def _floor(name: str, mock: Upstream, batch: int) -> Case:
    async def measure(seconds: float, seed: int) -> Figures:
        told = await floor.measure(mock.address, seconds, batch, seed)
        return {
            "requests_per_second": told["requests"] / told["seconds"],
            "cpu_ms": told["cpu"] * 1000 / told["requests"],
            "p50_ms": told["p50_ms"],
            "p99_ms": told["p99_ms"],
        }

    return Case(name, measure)


async def _calls(field: Field) -> tuple[dict[str, float], float]:
    """Calls to the systems per request of each server, and the keys of one call of Santong's."""
    calls, batch = {}, 1.0
    for server in field.servers[:-1]:
        asked = field.asked[server.name]
        before = field.mock.asked()
        outcome = await drive(
            load_of(
                server,
                asked.body,
                asked.length,
                _LOOK_SECONDS,
                many=asked.many,
                first=asked.first,
            )
        )
        after = field.mock.asked()
        made = after["calls"] - before["calls"]
        calls[server.name] = round(made / max(1, outcome.requests), 2)
        if server.name == SHARED:
            batch = (after["keys"] - before["keys"]) / max(1, made)
    return calls, batch


async def _open_loop(
    field: Field, found: Mapping[str, Figures], rate: float, options: Options
) -> dict[str, Any]:
    """The p99 at a fixed rate, of the servers that can keep it."""
    late: dict[str, Any] = {}
    for server in field.servers:
        if found[server.name]["requests_per_second"] < rate * 1.2:
            late[server.name] = "cannot keep it"
            continue
        asked = replace(field.asked[server.name], rate=rate)
        one = await served(server, asked)(options.seconds, options.rounds + 1)
        late[server.name] = round(one["p99_ms"], 1)
    return late


async def _capacity(mock: Upstream) -> float:
    """What the mock upstream could answer on a whole core: half look-ups, half lists of orders."""
    cost = 0.0
    for path in (f"/shop/customers?phone={members.phone(42)}", "/shop/orders?customer=2000042"):
        length = len(await _fetched(f"{mock.address}{path}"))
        load = load_of(mock.server, "", length, _LOOK_SECONDS)
        before = mock.server.cpu_seconds()
        outcome = await drive(replace(load, path=path, method="GET"))
        cost += (mock.server.cpu_seconds() - before) / outcome.requests / 2
    return 1 / cost


async def _fetched(address: str) -> bytes:
    async with httpx.AsyncClient(trust_env=False) as client:
        return (await client.get(address)).content
