"""The kill switch: one pair, those of a channel or a capability, or everything."""

from collections.abc import Sequence
from typing import Annotated
from uuid import uuid4

import typer

from capabilities.adoption.bounds import PRODUCTION
from capabilities.adoption.deciding import Wanted
from capabilities.adoption.halting import Halts
from capabilities.adoption.shown import shown
from capabilities.adoption.standing import Standing
from capabilities.errors import BadInput, SantongError
from capabilities.estate import Capability
from gateway.cli.adoption_desk import AdoptionDesk, at_desk
from gateway.cli.adoption_tables import show_all, show_outcome
from gateway.cli.console import console, show_error
from gateway.cli.given import author
from store.adoption.halting import Halted

_WHICH = "name CHANNEL and CAPABILITY, or --channel, --capability or both, or --all"
One = Annotated[str | None, typer.Argument(metavar="CHANNEL", help="Code of the channel.")]
Which = Annotated[
    Capability | None, typer.Argument(metavar="CAPABILITY", help="member, order, promotion.")
]


def halt(
    channel: One = None,
    capability: Which = None,
    *,
    reason: Annotated[str | None, typer.Option(help="Why, for the history.")] = None,
    of_channel: Annotated[
        str | None, typer.Option("--channel", metavar="CODE", help="All of a channel, in one step.")
    ] = None,
    of_capability: Annotated[
        Capability | None, typer.Option("--capability", help="All of one kind, in one step.")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="All there are, in one step.")] = False,
    dry: Annotated[bool, typer.Option("--dry-run", help="Only list what would be halted.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, for a program.")] = False,
) -> None:
    """Let whoever leads answer, everywhere within two seconds, until a person resumes."""
    many = of_channel is not None or of_capability is not None
    if (channel is None) != (capability is None):
        raise BadInput(_WHICH)
    if sum((channel is not None, many, everything)) != 1:
        raise BadInput(_WHICH)
    if dry == (reason is not None):
        raise BadInput("give a --reason, or --dry-run alone")
    halts = Halts(channel=channel or of_channel, capability=capability or of_capability)

    async def work(desk: AdoptionDesk) -> bool:
        if dry:
            await _show(desk, await desk.steering.halting.would(halts), as_json=as_json)
            return True
        wanted = Wanted(author=author(), reason=reason or "", key=uuid4().hex)
        if channel is not None and capability is not None:
            pair = await desk.pair(channel, capability)
            found = await desk.steering.halt(pair, wanted)
            return await show_outcome(desk, found, PRODUCTION, as_json=as_json)
        return await _halt_all(desk, halts, wanted, as_json=as_json)

    if not at_desk(work):
        raise typer.Exit(1)


async def _halt_all(desk: AdoptionDesk, halts: Halts, wanted: Wanted, *, as_json: bool) -> bool:
    found = await desk.steering.halting.halt(halts, wanted)
    if not isinstance(found, Halted):
        show_error(SantongError("", code=found.code))
        return False
    await _show(desk, found.pairs, as_json=as_json)
    if not as_json:
        console.print(f"{len(found.pairs):,} halted")
    return True


async def _show(desk: AdoptionDesk, pairs: Sequence[Standing], *, as_json: bool) -> None:
    cases = await desk.steering.cases(pairs, PRODUCTION)
    show_all([shown(one) for one in cases], as_json=as_json)
