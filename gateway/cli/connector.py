"""`santong connector`: the connections to legacy systems."""

import asyncio
from getpass import getuser
from typing import Annotated

import typer

from capabilities.errors import BadInput
from gateway.cli.environment import command_settings
from gateway.federation.estate_file import read_estate
from gateway.settings import Settings

app = typer.Typer(name="connector", help="The connections to legacy systems.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="Name of the connector.")]


@app.callback()
def _group() -> None:
    """Keeps `resume` a subcommand while it is the only one."""


@app.command()
def resume(name: Name) -> None:
    """Let a connector try its logon again after one failed, in all processes."""
    was_latched = asyncio.run(_resumed(command_settings(), name))
    typer.echo(f"{name}: {'resumed' if was_latched else 'its logon was not latched'}")


async def _resumed(settings: Settings, name: str) -> bool:
    from store import Logons, Store  # noqa: PLC0415  # slow to import, and only this command

    plan = read_estate(settings.estate)
    names = [one.name for one in plan.connectors]
    if name not in names:
        message = f"there is no connector {name!r}; the connectors are {', '.join(names)}"
        raise BadInput(message, code="CONNECTOR_UNKNOWN")
    store = Store.open(settings.database_url.get_secret_value())
    try:
        return await Logons(store, plan.brand).resume(name, by=f"{getuser()} (command line)")
    finally:
        await store.aclose()
