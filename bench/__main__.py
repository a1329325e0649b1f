"""`python -m bench NAME --json FILE`: one bench, its figures as JSON and as a Markdown table.

`report` writes the figures of bench/results into docs/benchmarks.md.
"""

import argparse
import asyncio
import json
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from bench.adoption.bench import run_adoption
from bench.cache import run_cache
from bench.federation import run_federation
from bench.fields import run_fields
from bench.flash.bench import run_flash
from bench.machine import machine, today
from bench.mapping import run_mapping
from bench.members.bench import run_members
from bench.merge import run_merge
from bench.options import Options
from bench.participants.bench import run_participants
from bench.payments.bench import run_payments
from bench.points import run_points
from bench.quote import run_quote
from bench.report import write_report
from bench.resilience import run_resilience
from bench.secrecy import run_secrecy

BENCHES: dict[str, Callable[[Options], Coroutine[Any, Any, dict[str, Any]]]] = {
    "federation": run_federation,
    "fields": run_fields,
    "merge": run_merge,
    "cache": run_cache,
    "mapping": run_mapping,
    "resilience": run_resilience,
    "quote": run_quote,
    "points": run_points,
    "members": run_members,
    "flash": run_flash,
    "participants": run_participants,
    "secrecy": run_secrecy,
    "payments": run_payments,
    "adoption": run_adoption,
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("name", choices=[*BENCHES, "report"], help="which")
    parser.add_argument("--json", type=Path, help="file for the figures")
    parser.add_argument("--seconds", type=float, default=4.0, help="length of one round")
    parser.add_argument("--rounds", type=int, default=5, help="interleaved rounds of each case")
    parser.add_argument("--latency-ms", type=float, default=0.0, help="of the mock upstream")
    parser.add_argument("--quick", action="store_true", help="less of it, in a few minutes")
    parser.add_argument("--members", type=int, default=50_000, help="memberships to take in")
    parser.add_argument("--participants", type=int, default=20_000, help="people at a flash sale")
    chosen = parser.parse_args()
    if chosen.name == "report":
        write_report()
        return 0
    options = Options(
        seconds=chosen.seconds,
        rounds=chosen.rounds,
        latency_ms=chosen.latency_ms,
        quick=chosen.quick,
        members=chosen.members,
        participants=chosen.participants,
    )
    before: dict[str, Any] = {"machine": machine(), "date": today()}
    told = {**before, **asyncio.run(BENCHES[chosen.name](options))}
    if chosen.json is not None:
        chosen.json.parent.mkdir(parents=True, exist_ok=True)
        chosen.json.write_text(json.dumps(told, indent=2, ensure_ascii=False) + "\n", "utf-8")
    print(told["table"])
    for goal in told["goals"]:
        print(f"{goal['name']}: {goal['value']} ({goal['goal']}) {_word(goal['met'])}")
    return 0


def _word(met: bool | None) -> str:
    return {True: "met", False: "short", None: "not measured"}[met]


if __name__ == "__main__":
    sys.exit(main())
