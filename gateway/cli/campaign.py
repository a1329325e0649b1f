"""`santong campaign`: what is sent to members, under which words, caps and hold-out."""

import csv
import getpass
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated
from uuid import uuid4

import msgspec
import typer
from rich.table import Table
from rich.text import Text

from capabilities.errors import BadInput
from capabilities.lifecycle.campaigns import (
    Campaign,
    CampaignDeclined,
    CampaignOutcome,
    CampaignPlan,
)
from capabilities.lifecycle.outcomes import TouchOutcome
from capabilities.member.consent import ConsentMedium
from gateway.cli.console import console
from gateway.cli.lifecycle_tables import money
from gateway.cli.store import LONG_SECONDS, at_owned
from gateway.cli.written import read_written
from store.lifecycle.campaigns import Campaigns
from store.lifecycle.touch_outcomes import OutcomesTaken, TouchOutcomes
from store.lifecycle.touch_templates import TouchTemplates
from store.owned import Owned

app = typer.Typer(name="campaign", help="Touches that are sent to members.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(metavar="NAME", help="Name of the campaign.")]
_INVALID = "CAMPAIGN_INVALID"
_AT_ONCE = 1_000


@app.command(name="list")
def show() -> None:
    """Show the campaigns, the newest first."""
    found = at_owned(lambda owned: Campaigns(owned).all())
    table = Table("name", "state", "touch", "sender", "ways", "held out", "spent", "cap")
    for one in found:
        state = one.state.value + (f" ({one.why.value})" if one.why else "")
        ways = ", ".join(medium.value for medium in one.media)
        caps = (f"{one.hold_out_percent} %", money(one.spent), money(one.cost_cap))
        table.add_row(*map(Text, (one.name, state, one.rule, one.sender, ways, *caps)))
    console.print(table)


@app.command()
def draft(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The campaign in YAML.")],
) -> None:
    """Write a campaign down; it sends nothing until it is started."""
    plan = read_written(file, CampaignPlan, _INVALID)
    _tell(
        at_owned(
            lambda owned: Campaigns(owned).draft(plan, author=_me(), key=_key()),
            seconds=LONG_SECONDS,
        )
    )


@app.command()
def start(name: Name) -> None:
    """Let a campaign send; `santong work` does it within a minute."""
    _tell(
        at_owned(
            lambda owned: Campaigns(owned).start(name, author=_me(), key=_key()),
            seconds=LONG_SECONDS,
        )
    )


@app.command()
def pause(name: Name) -> None:
    """Let a campaign send no more; what is on its way arrives."""
    _tell(
        at_owned(
            lambda owned: Campaigns(owned).pause(name, author=_me(), key=_key()),
            seconds=LONG_SECONDS,
        )
    )


@app.command()
def template(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of the words.")],
    medium: Annotated[ConsentMedium, typer.Argument(metavar="MEDIUM", help="SMS, EMAIL, …")],
    language: Annotated[str, typer.Argument(metavar="LANGUAGE", help="Such as zh-CN.")],
    words: Annotated[
        str, typer.Argument(metavar="WORDS", help="{days}, {store}, … are filled in.")
    ],
) -> None:
    """Put words for touches in force: a new version beside those before."""

    async def work(owned: Owned) -> int:
        templates = TouchTemplates(owned.store, owned.brand)
        now = owned.now()
        return await templates.put(name, medium, language, words, author=_me(), at=now)

    typer.echo(
        f"version {at_owned(work, seconds=LONG_SECONDS)} of {name} {medium.value} {language}"
    )


@app.command()
def outcomes(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV with a head.")],
    source: Annotated[str, typer.Option(help="Who tells it.")] = "file",
) -> None:
    """Take in what came of touches: touch_id, kind, at, and where known reference and score."""

    async def work(owned: Owned) -> OutcomesTaken:
        taken, told = OutcomesTaken(), TouchOutcomes(owned)
        for batch in _batches(file):
            more = await told.take(batch, source=source)
            taken = OutcomesTaken(
                new=taken.new + more.new,
                again=taken.again + more.again,
                unknown=taken.unknown + more.unknown,
            )
        return taken

    taken = at_owned(work, seconds=LONG_SECONDS)
    typer.echo(f"{taken.new} new, {taken.again} known before, {taken.unknown} of unknown touches")


def _batches(file: Path) -> Iterator[list[TouchOutcome]]:
    batch: list[TouchOutcome] = []
    with file.open(encoding="utf-8-sig", newline="") as lines:
        reader = csv.DictReader(lines)
        for row in reader:
            batch.append(_outcome(row, reader.line_num))
            if len(batch) == _AT_ONCE:
                yield batch
                batch = []
    if batch:
        yield batch


def _outcome(row: dict[str, str], line: int) -> TouchOutcome:
    """A row as an outcome; BadInput with its line where it is none."""
    filled = {name: value for name, value in row.items() if name and value}
    try:
        found = msgspec.convert(filled, TouchOutcome, strict=False)
    except msgspec.ValidationError as exc:
        raise BadInput(f"line {line}: {exc}", code="OUTCOME_INVALID") from None
    if found.at.tzinfo is None:
        raise BadInput(f"line {line}: `at` needs its time zone", code="OUTCOME_INVALID")
    return found


def _tell(outcome: CampaignOutcome) -> None:
    """Print what became of a campaign; BadInput where nothing did."""
    if isinstance(outcome, Campaign):
        typer.echo(f"{outcome.name} is {outcome.state.value}")
        return
    valid = outcome.valid if isinstance(outcome, CampaignDeclined) else ()
    listed = f": {', '.join(valid)}" if valid else ""
    raise BadInput(f"nothing was done{listed}", code=outcome.code)


def _me() -> str:
    return getpass.getuser()


def _key() -> str:
    return uuid4().hex
