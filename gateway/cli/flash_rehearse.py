"""`santong flash rehearse`: a sale is tried out before it is open."""

import json
from functools import partial
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer
from rich.table import Table

from gateway.cli.console import console
from gateway.cli.environment import command_settings, signing_settings
from gateway.cli.given import author
from gateway.cli.store import LONG_SECONDS, at_owned

if TYPE_CHECKING:
    from capabilities.flash.rehearsal import Rehearsal
    from store.owned import Owned


def rehearse(
    sale: Annotated[str, typer.Argument(metavar="SALE", help="Id of the sale.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """Try a sale out with made-up people and a tenth of its stock; nothing of it stays."""
    with console.status("made-up people come, for half a minute at most"):
        found = at_owned(lambda owned: _rehearsed(owned, sale), seconds=LONG_SECONDS)
    if as_json:
        typer.echo(json.dumps(msgspec.to_builtins(found), ensure_ascii=False))
    else:
        _show(found)
    if found.faults:
        raise typer.Exit(1)


async def _rehearsed(owned: "Owned", sale: str) -> "Rehearsal":
    from gateway.flash.opening import opened_desk  # noqa: PLC0415  # only this command needs it
    from gateway.flash.rehearsing import rehearse as rehearsed  # noqa: PLC0415  # as above

    settings = signing_settings(command_settings())
    opened = partial(opened_desk, settings, owned.brand)
    return await rehearsed(owned, opened, sale, author())


def _show(found: "Rehearsal") -> None:
    table = Table("what", "figure", title=f"rehearsal of {found.sale}")
    table.add_row("units", f"{found.units:,}")
    table.add_row("people", f"{found.people:,}")
    table.add_row("reserved", f"{found.reserved:,}")
    table.add_row("reserved a second", f"{found.rate:,.0f}")
    table.add_row("half answered within", f"{found.p50_ms:,.0f} ms")
    table.add_row("99 of 100 within", f"{found.p99_ms:,.0f} ms")
    for answer, count in found.answers.items():
        table.add_row(answer, f"{count:,}")
    console.print(table)
    for fault in found.faults or ("everything agrees",):
        console.print(fault)
