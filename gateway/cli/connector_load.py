"""What was agreed with a system's owner, and what is asked of the system, for a person to read."""

from datetime import UTC, datetime

import msgspec
import typer
from rich.table import Table

from cache.connection import Near
from cache.loads import LoadNow, Loads
from capabilities.errors import Unavailable
from capabilities.estate import ConnectorSpec
from capabilities.load import Agreed, Cause
from gateway.cli.connecting import Desk
from gateway.cli.console import console


async def used(desk: Desk, name: str) -> LoadNow:
    """What all processes asked; Unavailable where Redis cannot say."""
    near = Near(desk.settings.redis_url.get_secret_value())
    try:
        found = await Loads(near, desk.base.brand, desk.settings.processes).used(name)
    finally:
        await near.aclose()
    if found is None:
        raise Unavailable("Redis does not answer; what was asked is counted there")
    return found


def show_load(spec: ConnectorSpec, load: LoadNow, *, as_json: bool) -> None:
    """A table, or the same as JSON."""
    now = datetime.now(UTC)
    agreed = Agreed() if spec.load is None else spec.load.at(now)
    if as_json:
        whole = {
            "connector": spec.name,
            "agreement": spec.load,
            "agreed_now": agreed,
            "shares": load.shares,
            "calls_now": {"seconds": load.seconds, **load.now},
            "calls_24h": load.day,
        }
        typer.echo(msgspec.json.format(msgspec.json.encode(whole)).decode())
        return
    console.print(_sentence(spec, agreed, load))
    table = Table("cause", f"last {load.seconds} s", "a second", "last 24 h")
    for cause in Cause:
        count, day = load.now[cause.value], load.day[cause.value]
        table.add_row(cause.value, str(count), f"{count / load.seconds:.1f}", str(day))
    count, day = sum(load.now.values()), sum(load.day.values())
    table.add_section()
    table.add_row("all", str(count), f"{count / load.seconds:.1f}", str(day))
    console.print(table)


def _sentence(spec: ConnectorSpec, agreed: Agreed, load: LoadNow) -> str:
    if spec.load is None:
        return f"{spec.name}: nothing was agreed; each process keeps to its limits"
    if agreed.none_allowed:
        return f"{spec.name}: a blackout, no call is made now"
    words = [
        f"{number} {of}"
        for number, of in ((agreed.per_second, "a second"), (agreed.at_once, "at once"))
        if number is not None
    ]
    return f"{spec.name}: agreed now {', '.join(words)}; {len(load.shares)} processes hold shares"
