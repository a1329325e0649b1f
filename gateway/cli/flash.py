"""`santong flash`: flash sales, from the rows alone."""

import json
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer
from rich.table import Table

from capabilities.errors import BadInput
from gateway.cli.console import console
from gateway.cli.store import LONG_SECONDS, at_owned

if TYPE_CHECKING:
    from store.flash.audit import Audit
    from store.owned import Owned

app = typer.Typer(name="flash", help="Flash sales.", no_args_is_help=True)


@app.command()
def audit(
    sale: Annotated[str, typer.Argument(help="Id of the sale.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """Check that a sale's rows agree with one another; it may be selling meanwhile."""
    found = at_owned(lambda owned: _audited(owned, sale), seconds=LONG_SECONDS)
    if as_json:
        typer.echo(json.dumps(msgspec.to_builtins(found), ensure_ascii=False))
    else:
        _show(sale, found)
    if found.faults:
        raise typer.Exit(1)


async def _audited(owned: "Owned", sale: str) -> "Audit":
    from store.flash.audit import audit as audited  # noqa: PLC0415  # only this command needs it
    from store.flash.sales import read_sale  # noqa: PLC0415  # as above

    store, brand = owned.store, owned.brand
    if await store.transaction(lambda run: read_sale(run, brand, sale)) is None:
        raise BadInput(f"there is no flash sale {sale!r}", code="FLASH_SALE_UNKNOWN")
    return await store.transaction(lambda run: audited(run, brand, sale))


def _show(sale: str, found: "Audit") -> None:
    table = Table("units", "count", title=f"flash sale {sale}")
    for name in ("allocated", "remaining", "standing", "paid"):
        table.add_row(name, f"{getattr(found, name):,}")
    console.print(table)
    for fault in found.faults or ("everything agrees",):
        console.print(fault)
