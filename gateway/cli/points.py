"""`santong points`: whether cached balances are what the ledger's entries make."""

import typer
from rich.table import Table

from capabilities.points.past import LedgerFault
from gateway.cli.console import console
from gateway.cli.store import at_owned
from store.owned import Owned
from store.points.ledger import PointsLedger

_RUN_SECONDS = 600.0
app = typer.Typer(name="points", no_args_is_help=True, help="The points ledger.")


@app.callback()
def _group() -> None:
    pass


@app.command()
def check() -> None:
    """Add up every account from its entries and show where a cached balance differs."""

    async def work(owned: Owned) -> tuple[int, list[LedgerFault]]:
        points = PointsLedger(owned.store, owned.brand, owned.now)
        checked, found = 0, []
        async for key in points.every_account():
            found += await points.check(key)
            checked += 1
        return checked, found

    with console.status("adding up"):
        checked, found = at_owned(work, seconds=_RUN_SECONDS)
    if found:
        table = Table("channel", "membership", "currency", "what", "cached", "entries")
        for one in found:
            key = one.account
            place = (key.channel, key.number, key.currency)
            table.add_row(*place, one.what, str(one.cached), str(one.entries))
        console.print(table)
        raise typer.Exit(1)
    typer.echo(f"{checked} accounts are what their entries make")
