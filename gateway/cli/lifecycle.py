"""`santong lifecycle`: rules of the stages, what they would change, and what came of touches."""

import csv
import getpass
import json
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Annotated

import msgspec
import typer
import yaml
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from capabilities.lifecycle.outcomes import LifecycleReport, WakeUp
from capabilities.lifecycle.rules import Rules
from gateway.cli.console import aside, console
from gateway.cli.lifecycle_html import report_page
from gateway.cli.lifecycle_tables import report_data, report_tables
from gateway.cli.store import LONG_SECONDS, at_owned
from gateway.cli.written import read_written
from store.lifecycle.dry_run import DryRun, DryRuns
from store.lifecycle.reports import LifecycleReports
from store.lifecycle.rules import LifecycleRules
from store.lifecycle.standings import Lifecycle
from store.owned import Owned

app = typer.Typer(
    name="lifecycle", help="Stages of members, and touches due to them.", no_args_is_help=True
)
rules = typer.Typer(name="rules", help="Thresholds and touches, as data.", no_args_is_help=True)
app.add_typer(rules)

File = Annotated[Path, typer.Argument(metavar="FILE", help="Rules in YAML.")]
_INVALID = "LIFECYCLE_RULES"
_WAKE_UPS = 1_000


@rules.command()
def check(file: File) -> None:
    """Say whether rules hold together; nothing is put in force."""
    _drafted(file)
    typer.echo("the rules hold together")


@rules.command()
def put(file: File, reason: Annotated[str, typer.Option(help="Why, for the history.")]) -> None:
    """Put rules in force; the back door judges everybody anew within the hour."""
    drafted, author = _drafted(file), getpass.getuser()

    async def work(owned: Owned) -> int:
        versions = LifecycleRules(owned.store, owned.brand)
        return await versions.put(drafted, author=author, reason=reason, at=owned.now())

    typer.echo(f"version {at_owned(work, seconds=LONG_SECONDS)} is in force")


@rules.command()
def show() -> None:
    """Print the rules in force as YAML; the defaults where nobody put any."""
    known = at_owned(
        lambda owned: LifecycleRules(owned.store, owned.brand).current(), seconds=LONG_SECONDS
    )
    typer.echo(f"# version {known.version}")
    plain = msgspec.to_builtins(known.rules)
    typer.echo(yaml.safe_dump(plain, allow_unicode=True, sort_keys=False), nl=False)


@rules.command(name="dry-run")
def dry_run(file: File) -> None:
    """Count whom rules would move to another stage, and touches they would plan or take back."""
    drafted = _drafted(file)

    async def work(owned: Owned) -> DryRun:
        with _progress() as progress:
            progress.add_task("judging everybody twice", total=None)
            return await DryRuns(owned).of(drafted)

    _print_dry_run(at_owned(work, seconds=LONG_SECONDS))


@app.command()
def recompute() -> None:
    """Judge everybody anew, as after a first import; it may be stopped and started again."""

    async def work(owned: Owned) -> int:
        lifecycle, after, batches = Lifecycle(owned), "", 0
        with _progress() as progress:
            task = progress.add_task("judging", total=None)
            while (last := await lifecycle.everybody(after)) is not None:
                after, batches = last, batches + 1
                progress.update(task, description=f"judging, batch {batches}")
        return batches

    typer.echo(f"everybody is judged, in {at_owned(work, seconds=LONG_SECONDS)} batches")


@app.command()
def report(
    since: Annotated[str, typer.Option(help="First day of the draws.")] = "2000-01-01",
    until: Annotated[str | None, typer.Option(help="Last day; today where absent.")] = None,
    campaign: Annotated[str | None, typer.Option(help="One campaign alone.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    html: Annotated[
        Path | None, typer.Option(help="Write a page with charts into this file.")
    ] = None,
) -> None:
    """Show second purchases and win-backs against the hold-out, and what an extra one costs."""

    async def work(owned: Owned) -> LifecycleReport:
        last = date.fromisoformat(until) if until else owned.now().astimezone(owned.zone).date()
        begin = datetime.combine(date.fromisoformat(since), datetime.min.time(), owned.zone)
        end = datetime.combine(last + timedelta(days=1), datetime.min.time(), owned.zone)
        asked = (begin.astimezone(UTC), end.astimezone(UTC), campaign)
        return await LifecycleReports(owned).report(*asked)

    found = at_owned(work, seconds=LONG_SECONDS)
    if html is not None:
        html.write_text(report_page(found), encoding="utf-8")
        typer.echo(f"written to {html}")
    elif as_json:
        typer.echo(json.dumps(report_data(found), ensure_ascii=False, indent=2))
    else:
        console.print(report_tables(found))


@app.command(name="wake-up")
def wake_up() -> None:
    """Write churned members as CSV, with the store to invite each to: home, else the last one."""

    async def work(owned: Owned) -> int:
        reports, count = LifecycleReports(owned), 0
        after: str | None = None
        out = csv.writer(sys.stdout)
        out.writerow(["one_id", "churned_on", "last_on", "store_channel", "store_code"])
        while found := await reports.wake_up(after, _WAKE_UPS):
            out.writerows(map(_row, found))
            after, count = found[-1].one_id, count + len(found)
        return count

    count = at_owned(work, seconds=LONG_SECONDS)
    typer.echo(f"{count} members", err=True)


def _progress() -> Progress:
    told = TextColumn("{task.description}")
    return Progress(SpinnerColumn(), told, TimeElapsedColumn(), console=aside, transient=True)


def _row(one: WakeUp) -> list[str]:
    days = (one.churned_on, one.last_on)
    told = ["" if day is None else day.isoformat() for day in days]
    return [one.one_id, *told, one.store_channel or "", one.store_code or ""]


def _drafted(file: Path) -> Rules:
    drafted = read_written(file, Rules, _INVALID)
    drafted.check()
    return drafted


def _print_dry_run(found: DryRun) -> None:
    moves = Table("now", "then", "people", title=f"of {found.people} people")
    for (now, then), count in sorted(found.moves.items(), key=lambda one: -one[1]):
        moves.add_row(now.value, then.value, str(count))
    touches = Table("touch", "due now", "due then")
    for name, (now_due, then_due) in found.touches.items():
        touches.add_row(name, str(now_due), str(then_due))
    console.print(moves)
    console.print(touches)
