"""What comparing costs callers: the same load on two gateways, one of which compares a tenth.

Both have the same systems behind them, and the one that compares a filled copy of them. Rounds
alternate, and begin with the other one each time; a figure is the ratio of one round, so what the
machine does meanwhile falls on both.
"""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from rich.console import Console

from bench.adoption.asked import asked
from bench.adoption.moved import Step, guinea_pigs, steps
from bench.adoption.rounds import Compared, compared
from bench.adoption.stage import compared as pairs_compared
from bench.adoption.stage import stage
from bench.goals import Goal, figures
from bench.load import drive, load_of
from bench.options import Options
from bench.processes import Server
from bench.rounds import Asked, Figures, medians, row, served
from bench.upstream.running import upstream

_console = Console(stderr=True, highlight=False)
_HALF = 0.5
_MEMBERS = 100_000
OFF, ON = "nothing compared", "a tenth compared"
P50_MOST, CPU_MOST = 1.05, 1.15


async def run_adoption(options: Options) -> dict[str, Any]:
    """Interleaved rounds at half load; and whom percentages move."""
    moves = steps(_MEMBERS)
    with TemporaryDirectory(prefix="sb-") as place:
        home = Path(place)
        with (
            upstream(home, latency_ms=options.latency_ms) as mock,
            stage(home, mock.address, "off", compares=False) as (off, _),
            stage(home, mock.address, "on", compares=True) as (on, store),
        ):
            rate = _HALF * await _capacity(off, options)
            told = [await asked(server, rate) for server in (off, on)]
            before = pairs_compared(store)
            rounds = await _rounds((off, on), told, options)
            pairs = pairs_compared(store) - before
    shown = _told(rounds, rate, pairs, moves)
    return {**shown, "pairs_compared": pairs, "rate": round(rate), "moves": _moves(moves)}


async def _capacity(server: Server, options: Options) -> float:
    """Requests a second where clients ask as fast as they are answered."""
    told = await asked(server, 0.0)
    load = load_of(
        server,
        told.body,
        told.length,
        options.seconds,
        clients=told.clients,
        many=told.many,
        first=told.first,
    )
    with _console.status("looking for the capacity"):
        outcome = await drive(load)
    return outcome.requests / outcome.seconds


async def _rounds(
    servers: tuple[Server, Server], told: list[Asked], options: Options
) -> list[list[Figures]]:
    found: list[list[Figures]] = [[], []]
    for turn in range(options.rounds + 1):
        for which in (0, 1) if turn % 2 else (1, 0):
            label = "warming up" if turn == 0 else f"round {turn} of {options.rounds}"
            with _console.status(f"{label}: {(OFF, ON)[which]}"):
                seconds = options.warm if turn == 0 else options.seconds
                one = await served(servers[which], told[which])(seconds, turn)
            if turn:
                found[which].append(one)
    return found


def _told(
    rounds: list[list[Figures]], rate: float, pairs: int, moves: list[Step]
) -> dict[str, Any]:
    p50, cpu = compared(*rounds, "p50_ms"), compared(*rounds, "cpu_ms")
    rows = []
    for name, some, more in (
        (OFF, rounds[0], {}),
        (ON, rounds[1], {"pairs compared": pairs, "p50": _ratio(p50), "CPU": _ratio(cpu)}),
    ):
        told = {**medians(some), "requests_per_second": rate}
        rows.append(row(name, told, **more))
    return figures("adoption", rows, goals(p50, cpu, pairs, moves))


def goals(p50: Compared, cpu: Compared, pairs: int, moves: list[Step]) -> list[Goal]:
    """Cheap beside callers, and nobody moved who need not be."""
    against = sum(one.against for one in moves)
    return [
        Goal(f"median p50, {_between(p50)}", P50_MOST, p50.median, at_least=False),
        Goal(f"CPU per client call, {_between(cpu)}", CPU_MOST, cpu.median, at_least=False),
        Goal("pairs compared meanwhile", 100, pairs),
        Goal("members moved against a step", 0, against, at_least=False),
        Goal("members moved, of what the step is", 1.05, _worst(moves), at_least=False),
        Goal("of those moved first for members also for orders", 0.02, _both(), at_least=False),
    ]


def _worst(moves: list[Step]) -> float:
    """The step that moved most beyond what its difference is: chance alone."""
    return max(one.moved / one.fewest for one in moves if one.before and one.after)


def _both() -> float:
    return guinea_pigs(_MEMBERS, 100)


def _moves(moves: list[Step]) -> list[dict[str, Any]]:
    return [
        {"from": one.before, "to": one.after, "moved": one.moved, "fewest": round(one.fewest)}
        for one in moves
    ]


def _between(of: Compared) -> str:
    low, high = of.interval
    return f"of {low:.3f} to {high:.3f}"


def _ratio(of: Compared) -> str:
    low, high = of.interval
    return f"× {of.median:.3f} ({low:.3f}–{high:.3f})"
