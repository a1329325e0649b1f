"""`make demo-adoption`: a shop's members move to the platform, in some minutes.

Everything goes through what everybody may use: the graph for whoever decides and for new clients,
the shop's own wire for the old application, commands for what operations does by hand.
"""

import argparse
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.table import Table

from bench.demo_adoption.chart import chart_of
from bench.demo_adoption.story import Told
from bench.demo_adoption.telling import tell
from bench.demo_adoption.timeline import Timeline, table_of, way
from bench.demo_adoption.world import world

_TITLE = "The members of 官网商城, from its system to the platform"
_PAUSE_SECONDS = 0.15
_CHART = Path("bench/results/adoption.svg")
_SAY = Console(highlight=False, width=120)


def main() -> int:
    """Tell the story; 1 where a read was wrong or a write was lost."""
    asked = argparse.ArgumentParser(prog="python -m bench.demo_adoption")
    asked.add_argument("--scale", type=int, default=1, help="times 140 customers")
    asked.add_argument("--chart", type=Path, default=_CHART, help="the picture")
    given = asked.parse_args()
    _SAY.print("starting a shop, PostgreSQL, Valkey, a gateway and the back door")
    with (
        TemporaryDirectory(prefix="santong-") as home,
        world(Path(home), given.scale) as running,
    ):
        told, timeline = tell(running, _PAUSE_SECONDS, _SAY.print)
    _show(told, timeline, given.chart)
    return 1 if told.truth.wrong or told.lost else 0


def _show(told: Told, timeline: Timeline, chart: Path) -> None:
    _SAY.print(table_of(timeline.entries))
    _SAY.print(way(timeline.entries))
    for target, gates in told.refused.items():
        table = Table("gate", "required", "observed", title=f"{target.value} as in production")
        for one in gates:
            table.add_row(one["name"], one["required"], one["observed"])
        _SAY.print(table)
    table = Table("who", "what", "times", title="what people got")
    for kind, counts in (("read", told.truth.reads), ("written", told.truth.writes)):
        for door, many in counts.most_common():
            table.add_row(door, kind, f"{many:,}")
    _SAY.print(table)
    _SAY.print(f"wrong reads: {len(told.truth.wrong)}; lost writes: {len(told.lost)}")
    for one in (*told.truth.wrong[:5], *told.lost[:5]):
        _SAY.print(f"  {one}", style="red")
    chart.parent.mkdir(parents=True, exist_ok=True)
    chart.write_text(chart_of(_TITLE, timeline.entries, timeline.ticks), "utf-8")
    _SAY.print(f"the picture: {chart}")


if __name__ == "__main__":
    sys.exit(main())
