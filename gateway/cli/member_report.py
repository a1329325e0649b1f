"""`santong member report`: what was joined, what contradicts, and what is missing, as counts."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.table import Table

from capabilities.errors import BadInput
from capabilities.member.quality import DataQuality, PointsDrift
from gateway.cli.connecting import Desk, at_the_desk
from gateway.cli.console import aside, console
from gateway.cli.report_page import page_of

Lines = list[tuple[str, str]]


def report(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, for a program.")] = False,
    html: Annotated[
        Path | None, typer.Option("--html", help="A file to write as a page with charts.")
    ] = None,
) -> None:
    """Measure the data of members: duplicates, conflicts, unusable phones, coverage of orders."""
    with aside.status("counting"):
        found = at_the_desk(_measured)
    if html is not None:
        try:
            html.write_text(page_of(found), "utf-8")
        except OSError as exc:
            raise BadInput(f"{html} cannot be written: {exc.strerror}") from exc
        typer.echo(f"written to {html}")
        return
    if as_json:
        typer.echo(msgspec.json.format(msgspec.json.encode(found)).decode())
        return
    for title, lines in parts_of(found).items():
        table = Table(title, "")
        for name, value in lines:
            table.add_row(name, value)
        console.print(table)


async def _measured(desk: Desk) -> DataQuality:
    return await desk.quality.measure(datetime.now(UTC))


def parts_of(found: DataQuality) -> dict[str, Lines]:
    """The report in words, part by part; a part without a line is left out."""
    whole = [
        ("people", f"{found.people:,}"),
        ("memberships", f"{found.memberships:,}"),
        ("people with several memberships", f"{found.joined:,}"),
        ("ids merged into others", f"{found.aliases:,}"),
        ("pairs that wait for a decision", f"{found.candidates:,}"),
        ("orders that belong to a person", percent(found.order_coverage)),
        ("people who answered for marketing", percent(found.consent_coverage)),
    ]
    parts = {
        "people": whole,
        "duplicates by rule": [
            (one.rule, f"{one.identities:,} shown by {one.memberships:,} memberships")
            for one in found.duplicates
        ],
        "conflicts by rule": [
            (one.rule, f"{one.identities:,} shown by {one.people:,} people")
            for one in found.conflicts
        ],
        "phones that join nobody": [
            (f"{one.connector}: {one.reason}", f"{one.memberships:,}") for one in found.phones
        ],
        "orders of a person": [
            (one.channel, f"{one.attributed:,} of {one.orders:,}, {percent(one.share)}")
            for one in found.coverage
        ],
        "marketing": [
            (one.medium, f"{one.answered:,} answered, {one.reachable:,} may be reached")
            for one in found.consents
        ],
        "points beside the reckoning": [(one.programme, _drift(one)) for one in found.drifts],
    }
    return {title: lines for title, lines in parts.items() if lines}


def _drift(one: PointsDrift) -> str:
    equal = f"{percent(one.share)} of {one.memberships:,} equal"
    return f"{equal}, {one.drift:+,} in all, {one.largest:,} at most"


def percent(share: float | None) -> str:
    """A share as people read it."""
    return "–" if share is None else f"{share:.1%}"
