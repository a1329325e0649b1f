"""`santong files`: what the drop folders of connectors hold, lack and could not read."""

import json
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer
from rich.table import Table

from capabilities.errors import BadInput
from gateway.cli.console import console

if TYPE_CHECKING:
    from capabilities.copied import Copied
    from capabilities.estate import ConnectorSpec
    from gateway.cli.connecting import Desk

app = typer.Typer(
    name="files", help="What drop folders hold, lack and could not read.", no_args_is_help=True
)
Name = Annotated[str, typer.Argument(help="Name of a connector with a drop folder.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
Row = dict[str, Any]


@app.command()
def status(name: Name, as_json: AsJson = False) -> None:
    """Show what waits in the folder and why, and what every feed has brought."""
    _show(name, _status, as_json=as_json)


@app.command()
def gaps(
    name: Name,
    days: Annotated[int, typer.Option(help="How many days back.", min=1, max=400)] = 30,
    as_json: AsJson = False,
) -> None:
    """Show the days of stores whose file has not come, up to yesterday; exit code 1 if any."""
    rows = _show(name, lambda *given: _gaps(*given, days=days), as_json=as_json)
    if rows:
        raise typer.Exit(1)


@app.command()
def quarantine(
    name: Name,
    first: Annotated[int, typer.Option(help="How many lines.", min=1, max=1000)] = 50,
    as_json: AsJson = False,
) -> None:
    """Show the newest lines that are no row, each with its reason and without its values."""
    _show(name, lambda *given: _quarantine(*given, first=first), as_json=as_json)


async def _status(desk: "Desk", spec: "ConnectorSpec", copied: "Copied") -> list[Row]:
    from connectors.dropping import open_folder, open_pushed  # noqa: PLC0415  # slow to import

    systems = desk.settings.systems
    folders = [open_folder(spec, systems), open_pushed(spec, systems)]
    waiting = [
        {"feed": one.feed, "what": one.named.name, "state": one.waits or "ready", "at": ""}
        for folder in folders
        if folder is not None
        for one in (*folder.claimed(), *folder.waiting(time.time()))
    ]
    brought = [
        {
            "feed": one.stream,
            "what": f"{one.batches} files, {one.lines} lines",
            "state": f"{one.quarantined} lines in quarantine",
            "at": one.accepted_at.isoformat(),
        }
        for one in await copied.states(spec.name)
    ]
    return [*waiting, *brought]


async def _gaps(desk: "Desk", spec: "ConnectorSpec", copied: "Copied", *, days: int) -> list[Row]:
    from connectors.dropping import dated_feeds  # noqa: PLC0415  # slow to import
    from connectors.protocols.files.gaps import gaps as missing  # noqa: PLC0415  # as above

    until = datetime.now(ZoneInfo(desk.base.time_zone)).date() - timedelta(days=1)
    since = until - timedelta(days=days - 1)
    stores = [one for one in spec.settings.get("stores", "").replace(",", " ").split() if one]
    return [
        {
            "feed": feed,
            "store": gap.store,
            "first": gap.first.isoformat(),
            "last": gap.last.isoformat(),
            "days": gap.days,
        }
        for feed in dated_feeds(spec, desk.settings.systems)
        for gap in missing(await copied.days(spec.name, feed, since), stores, since, until)
    ]


async def _quarantine(
    desk: "Desk", spec: "ConnectorSpec", copied: "Copied", *, first: int
) -> list[Row]:
    del desk
    return [
        {
            "feed": one.stream,
            "file": one.sequence,
            "line": one.line,
            "reason": one.reason,
            "at": one.at.astimezone(UTC).isoformat(),
        }
        for one in await copied.quarantined(spec.name, first)
    ]


def _show(name: str, read: Callable[..., Any], *, as_json: bool) -> Sequence[Row]:
    from connectors.dropping import has_folder  # noqa: PLC0415  # slow to import
    from gateway.cli.connecting import at_the_desk, spec_of  # noqa: PLC0415  # as above

    async def work(desk: "Desk") -> list[Row]:
        spec = await spec_of(desk, name)
        if not has_folder(spec, desk.settings.systems):
            raise BadInput(f"connector {name!r} has no drop folder", code="CONNECTOR_UNKNOWN")
        found: list[Row] = await read(desk, spec, desk.copied)
        return found

    rows = at_the_desk(work)
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=1))
        return rows
    table = Table(*(rows[0] if rows else ("nothing",)))
    for row in rows:
        table.add_row(*map(str, row.values()))
    console.print(table)
    return rows
