"""`santong adoption`: what comparing both sides came to, keys drawn now, and what is expected."""

from datetime import UTC, datetime, time
from pathlib import Path
from typing import Annotated
from uuid import uuid4

import msgspec
import typer

from capabilities.adoption.acknowledging import Acknowledging
from capabilities.adoption.bounds import PRODUCTION
from capabilities.adoption.difference import WHOLE, DiffClass
from capabilities.adoption.expected import ExpectedRule
from capabilities.adoption.shown import shown
from capabilities.errors import BadInput
from gateway.cli.adoption_desk import AdoptionDesk, at_desk
from gateway.cli.adoption_html import adoption_page
from gateway.cli.adoption_report import Report, report_tables
from gateway.cli.adoption_steps import Channel, Json, ProfileName, Reason, Which
from gateway.cli.at_work import run_at_work
from gateway.cli.console import console
from gateway.cli.given import author
from store.adoption.acknowledging import Desk
from store.adoption.comparison_reading import ComparisonReports

_MOST_DAYS = 90
_MOST_KEYS = 100_000


def report(
    channel: Channel,
    capability: Which,
    *,
    profile: ProfileName = PRODUCTION.name,
    days: Annotated[int, typer.Option(min=1, max=_MOST_DAYS, help="Of how many days.")] = 14,
    as_json: Json = False,
    html: Annotated[
        Path | None, typer.Option("--html", help="A file to write as a page with charts.")
    ] = None,
) -> None:
    """Show what comparing both sides came to, and the verdict: ready, or what is missing."""

    async def work(desk: AdoptionDesk) -> Report:
        pair = await desk.pair(channel, capability)
        adopted = await desk.steering.standings.current()
        case = await desk.steering.case(adopted.of(capability, channel), desk.profile(profile))
        reports = ComparisonReports(desk.owned.store, desk.owned.brand)
        return Report(
            channel=pair.channel,
            capability=pair.capability,
            state=case.standing.state.value,
            comparison=await reports.of(channel, capability, desk.owned.now(), days),
            verdict=shown(case).next,
        )

    found = at_desk(work)
    if html is not None:
        try:
            html.write_text(adoption_page(found), "utf-8")
        except OSError as exc:
            raise BadInput(f"{html} cannot be written: {exc.strerror}") from exc
        typer.echo(f"written to {html}")
    elif as_json:
        told = {**msgspec.to_builtins(found), "ready": found.ready, "words": found.words}
        typer.echo(msgspec.json.format(msgspec.json.encode(told)).decode())
    else:
        console.print(report_tables(found))


def sample(
    channel: Channel,
    capability: Which,
    *,
    keys: Annotated[int, typer.Option(min=1, max=_MOST_KEYS, help="How many at most.")] = 1_000,
    as_json: Json = False,
) -> None:
    """Draw keys of both sides and compare them now, inside the load agreement."""
    words = ["sample", channel, capability.value, str(keys), *(["json"] if as_json else [])]
    if code := run_at_work(words):
        raise typer.Exit(code)


def acknowledge(
    channel: Channel,
    capability: Which,
    *,
    pattern: Annotated[
        str, typer.Option(help="`LEGACY -> PLATFORM`, or the stores of whole records.")
    ],
    reason: Reason,
    owner: Annotated[str, typer.Option(help="Who answers for it.")],
    until: Annotated[str, typer.Option(metavar="DATE", help="Its last day, within 90.")],
    field: Annotated[str, typer.Option(help="The field; left out for whole records.")] = WHOLE,
    klass: Annotated[
        DiffClass, typer.Option("--class", help="MISMATCH, MISSING or EXTRA.")
    ] = DiffClass.MISMATCH,
) -> None:
    """Say why a difference is expected, until it expires; in a critical field none is."""

    async def work(desk: AdoptionDesk) -> ExpectedRule:
        pair = await desk.pair(channel, capability)
        wished = Acknowledging(
            channel=pair.channel,
            capability=pair.capability,
            field=field,
            klass=klass,
            pattern=pattern,
            reason=reason,
            owner=owner,
            until=_end_of(until),
        )
        return await Desk(desk.owned, author(), None).explain(wished, uuid4().hex)

    found = at_desk(work)
    what = found.field or "whole records"
    typer.echo(f"{found.klass.value} of {what} is expected until {found.expires_at:%Y-%m-%d}")


def _end_of(written: str) -> datetime:
    """The end of a day."""
    try:
        day = datetime.strptime(written, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        raise BadInput(f"{written!r} is no date such as 2027-01-31") from None
    return datetime.combine(day.date(), time.max, tzinfo=UTC)
