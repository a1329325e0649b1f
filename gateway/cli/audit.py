"""`santong audit`: who did what with whose data, and whether the trail is whole."""

from datetime import UTC
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from capabilities.audit import AuditFault, AuditFilter, AuditHead
from capabilities.errors import BadInput
from gateway.cli.console import console
from gateway.cli.store import at_store
from store.access.audit import Audit
from store.engine import Store

app = typer.Typer(name="audit", help="Who did what with whose data.", no_args_is_help=True)


@app.command(name="list")
def show(
    first: Annotated[int, typer.Option(min=1, max=1000, help="How many entries.")] = 50,
    about: Annotated[str | None, typer.Option(help="OneID of the person concerned.")] = None,
    actor: Annotated[str | None, typer.Option(help="Subject of who did it.")] = None,
    action: Annotated[str | None, typer.Option(help="What was done.")] = None,
) -> None:
    """Show the newest entries of the audit trail."""
    found = at_store(
        lambda store, brand: Audit(store, brand).page(
            first, AuditFilter(about=about, actor=actor, action=action)
        )
    )
    table = Table("number", "at", "action", "actor", "role", "about", "reason", "facts")
    for one in found:
        at = f"{one.at.astimezone(UTC):%Y-%m-%d %H:%M:%S}Z"
        told = (one.action, one.actor, one.role or "", one.about or "", one.reason or "", one.facts)
        table.add_row(str(one.number), at, *map(Text, told))
    console.print(table)


@app.command()
def verify(
    expect: Annotated[
        str | None, typer.Option(help="An end of earlier that was written down: NUMBER:HASH.")
    ] = None,
) -> None:
    """Check every entry of the audit trail and print its end; exit code 1 where it was changed."""
    expected = None if expect is None else _head(expect)

    async def checked(store: Store, brand: str) -> tuple[AuditFault | None, AuditHead]:
        audit = Audit(store, brand)
        return await audit.verify(expected), await audit.head()

    fault, head = at_store(checked)
    if fault is not None:
        typer.echo(f"entry {fault.number}: {fault.told}")
        raise typer.Exit(1)
    typer.echo(str(head))


def _head(text: str) -> AuditHead:
    number, _, hexes = text.partition(":")
    try:
        return AuditHead(int(number), bytes.fromhex(hexes))
    except ValueError:
        raise BadInput("an end of the trail is written NUMBER:HASH") from None
