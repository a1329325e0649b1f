"""`santong coupon`: templates of coupons, and codes by the million."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, TextIO

import typer
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

from capabilities.errors import BadInput
from capabilities.promotion.codes import written
from capabilities.promotion.coupons import CouponTemplate
from gateway.cli.console import console
from gateway.cli.given import author
from gateway.cli.store import LONG_SECONDS, at_owned
from gateway.cli.written import read_written
from gateway.redact import redacted_text
from store.owned import Owned
from store.promotion.coupon_batches import CouponBatch, CouponBatches, issue
from store.promotion.templates import CouponTemplates

app = typer.Typer(name="coupon", no_args_is_help=True, help="Coupons that the platform gives out.")
_INVALID = "COUPON_TEMPLATE_INVALID"


@app.command()
def template(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The template in YAML.")],
    reason: Annotated[str, typer.Option(help="Why, for the audit trail.")],
) -> None:
    """Put a template of coupons in force: a new one, or a new version of one that is there."""
    found = read_written(file, CouponTemplate, _INVALID)
    why = redacted_text(reason)
    version = at_owned(lambda owned: CouponTemplates(owned).put(found, author=author(), reason=why))
    typer.echo(f"{found.id} is version {version}")


@app.command(name="templates")
def show() -> None:
    """Show the templates, and how many coupons of each were given out."""
    table = Table("id", "name", "claimable", "per member", "given", "of", "version")
    for one, version, given in at_owned(lambda owned: CouponTemplates(owned).all()):
        bounds = [
            "" if bound is None else str(bound) for bound in (one.per_member, given, one.total)
        ]
        claimable = "yes" if one.claimable else ""
        table.add_row(*map(Text, (one.id, one.name, claimable, *bounds, str(version))))
    console.print(table)


@app.command(name="issue")
def issue_codes(
    template: Annotated[str, typer.Argument(metavar="TEMPLATE", help="Id of the template.")],
    count: Annotated[int, typer.Option(help="How many codes.", min=1, max=10_000_000)],
    out: Annotated[Path, typer.Option(help="File to write, one code a line; it must not exist.")],
    batch: Annotated[
        str | None, typer.Option(help="Go on with this batch, whose file lacks codes.")
    ] = None,
) -> None:
    """Make codes that nobody guesses; a run that was stopped goes on by its batch."""
    columns = (TextColumn("codes"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, TimeRemainingColumn(), console=console, transient=True) as progress:
        task = progress.add_task("codes", total=count)

        async def work(owned: Owned) -> CouponBatch:
            batches = CouponBatches(owned)
            if batch is None:
                _refuse_existing(out)
                begun = await batches.begin(template, count, author())
                console.print(f"batch {begun.id}: go on with it by --batch {begun.id}")
            else:
                begun = _fitting(await batches.one(batch), template, count)
            written_before = _whole_lines(out)
            with _opened(out) as file:

                def write(codes: Sequence[str]) -> None:
                    file.write("".join(f"{written(one)}\n" for one in codes))
                    file.flush()

                def told(done: int) -> None:
                    progress.update(task, completed=done)

                await issue(batches, begun, written_before, write, told)
                os.fsync(file.fileno())
            return begun

        done = at_owned(work, seconds=LONG_SECONDS)
    typer.echo(f"{done.count} codes of batch {done.id} are written to {out}")


def _refuse_existing(out: Path) -> None:
    if out.exists():
        raise BadInput(f"{out} exists; name another file, or its batch", code="COUPON_FILE_EXISTS")


def _fitting(found: CouponBatch, template: str, count: int) -> CouponBatch:
    if (found.template, found.count) != (template, count):
        message = f"the batch {found.id} has {found.count} codes of {found.template!r}"
        raise BadInput(message, code="COUPON_BATCH_UNKNOWN")
    return found


def _whole_lines(out: Path) -> int:
    """How many codes a file holds; a line that was cut off is taken out of it."""
    if not out.exists():
        return 0
    lines, end = 0, 0
    with out.open("rb+") as file:
        while block := file.read(1 << 20):
            lines += block.count(b"\n")
            last = block.rfind(b"\n")
            end = end if last < 0 else file.tell() - len(block) + last + 1
        file.truncate(end)
    return lines


def _opened(out: Path) -> TextIO:
    """For its owner alone: whoever has a code may spend it."""
    opened = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    return os.fdopen(opened, "a", encoding="ascii", newline="\n")
