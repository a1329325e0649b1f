"""`python -m bench.chaos --json FILE`: a sale under blows, with 1, 4 and 16 gateways.

Afterwards the naive sales are struck in the same way: each must be found out, or the test is blind.
"""

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

from bench.chaos.failing import SERVING, WORKING
from bench.chaos.naive import VARIANTS
from bench.chaos.run import Ran, Running, run
from bench.goals import Goal, figures
from bench.machine import machine, today

_RIGHT = ("lost", "doubled", "oversold", "leaked")


def main() -> int:
    """Run, report, and fail where anything was found."""
    parser = argparse.ArgumentParser(prog="python -m bench.chaos", description=__doc__)
    parser.add_argument("--gateways", type=int, nargs="+", default=[1, 4, 16])
    parser.add_argument("--deaths", type=int, default=120, help="in all runs together")
    parser.add_argument("--seconds", type=float, default=600.0, help="of blows at most, each run")
    parser.add_argument("--stock", type=int, default=12_000, help="of each run")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--no-naive", action="store_true", help="leave the naive sales out")
    parser.add_argument("--light", action="store_true", help="sell without the graph")
    parser.add_argument("--json", type=Path, help="file for the figures")
    asked = parser.parse_args()
    before: dict[str, Any] = {"machine": machine(), "date": today()}
    each = -(-asked.deaths // len(asked.gateways))
    right = [
        run(
            Running(many, each, asked.seconds, asked.stock, seed=asked.seed, light=asked.light),
            _say(f"{many} gateways"),
        )
        for many in asked.gateways
    ]
    naive = [] if asked.no_naive else [_naive(name, asked.seed) for name in VARIANTS]
    told = {**before, **_told(right, naive)}
    if asked.json is not None:
        asked.json.parent.mkdir(parents=True, exist_ok=True)
        asked.json.write_text(json.dumps(told, indent=2, ensure_ascii=False) + "\n", "utf-8")
    print(told["table"])
    for goal in told["goals"]:
        print(f"{goal['name']}: {goal['value']} ({goal['goal']})")
    return 0 if all(goal["met"] for goal in told["goals"]) else 1


def _naive(name: str, seed: int) -> Ran:
    return run(Running(2, 4, 20.0, 600, seed=seed, variant=name, light=True), _say(name))


def _told(right: list[Ran], naive: list[Ran]) -> dict[str, Any]:
    deaths = float(sum(one.deaths for one in right))
    goals = [Goal("processes and servers that died", 1.0, deaths)]
    for name in _RIGHT:
        found = float(sum(getattr(one.verdict, name) for one in right))
        goals.append(Goal(name, 0.0, found, at_least=False))
    faults = float(sum(len(one.verdict.faults) for one in right))
    goals.append(Goal("faults of any kind", 0.0, faults, at_least=False))
    blind = float(sum(not one.verdict.faults for one in naive))
    goals.append(Goal("naive sales that were not found out", 0.0, blind, at_least=False))
    steps = {name: sum(one.steps.get(name, 0) for one in right) for name in {**SERVING, **WORKING}}
    struck = [one.struck for one in right]
    blows = {kind: sum(each.get(kind, 0) for each in struck) for each in struck for kind in each}
    told = figures("chaos", [one.row() for one in (*right, *naive)], goals)
    return {**told, "blows": blows, "steps": steps}


def _say(name: str) -> Any:
    began = time.monotonic()

    def say(text: str) -> None:
        print(f"{name}, {time.monotonic() - began:5.0f} s: {text}", flush=True)

    return say


if __name__ == "__main__":
    sys.exit(main())
