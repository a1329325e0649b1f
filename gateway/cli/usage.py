"""`santong usage`: which applications use which fields, operations and systems."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import date
from typing import Annotated, TypeVar

import msgspec
import typer
from rich.table import Table
from rich.text import Text

from capabilities.adoption.states import Side
from capabilities.estate import Capability
from capabilities.usage.records import (
    LONGEST_DAYS,
    USUAL_DAYS,
    Counting,
    FieldChoice,
    FieldUsage,
)
from gateway.cli.console import console
from gateway.cli.store import LONG_SECONDS, at_owned
from gateway.cli.usage_words import client_words, first_day, moment_words, number_words
from store.owned import Owned
from store.usage.reports import UsageReports

app = typer.Typer(name="usage", help="Who uses what of the graph.", no_args_is_help=True)
Days = Annotated[int, typer.Option(min=1, max=LONGEST_DAYS, help="How many days back.")]
Json = Annotated[bool, typer.Option("--json", help="As JSON, for other programs.")]
_T = TypeVar("_T")


@app.command()
def fields(
    days: Days = USUAL_DAYS,
    *,
    unused: Annotated[bool, typer.Option("--unused", help="Only those nobody selects.")] = False,
    deprecated: Annotated[
        bool, typer.Option("--deprecated", help="Only deprecated ones that are selected still.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Show every field of the contract with the runs of operations that select it."""
    which = FieldChoice.UNUSED if unused else FieldChoice.ALL
    found, counting = _told(_fields, days)
    from gateway.usage.fields import chosen_fields  # noqa: PLC0415  # slow to import: graphql

    chosen = chosen_fields(found, FieldChoice.DEPRECATED if deprecated else which)
    if as_json:
        _print_json(counting, days, chosen)
        return
    table = Table("field", "runs", "last", "applications", "deprecated")
    for one in chosen:
        words = ", ".join(map(client_words, one.clients))
        cells = (one.coordinate, number_words(one.count), moment_words(one.last_used_at), words)
        table.add_row(*map(Text, (*cells, one.deprecated or "")))
    lacking = "No deprecated field is selected." if deprecated else "There is no such field."
    _print(table, counting, days, lacking)


@app.command()
def clients(days: Days = USUAL_DAYS, *, as_json: Json = False) -> None:
    """Show the applications that ask."""
    found, counting = _told(lambda reports, since: reports.clients(since), days)
    if as_json:
        _print_json(counting, days, found)
        return
    table = Table("application", "operations", "runs", "last")
    for one in found:
        cells = (client_words(one.client), str(one.operations), number_words(one.count))
        table.add_row(*map(Text, (*cells, moment_words(one.last_used_at))))
    _print(table, counting, days, "Nobody asked.")


@app.command()
def operations(days: Days = USUAL_DAYS, *, as_json: Json = False) -> None:
    """Show the operations that applications ask."""
    found, counting = _told(lambda reports, since: reports.operations(since), days)
    if as_json:
        _print_json(counting, days, found)
        return
    table = Table("operation", "kind", "document", "application", "runs", "last")
    for one in found:
        cells = (one.name, one.kind, _short(one.key.sha256), client_words(one.client))
        table.add_row(*map(Text, (*cells, number_words(one.count), moment_words(one.last_used_at))))
    _print(table, counting, days, "Nobody asked.")


@app.command()
def legacy(
    channel: Annotated[
        str | None, typer.Argument(metavar="CHANNEL", help="Code of a channel; all where absent.")
    ] = None,
    capability: Annotated[
        Capability | None,
        typer.Option(case_sensitive=False, help="One capability; all where absent."),
    ] = None,
    days: Days = USUAL_DAYS,
    *,
    every_side: Annotated[
        bool, typer.Option("--every-side", help="Also what the platform answered.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Show who is still answered by a system, and not by the platform."""
    side = None if every_side else Side.LEGACY
    found, counting = _told(
        lambda reports, since: reports.reads(
            since, channel=channel, capability=capability, side=side
        ),
        days,
    )
    if as_json:
        _print_json(counting, days, found)
        return
    table = Table("channel", "capability", "connector", "side", "operation", "application", "runs")
    table.add_column("last")
    for one in found:
        path = (one.channel_code, one.capability.value, one.connector, one.side.value)
        asked = (one.operation or _short(one.key.sha256), client_words(one.client))
        cells = (*path, *asked, number_words(one.count), moment_words(one.last_used_at))
        table.add_row(*map(Text, cells))
    _print(table, counting, days, "Nobody was answered by a system.")
    console.print("What reaches a system without Santong is counted by nobody here.", style="dim")


async def _fields(reports: UsageReports, since: date) -> Sequence[FieldUsage]:
    from gateway.usage.fields import field_usage, fields_of  # noqa: PLC0415  # slow to import
    from schema.build import build_schema  # noqa: PLC0415  # as above

    contract = build_schema()._schema  # noqa: SLF001 - graphql-core's own schema
    ran = await reports.operations(since)
    return field_usage(fields_of(contract), ran, await reports.coordinates(since))


def _told(
    ask: Callable[[UsageReports, date], Awaitable[Sequence[_T]]], days: int
) -> tuple[Sequence[_T], Counting]:
    """What is found of the last days, and since when is counted."""

    async def work(owned: Owned) -> tuple[Sequence[_T], Counting]:
        reports = UsageReports(owned.store, owned.brand)
        return await ask(reports, first_day(owned, days)), await reports.counting()

    return at_owned(work, seconds=LONG_SECONDS)


def _print(table: Table, counting: Counting, days: int, lacking: str) -> None:
    """The rows, or a sentence where there are none, and since when is counted."""
    console.print(table if table.row_count else lacking)
    since = "nothing was counted yet"
    if counting.since is not None:
        first, last = moment_words(counting.since), moment_words(counting.until)
        since = f"counted since {first}, written last {last}"
    console.print(f"The last {days} days; {since}.", style="dim")


def _print_json(counting: Counting, days: int, rows: Sequence[object]) -> None:
    told = {"days": days, "counting": counting, "rows": rows}
    typer.echo(msgspec.json.format(msgspec.json.encode(told)).decode())


def _short(sha256: str) -> str:
    return sha256[:12]
