"""`santong payments`: money that is too much, too late or nobody's, and what was done about it."""

from datetime import UTC
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from capabilities.audit import Entry
from capabilities.errors import BadInput
from gateway.cli.console import console
from gateway.cli.given import author
from gateway.cli.store import at_owned
from gateway.redact import redacted_text
from store.access.audit import audited
from store.engine import Run
from store.order.open_payments import WaitingPayments
from store.owned import Owned

app = typer.Typer(name="payments", help="Payments that wait for people.", no_args_is_help=True)


@app.command("open")
def waiting(
    first: Annotated[int, typer.Option(min=1, max=1000, help="How many payments.")] = 50,
) -> None:
    """Show payments that wait for people, the oldest first; exit code 1 where there are any."""
    found = at_owned(lambda one: WaitingPayments(one.store, one.brand).page(None, first))
    table = Table("provider", "transaction", "channel", "order", "amount", "outcome", "received")
    for one in found:
        at = f"{one.received_at.astimezone(UTC):%Y-%m-%d %H:%M:%S}Z"
        money = f"{one.amount.amount} {one.amount.currency}"
        told = (one.provider, one.transaction or "", one.channel, one.number, money)
        table.add_row(*map(Text, (*told, one.outcome.value, at)))
    console.print(table)
    if found:
        raise typer.Exit(1)


@app.command()
def close(
    provider: Annotated[str, typer.Argument(metavar="PROVIDER", help="Name of the provider.")],
    transaction: Annotated[
        str, typer.Argument(metavar="TRANSACTION", help="Its number, from `payments open`.")
    ],
    reason: Annotated[str, typer.Option(help="What was done; it stands in the audit trail.")],
) -> None:
    """Say that somebody has seen to a payment."""
    if not at_owned(lambda one: _closed(one, provider, transaction, reason)):
        message = f"no payment {transaction!r} of {provider!r} waits for anybody"
        raise BadInput(message, code="PAYMENT_NOT_OPEN")
    typer.echo(f"{transaction} waits for nobody any more")


async def _closed(owned: Owned, provider: str, transaction: str, reason: str) -> bool:
    waiting = WaitingPayments(owned.store, owned.brand)

    async def work(run: Run) -> bool:
        order = await waiting.close(run, provider, transaction, None, owned.now())
        if order is None:
            return False
        facts = {"provider": provider, "channel": order[0], "order": order[1]}
        why = redacted_text(reason)
        entry = Entry(action="payment.closed", actor=author(), reason=why, facts=facts)
        await audited(run, owned.brand, entry)
        return True

    return await owned.store.transaction(work)
