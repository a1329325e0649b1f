"""`santong suggestions`: what people would change about products, in from files and out to R&D."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.progress import track
from rich.table import Table
from rich.text import Text

from capabilities.errors import BadInput
from capabilities.product.codes import BARCODE
from capabilities.product.records import ProductCode
from capabilities.spreadsheet import csv_lines
from capabilities.suggestions import (
    NewSuggestion,
    Suggestion,
    SuggestionCount,
    SuggestionFilter,
    SuggestionStatus,
)
from capabilities.taken_rows import SUGGESTION_COLUMNS, suggestion_of_cells
from gateway.cli.console import aside, console
from gateway.cli.given import author
from gateway.cli.row_files import BadLine, read_rows
from gateway.cli.store import at_owned
from store.owned import Owned
from store.product.crosswalk import Crosswalk
from store.profile.suggestion_lists import Place, SuggestionLists
from store.profile.suggestions import Intaken, Suggestions

app = typer.Typer(
    name="suggestions", help="What people would change about products.", no_args_is_help=True
)
_AT_ONCE = 500
_SECONDS = 120.0
_SHOWN = 100
_COLUMNS = (
    *("id", "source", "reference", "product", "text", "submittedAt", "status", "duplicates"),
    *("duplicateOf", "resembles", "similarity"),
)


@app.command(name="import")
def import_(
    file: Annotated[Path, typer.Argument(help="A CSV or JSONL file: source, reference, text, …")],
) -> None:
    """Take suggestions in from a file; exit code 1 where lines were set aside."""
    now_by = author()

    async def work(owned: Owned) -> tuple[list[Intaken], list[BadLine]]:
        parse = partial(suggestion_of_cells, now=owned.now(), author=now_by)
        rows, bad = read_rows(file, SUGGESTION_COLUMNS, parse)
        desk, done = Suggestions(owned.store, owned.brand), []
        starts = range(0, len(rows), _AT_ONCE)
        for at in track(starts, "comparing", console=aside, transient=True):
            batch = await _with_products(owned, rows[at : at + _AT_ONCE])
            done.append(await desk.take(batch))
        return done, bad

    done, bad = at_owned(work, seconds=_SECONDS)
    told = (sum(one.new for one in done), sum(one.known for one in done))
    alike = (sum(one.duplicates for one in done), sum(one.resembling for one in done))
    typer.echo(
        f"{told[0]} taken in ({alike[0]} repeat another, {alike[1]} resemble one), "
        f"{told[1]} known already, {len(bad)} set aside"
    )
    show_bad(file, bad)


async def _with_products(owned: Owned, batch: Sequence[NewSuggestion]) -> list[NewSuggestion]:
    """The product of each by sku where its code is a sku or a barcode, else as it was written."""
    codes = [ProductCode(connector="", system="", kind=BARCODE, code=one.product) for one in batch]
    skus = await Crosswalk(owned.store, owned.brand).skus(codes)
    return [
        one if sku is None or not one.product else msgspec.structs.replace(one, product=sku)
        for one, sku in zip(batch, skus, strict=True)
    ]


def show_bad(file: Path, bad: Sequence[BadLine]) -> None:
    """The lines that were set aside, the first hundred, and exit code 1 for any."""
    for one in bad[:_SHOWN]:
        typer.echo(f"{file}:{one.line}: {one.reason}", err=True)
    if len(bad) > _SHOWN:
        typer.echo(f"and {len(bad) - _SHOWN} more", err=True)
    if bad:
        raise typer.Exit(1)


@app.command(name="counts")
def counts(
    first: Annotated[int, typer.Option(min=1, max=1000, help="How many products.")] = 20,
) -> None:
    """Show the products with the most suggestions."""

    async def work(owned: Owned) -> Sequence[SuggestionCount]:
        return await SuggestionLists(owned.store, owned.brand).per_product(first)

    table = Table("product", "suggestions", "without repeats")
    for one in at_owned(work):
        table.add_row(Text(one.product_code or ""), str(one.suggestions), str(one.distinct))
    console.print(table)


@app.command()
def export(
    to: Annotated[Path, typer.Argument(metavar="TO", help="The CSV file to be written.")],
    product: Annotated[
        str | None, typer.Option(help="Sku of one product; all where absent.")
    ] = None,
    repeats: Annotated[
        bool, typer.Option("--repeats", help="Also those that repeat another.")
    ] = False,
) -> None:
    """Write suggestions to a CSV file for those who make the products."""
    if to.exists():
        raise BadInput(f"{to} is there already", code="EXPORT_EXISTS")
    statuses = None if repeats else frozenset(SuggestionStatus) - {SuggestionStatus.DUPLICATE}
    filters = SuggestionFilter(product=product, statuses=statuses)
    written = at_owned(lambda owned: _written(owned, filters, to), seconds=_SECONDS)
    typer.echo(f"{to}: {written} suggestions")


async def _written(owned: Owned, filters: SuggestionFilter, to: Path) -> int:
    lists = SuggestionLists(owned.store, owned.brand)
    place, done = None, 0
    with to.open("w", encoding="utf-8-sig", newline="") as file, aside.status("writing"):
        file.writelines(csv_lines([_COLUMNS]))
        while page := await lists.page(filters, 1_000, place):
            file.writelines(csv_lines(map(_cells, page)))
            done += len(page)
            place = Place(page[-1].submitted_at, page[-1].key)
    return done


def _cells(one: Suggestion) -> tuple[str | int | float | None, ...]:
    return (
        *(one.key, one.source.value, one.reference, one.product, one.text),
        *(one.submitted_at.isoformat(), one.status.value, one.duplicates),
        *(one.duplicate_of, one.resembles, one.similarity),
    )
