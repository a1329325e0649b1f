"""`santong hooks`: deliveries of webhooks that were given up, and another try."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from rich.table import Column, Table
from rich.text import Text

from capabilities.errors import BadInput
from gateway.cli.console import console
from gateway.cli.store import at_owned
from store.order.hooks import HookDeliveries

app = typer.Typer(name="hooks", help="What webhooks told.", no_args_is_help=True)


First = Annotated[int, typer.Option(min=1, max=1000, help="How many deliveries.")]


@app.command()
def recent(first: First = 20) -> None:
    """Show what came last and what became of it, the newest first."""
    _show(at_owned(lambda one: HookDeliveries(one.store, one.brand).recent(first)))


@app.command()
def dead(first: First = 50) -> None:
    """Show deliveries that were given up, the newest first; exit code 1 where there are any."""
    found = at_owned(lambda one: HookDeliveries(one.store, one.brand).dead(first))
    _show(found)
    if found:
        raise typer.Exit(1)


def _show(found: Sequence[Any]) -> None:
    names = ("at", "connector", "number", "state", "reason", "tries", "topic", "delivery")
    # Whole in narrow windows too: `hooks retry` takes the ids as they stand here.
    table = Table(*(Column(name, overflow="fold") for name in names))
    for one in found:
        at = f"{one.received_at.astimezone(UTC):%Y-%m-%d %H:%M:%S}Z"
        told = (one.connector, one.number or "", one.state, one.reason or "", str(one.tries))
        table.add_row(*map(Text, (at, *told, one.topic, one.delivery)))
    console.print(table)


@app.command()
def retry(
    connector: Annotated[str, typer.Argument(metavar="CONNECTOR", help="Name of the connector.")],
    delivery: Annotated[str, typer.Argument(metavar="DELIVERY", help="Id, from `hooks dead`.")],
) -> None:
    """Work on a delivery again; its order is read from the system."""
    now = datetime.now(UTC)
    if not at_owned(
        lambda one: HookDeliveries(one.store, one.brand).retry(connector, delivery, now)
    ):
        message = f"no delivery {delivery!r} of {connector!r} was given up"
        raise BadInput(message, code="HOOK_UNKNOWN")
    typer.echo(f"{delivery} is tried again")
