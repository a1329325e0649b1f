"""`python -m bench.standby --json FILE`: a primary dies in a sale, and its standby goes on."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from bench.machine import machine, today
from bench.standby.bench import run_standby


def main() -> int:
    """Run, report, and fail where anything was lost."""
    parser = argparse.ArgumentParser(prog="python -m bench.standby", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="of each case of the rate")
    parser.add_argument("--seconds", type=float, default=20.0, help="of each round")
    parser.add_argument("--json", type=Path, help="file for the figures")
    asked = parser.parse_args()
    before: dict[str, Any] = {"machine": machine(), "date": today()}
    told = {**before, **run_standby(asked.rounds, asked.seconds)}
    if asked.json is not None:
        asked.json.parent.mkdir(parents=True, exist_ok=True)
        asked.json.write_text(json.dumps(told, indent=2, ensure_ascii=False) + "\n", "utf-8")
    print(told["table"])
    for goal in told["goals"]:
        print(f"{goal['name']}: {goal['value']} ({goal['goal']})")
    return 0 if all(goal["met"] for goal in told["goals"]) else 1


if __name__ == "__main__":
    sys.exit(main())
