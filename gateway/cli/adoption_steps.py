"""Steps of adoption from the command line: looked at, up, down, resumed, signed."""

import re
from collections.abc import Awaitable, Callable, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated
from uuid import uuid4

import typer
from msgspec.structs import replace

from capabilities.adoption.bounds import PRODUCTION
from capabilities.adoption.deciding import Routing, Wanted
from capabilities.adoption.shown import shown
from capabilities.adoption.standing import ConflictPolicy
from capabilities.adoption.states import AdoptionState, Share, Side
from capabilities.adoption.wishes import AdoptionSignature
from capabilities.errors import BadInput
from capabilities.estate import Capability
from gateway.cli.adoption_desk import AdoptionDesk, at_desk
from gateway.cli.adoption_tables import show_all, show_one, show_outcome
from gateway.cli.console import console
from gateway.cli.given import author
from gateway.cli.proven import given_token
from store.adoption.draining import rolled_back
from store.adoption.outbox import Undrained
from store.adoption.steering import AdoptionOutcome, Pair

Channel = Annotated[str, typer.Argument(metavar="CHANNEL", help="Code of the channel.")]
Which = Annotated[
    Capability, typer.Argument(metavar="CAPABILITY", help="member, order, promotion.")
]
Reason = Annotated[str, typer.Option(help="Why, for the history.")]
Target = Annotated[AdoptionState | None, typer.Option(help="The state; the next where absent.")]
ProfileName = Annotated[
    str, typer.Option("--profile", help="Under which durations verdicts are read.")
]
TokenFile = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="File of your own bearer token, for the step that two people approve; - asks for it.",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="As JSON, for a program.")]
_STEPS = 100
_SIGNATURES = ", ".join(AdoptionSignature.__members__)
_Do = Callable[[AdoptionDesk, Pair, Wanted], Awaitable[AdoptionOutcome]]


def list_all(*, profile: ProfileName = PRODUCTION.name, as_json: Json = False) -> None:
    """Show how far every capability of every channel is that something answers."""

    async def work(desk: AdoptionDesk) -> None:
        adopted = await desk.steering.standings.current()
        standings = [adopted.of(*pair) for pair in await desk.pairs(adopted)]
        cases = await desk.steering.cases(standings, desk.profile(profile))
        show_all([shown(one) for one in cases], as_json=as_json)

    at_desk(work)


def show(
    channel: Channel,
    capability: Which,
    *,
    profile: ProfileName = PRODUCTION.name,
    as_json: Json = False,
) -> None:
    """Show one: the conditions of its next step, what was measured, and its history."""

    async def work(desk: AdoptionDesk) -> None:
        pair = await desk.pair(channel, capability)
        adopted = await desk.steering.standings.current()
        case = await desk.steering.case(adopted.of(capability, channel), desk.profile(profile))
        steps = await desk.steering.standings.history(pair.channel, pair.capability, _STEPS)
        show_one(case, steps, as_json=as_json)

    at_desk(work)


def promote(
    channel: Channel,
    capability: Which,
    *,
    reason: Reason,
    target: Target = None,
    token_file: TokenFile = None,
    profile: ProfileName = PRODUCTION.name,
    as_json: Json = False,
) -> None:
    """Take one step up; where a condition is not met all of those are shown, with exit code 1.

    The last step takes two people, each with a token of her own.
    """

    async def do(desk: AdoptionDesk, pair: Pair, wanted: Wanted) -> AdoptionOutcome:
        return await desk.steering.promote(pair, target, desk.profile(profile), wanted)

    _step(channel, capability, reason, do, profile=profile, token_file=token_file, as_json=as_json)


def rollback(
    channel: Channel,
    capability: Which,
    *,
    reason: Reason,
    target: Annotated[
        AdoptionState | None, typer.Option(help="The state; the one below where absent.")
    ] = None,
    within: Annotated[
        int, typer.Option(min=0, help="Seconds to wait for writes that its system has not yet.")
    ] = 60,
    as_json: Json = False,
) -> None:
    """Take any step down, in force everywhere within two seconds, behind writes on their way."""

    async def do(desk: AdoptionDesk, pair: Pair, wanted: Wanted) -> AdoptionOutcome:
        patience = timedelta(seconds=within)
        with console.status("asking") as status:

            def tell(left: Undrained) -> None:
                status.update(f"{left.waiting:,} writes of {channel} are on their way")

            return await rolled_back(desk.steering, pair, target, wanted, patience, tell)

    _step(channel, capability, reason, do, as_json=as_json)


def resume(
    channel: Channel,
    capability: Which,
    *,
    target: Annotated[AdoptionState, typer.Option(help="The state, as far as it was at most.")],
    reason: Reason,
    profile: ProfileName = PRODUCTION.name,
    as_json: Json = False,
) -> None:
    """Go out of a halt: where it was, if its conditions for staying hold, or further down."""

    async def do(desk: AdoptionDesk, pair: Pair, wanted: Wanted) -> AdoptionOutcome:
        return await desk.steering.resume(pair, target, desk.profile(profile), wanted)

    _step(channel, capability, reason, do, profile=profile, as_json=as_json)


def percent(
    channel: Channel,
    capability: Which,
    share: Annotated[str, typer.Argument(metavar="PERCENT", help="Per cent of people, such as 5.")],
    *,
    reason: Reason,
    side: Annotated[
        Share, typer.Option(case_sensitive=False, help="Whom it answers, or whose writes it leads.")
    ] = Share.READ,
    profile: ProfileName = PRODUCTION.name,
    as_json: Json = False,
) -> None:
    """Move more people to the platform, where conditions are met, or fewer at once."""
    points = _points(share)

    async def do(desk: AdoptionDesk, pair: Pair, wanted: Wanted) -> AdoptionOutcome:
        return await desk.steering.share(pair, side, points, desk.profile(profile), wanted)

    _step(channel, capability, reason, do, profile=profile, as_json=as_json)


def keep_legacy(
    channel: Channel,
    capability: Which,
    *,
    review_on: Annotated[str, typer.Option(metavar="DATE", help="When somebody looks again.")],
    reason: Reason,
    as_json: Json = False,
) -> None:
    """Leave it with its legacy: a valid end, looked at again on a day."""
    day = _day(review_on)

    async def do(desk: AdoptionDesk, pair: Pair, wanted: Wanted) -> AdoptionOutcome:
        return await desk.steering.stay(pair, day, wanted)

    _step(channel, capability, reason, do, as_json=as_json)


def route(
    channel: Channel,
    capability: Which,
    *,
    reason: Reason,
    store: Annotated[list[str] | None, typer.Option(help="A store that goes first.")] = None,
    member: Annotated[list[str] | None, typer.Option(help="A OneID that goes first.")] = None,
    label: Annotated[list[str] | None, typer.Option(help="A testers' word.")] = None,
    lagging: Annotated[
        list[str] | None, typer.Option(help="A field that the legacy answers all the same.")
    ] = None,
    conflict_policy: Annotated[
        ConflictPolicy | None, typer.Option(help="What happens where both changed the same.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Say who goes first, which fields lag, and whose change wins; what is absent stays."""
    routing = Routing(
        stores=_set(store),
        members=_set(member),
        labels=_set(label),
        fields=dict.fromkeys(sorted(lagging), Side.LEGACY) if lagging else None,
        conflict_policy=conflict_policy,
    )

    async def do(desk: AdoptionDesk, pair: Pair, wanted: Wanted) -> AdoptionOutcome:
        return await desk.steering.route(pair, routing, wanted)

    _step(channel, capability, reason, do, as_json=as_json)


def sign(
    channel: Channel,
    capability: Which,
    signature: Annotated[str, typer.Argument(metavar="SIGNATURE", help=_SIGNATURES)],
    *,
    reason: Reason,
    as_json: Json = False,
) -> None:
    """Vouch for what nobody can measure; the reason says the rest, such as who the owner is."""
    found = AdoptionSignature.__members__.get(signature.upper())
    if found is None:
        raise BadInput(f"{signature!r} is none of {_SIGNATURES}")
    fact = found.fact

    async def do(desk: AdoptionDesk, pair: Pair, wanted: Wanted) -> AdoptionOutcome:
        return await desk.steering.sign(pair, fact, wanted)

    _step(channel, capability, reason, do, as_json=as_json)


def _step(
    channel: str,
    capability: Capability,
    reason: str,
    do: _Do,
    *,
    profile: str = PRODUCTION.name,
    token_file: Path | None = None,
    as_json: bool,
) -> None:
    token = None if token_file is None else given_token(token_file)

    async def work(desk: AdoptionDesk) -> bool:
        known = desk.profile(profile)
        pair = await desk.pair(channel, capability)
        wanted = Wanted(author=author(), reason=reason, key=uuid4().hex)
        if token is not None:
            by = await desk.caller(token)
            proven = by.person is not None
            wanted = replace(wanted, author=by.subject, role=by.role.value, person=proven)
        return await show_outcome(desk, await do(desk, pair, wanted), known, as_json=as_json)

    if not at_desk(work):
        raise typer.Exit(1)


def _points(share: str) -> int:
    """Basis points of a percentage."""
    found = re.fullmatch(r"(\d{1,3})(?:\.(\d{1,2}))?%?", share)
    if found is None:
        raise BadInput(f"{share!r} is no percentage such as 5 or 0.25")
    return int(found[1]) * 100 + int((found[2] or "").ljust(2, "0"))


def _day(written: str) -> date:
    try:
        return date.fromisoformat(written)
    except ValueError:
        raise BadInput(f"{written!r} is no date such as 2027-01-31") from None


def _set(given: Sequence[str] | None) -> frozenset[str] | None:
    return frozenset(given) if given else None
