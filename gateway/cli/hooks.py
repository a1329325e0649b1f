"""`santong hooks`: deliveries of webhooks that were given up, and another try."""

from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from capabilities.errors import BadInput
from gateway.cli.console import console
from gateway.cli.store import at_owned
from store.order.hooks import HookDeliveries

app = typer.Typer(name="hooks", help="What webhooks told.", no_args_is_help=True)


@app.command()
def dead(
    first: Annotated[int, typer.Option(min=1, max=1000, help="How many deliveries.")] = 50,
) -> None:
    """Show deliveries that were given up, the newest first; exit code 1 where there are any."""
    found = at_owned(lambda one: HookDeliveries(one.store, one.brand).dead(first))
    table = Table("connector", "delivery", "topic", "number", "reason", "tries", "at")
    for one in found:
        at = f"{one.received_at.astimezone(UTC):%Y-%m-%d %H:%M:%S}Z"
        told = (one.connector, one.delivery, one.topic, one.number or "", one.reason or "")
        table.add_row(*map(Text, (*told, str(one.tries), at)))
    console.print(table)
    if found:
        raise typer.Exit(1)


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
