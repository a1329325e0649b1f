"""`santong retention`: how long each kind of record is kept, and the forgetting of the rest."""

from collections.abc import Sequence
from datetime import UTC
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import Progress
from rich.table import Table
from rich.text import Text

from capabilities.errors import BadInput
from capabilities.retention import LONGEST_DAYS, USUAL, Kept
from gateway.cli.console import aside, console
from gateway.cli.given import author
from gateway.cli.store import at_owned

if TYPE_CHECKING:
    from store.owned import Owned

app = typer.Typer(name="retention", help="How long records are kept.", no_args_is_help=True)
_SECONDS = 60.0


@app.command()
def show() -> None:
    """Show how long each kind is kept, and how many of its records are over that time."""

    async def found(owned: "Owned") -> Sequence[Kept]:
        from store.privacy.retention import Retention  # noqa: PLC0415  # only this group needs it

        return await Retention(owned.store, owned.brand).over(owned.now())

    _table(at_owned(found, seconds=_SECONDS), "over")


@app.command(name="set")
def put(
    kind: Annotated[str, typer.Argument(metavar="KIND", help="Kind of record, as `show` has it.")],
    days: Annotated[int, typer.Argument(metavar="DAYS", min=1, max=LONGEST_DAYS, help="How long.")],
) -> None:
    """Keep a kind of record so many days."""
    if kind not in USUAL:
        raise BadInput(f"there is no kind {kind!r}; valid: {', '.join(USUAL)}", code="KIND_UNKNOWN")

    async def done(owned: "Owned") -> None:
        from store.privacy.retention import Retention  # noqa: PLC0415  # as above

        retention = Retention(owned.store, owned.brand)
        await retention.set(kind, days, by=author(), at=owned.now())

    at_owned(done)
    typer.echo(f"{kind} is kept {days} days")


@app.command()
def run(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count only.")] = False,
) -> None:
    """Forget what is over its time now; `santong work` does it every night."""
    if dry_run:
        show()
        return

    async def done(owned: "Owned") -> Sequence[Kept]:
        from store.privacy.retention import Retention  # noqa: PLC0415  # as above

        retention = Retention(owned.store, owned.brand)
        over = await retention.over(owned.now())
        with Progress(console=aside, transient=True) as progress:
            task = progress.add_task("forgetting", total=sum(one.over for one in over))
            return await retention.forget(owned.now(), lambda count: progress.advance(task, count))

    _table(at_owned(done, seconds=_SECONDS), "forgotten")


def _table(found: Sequence[Kept], word: str) -> None:
    table = Table("kind", "days", word, "set by", "since")
    for one in found:
        rule = one.rule
        since = "" if rule.changed_at is None else f"{rule.changed_at.astimezone(UTC):%Y-%m-%d}"
        words = (rule.kind, str(rule.days), str(one.over), rule.changed_by or "", since)
        table.add_row(*map(Text, words))
    console.print(table)
