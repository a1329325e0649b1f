"""`santong programme`: what moves points and tiers, from files, tried before it is in force."""

from collections.abc import Awaitable, Callable
from datetime import UTC
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from capabilities.points.policy import Policy
from gateway.cli.console import console
from gateway.cli.given import author
from gateway.cli.programme_page import trial_page
from gateway.cli.programme_tables import drift_table, trial_table
from gateway.cli.store import at_owned
from gateway.programme.reading import ProgrammeError, read_file
from store.owned import Owned
from store.points.programme_runs import ProgrammeRuns
from store.points.programmes import ProgrammeChange, Programmes, PutVersion

_T = TypeVar("_T")
_RUN_SECONDS = 600.0
app = typer.Typer(
    name="programme", no_args_is_help=True, help="Programmes: what moves points and tiers."
)
File = Annotated[Path, typer.Argument(help="A programme's file, in YAML or JSON.")]
Name = Annotated[str, typer.Argument(help="Code of the programme.")]


@app.command()
def check(file: File) -> None:
    """Say everything that is wrong with a programme, each fault with its line and column."""
    policy = _read(file)[1]
    levels = [level.code for level in policy.tiers.levels] if policy.tiers else []
    console.print(
        f"[green]✓[/] {policy.programme} from {policy.starts}: channels "
        f"{', '.join(policy.channels)}; tiers {', '.join(levels) or 'none'}"
    )


@app.command()
def schema() -> None:
    """Print the JSON Schema of programmes, for editors."""
    from gateway.programme.schema import render_schema  # noqa: PLC0415  # only this command

    typer.echo(render_schema(), nl=False)


@app.command()
def put(file: File, reason: Annotated[str, typer.Option(help="Why, for its history.")]) -> None:
    """Keep the programme of a file as its next version, in force from the day that it names."""
    text, policy = _read(file)
    change = ProgrammeChange(text=text, policy=policy, author=author(), reason=reason)

    async def work(owned: Owned) -> int:
        return await Programmes(owned.store, owned.brand, owned.now).put(change)

    version = at_owned(work)
    typer.echo(f"{policy.programme} is kept as version {version}, in force from {policy.starts}")


@app.command()
def history(name: Name) -> None:
    """Show every version of a programme."""

    async def work(owned: Owned) -> list[PutVersion]:
        return list(await Programmes(owned.store, owned.brand, owned.now).history(name))

    table = Table("version", "starts", "put", "by", "reason")
    for one in at_owned(work):
        put_at = f"{one.put_at.astimezone(UTC):%Y-%m-%d %H:%M}Z"
        table.add_row(
            str(one.version), str(one.starts), put_at, *map(Text, (one.author, one.reason))
        )
    console.print(table)


@app.command(name="dry-run")
def dry_run(
    file: File,
    html: Annotated[Path | None, typer.Option(help="A page to write, with charts.")] = None,
) -> None:
    """Show what a draft would have made of all past orders, beside what is in force."""
    draft = _read(file)[1]
    trial = _run(lambda runs: runs.dry_run(draft), "past orders")
    console.print(trial_table(trial))
    if html is not None:
        html.write_text(trial_page(trial), "utf-8")
        typer.echo(f"written to {html}")


@app.command()
def replay(name: Name) -> None:
    """Post what past orders still move; nothing where the ledger says it all."""
    entries = _run(lambda runs: runs.replay(name), "memberships")
    typer.echo(f"{entries} entries posted")


@app.command()
def drift() -> None:
    """Compare balances that other systems tell with the mirrors of their programmes."""
    console.print(drift_table(_run(lambda runs: runs.drift(), "memberships")))


def _read(file: Path) -> tuple[str, Policy]:
    try:
        return read_file(file)
    except ProgrammeError as exc:
        for fault in exc.faults:
            console.print(f"[red]✗[/] {fault}", soft_wrap=True, highlight=False, markup=True)
        raise typer.Exit(1) from exc


def _run(ask: Callable[[ProgrammeRuns], Awaitable[_T]], what: str) -> _T:
    """A run over many memberships, which says how far it is."""
    columns = (SpinnerColumn(), TextColumn("{task.completed:.0f} {task.description}"))
    with Progress(*columns, TimeElapsedColumn(), console=console, transient=True) as progress:
        task = progress.add_task(what, total=None)

        async def work(owned: Owned) -> _T:
            return await ask(ProgrammeRuns(owned, lambda done: progress.advance(task, done)))

        return at_owned(work, seconds=_RUN_SECONDS)
