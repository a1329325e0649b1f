"""`python -m bench NAME --json FILE`: one bench, its figures as JSON and as a Markdown table."""

import argparse
import asyncio
import json
import sys
from pathlib import Path

from bench.federation import run_federation

BENCHES = {"federation": run_federation}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("name", choices=sorted(BENCHES), help="which bench")
    parser.add_argument("--json", type=Path, help="file for the figures")
    parser.add_argument("--seconds", type=float, default=5.0, help="length of one round")
    parser.add_argument("--rounds", type=int, default=5, help="interleaved rounds of each case")
    chosen = parser.parse_args()
    figures = asyncio.run(BENCHES[chosen.name](chosen.seconds, chosen.rounds))
    if chosen.json is not None:
        chosen.json.write_text(json.dumps(figures, indent=2, ensure_ascii=False) + "\n", "utf-8")
    print(figures["table"])
    return 0


if __name__ == "__main__":
    sys.exit(main())
