"""`santong cache`: what is kept of the systems' answers."""

import asyncio
from typing import Annotated

import typer

from cache import EntityCache, Near
from capabilities.errors import BadInput, Unavailable
from capabilities.estate import Capability
from capabilities.purging import NothingPurged, Purged
from gateway.cli.environment import command_settings, signing_settings
from gateway.federation.estate_file import read_estate
from gateway.keys import derived_key
from gateway.purging import purge as purge_answers
from gateway.settings import Settings

app = typer.Typer(name="cache", help="What is kept of the systems' answers.", no_args_is_help=True)
Connector = Annotated[str | None, typer.Option(help="Name of the connector; all where absent.")]
Of = Annotated[
    Capability | None, typer.Option("--capability", help="The capability; all where absent.")
]
Channel = Annotated[str | None, typer.Option(help="Code of a channel; with a capability only.")]
Key = Annotated[
    str | None,
    typer.Option(help="What concerns this number of the system; with a capability only."),
]
_REASONS = {
    "CONNECTOR_UNKNOWN": "there is no such connector; the connectors are {names}",
    "CAPABILITY_MISSING": "a key or a channel is one of a capability; name it by --capability",
}


@app.callback()
def _group() -> None:
    """Keeps `purge` a subcommand while it is the only one."""


@app.command()
def purge(
    connector: Connector = None, capability: Of = None, channel: Channel = None, key: Key = None
) -> None:
    """Purge what is kept, for all gateways of this Redis at once."""
    from gateway.cli.connecting import at_the_desk  # noqa: PLC0415  # slow to import

    settings = signing_settings(command_settings())
    names = at_the_desk(lambda desk: desk.names())
    done = asyncio.run(_purged(settings, names, connector, capability, channel, key))
    if isinstance(done, NothingPurged):
        reason = _REASONS[done.code].format(names=", ".join(names))
        raise BadInput(reason, code=done.code)
    if not done.told:
        raise Unavailable("Redis did not take it; what is kept stays until its time is over")
    typer.echo(f"purged: {', '.join(done.connectors)}")


async def _purged(
    settings: Settings,
    names: list[str],
    connector: str | None,
    capability: Capability | None,
    channel: str | None,
    key: str | None,
) -> Purged:
    near = Near(settings.redis_url.get_secret_value())
    brand = read_estate(settings.estate).brand
    try:
        return await purge_answers(
            EntityCache(near, derived_key(settings, "cache"), brand=brand),
            names,
            connector=connector,
            capability=capability,
            channel=channel,
            key=key,
        )
    finally:
        await near.aclose()
