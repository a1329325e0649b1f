"""`santong touches`: contacts with people, as channels tell of them."""

from pathlib import Path
from typing import Annotated

import typer
from rich.progress import track

from capabilities.taken_rows import TOUCH_COLUMNS, touchpoint_of_cells
from gateway.cli.console import aside
from gateway.cli.row_files import BadLine, read_rows
from gateway.cli.store import at_owned
from gateway.cli.suggestions import show_bad
from store.owned import Owned
from store.profile.touchpoints import Touchpoints

app = typer.Typer(
    name="touches", help="Contacts with people in all channels.", no_args_is_help=True
)
_AT_ONCE = 1_000
_SECONDS = 60.0


@app.callback()
def _group() -> None:
    pass


@app.command(name="import")
def import_(
    file: Annotated[
        Path, typer.Argument(help="A CSV or JSONL file: source, reference, channel, number, …")
    ],
) -> None:
    """Take touchpoints in from a file; exit code 1 where lines were set aside."""

    async def work(owned: Owned) -> tuple[int, int, list[BadLine]]:
        rows, bad = read_rows(file, TOUCH_COLUMNS, touchpoint_of_cells)
        points, changed = Touchpoints(owned.store, owned.brand), 0
        starts = range(0, len(rows), _AT_ONCE)
        for at in track(starts, "taking in", console=aside, transient=True):
            changed += await points.record(rows[at : at + _AT_ONCE], owned.now())
        return len(rows), changed, bad

    told, changed, bad = at_owned(work, seconds=_SECONDS)
    typer.echo(f"{changed} new or changed of {told}, {len(bad)} set aside")
    show_bad(file, bad)
