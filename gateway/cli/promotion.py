"""`santong promotion`: promotions that the platform decides, from files."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated
from uuid import uuid4

import typer
from rich.table import Table
from rich.text import Text

from capabilities.errors import BadInput
from capabilities.member.changing import PLATFORM
from capabilities.page import PageAsk
from capabilities.promotion.plans import (
    PromotionAction,
    PromotionChange,
    PromotionOutcome,
    PromotionPlan,
)
from capabilities.promotion.records import Promotion, PromotionFilter
from capabilities.promotion.shown import Kept
from gateway.cli.console import console
from gateway.cli.given import author
from gateway.cli.promotion_preview import preview
from gateway.cli.store import at_owned
from gateway.promotion.reading import PromotionError, read_promotion_file
from gateway.redact import redacted_text
from store.owned import Owned
from store.promotion.lists import PromotionLists
from store.promotion.promotions import Promotions
from store.promotion.steps import Wanted

app = typer.Typer(
    name="promotion", no_args_is_help=True, help="Promotions that the platform decides."
)
File = Annotated[Path, typer.Argument(metavar="FILE", help="A promotion in YAML or JSON.")]
Name = Annotated[str, typer.Argument(metavar="ID", help="Id of the promotion.")]
Reason = Annotated[str, typer.Option(help="Why, for its history.")]
_MOST = 500
app.command()(preview)


@app.command()
def check(file: File) -> None:
    """Say everything that is wrong with a promotion, each fault with its line and column."""
    plan = read(file)
    console.print(f"[green]✓[/] {plan.id}: {plan.kind.value}", highlight=False)


@app.command()
def put(file: File, reason: Reason) -> None:
    """Write the promotion of a file down: a draft, or the next version of one that is there."""
    plan = read(file)

    async def work(owned: Owned) -> PromotionOutcome:
        promotions = Promotions(owned)
        if await promotions.one(plan.id) is None:
            return await promotions.create(plan, _wanted(reason))
        return await promotions.update(plan, None, _wanted(reason))

    _tell(at_owned(work))


@app.command(name="list")
def show_all() -> None:
    """Show every promotion of the platform, the newest start first."""

    async def work(owned: Owned) -> Sequence[Promotion]:
        ask = PageAsk(first=_MOST, channels=(PLATFORM,))
        page = await PromotionLists(owned).page(PromotionFilter(), ask, staff=True)
        return page.rows

    table = Table("id", "name", "kind", "status", "from", "until", "used", "version")
    for one in at_owned(work):
        version = "" if one.terms is None else str(one.terms.version)
        words = (one.key, one.name or "", one.kind.value, one.status.value)
        table.add_row(
            *map(Text, words), moment(one.starts_at), moment(one.ends_at), str(one.used), version
        )
    console.print(table)


@app.command()
def show(name: Name) -> None:
    """Show one promotion, and every step of its life."""

    async def work(owned: Owned) -> tuple[Kept | None, Sequence[PromotionChange]]:
        promotions = Promotions(owned)
        return await promotions.one(name), await promotions.history(name)

    kept, steps = at_owned(work)
    if kept is None:
        raise BadInput(f"there is no promotion {name!r}", code="PROMOTION_UNKNOWN")
    table = Table("step", "when", "what", "stage", "version", "by", "reason")
    for one in steps:
        words = (one.action.value, one.stage.value, str(one.version), one.author, one.reason)
        table.add_row(str(one.sequence), moment(one.at), *map(Text, words))
    console.print(Text(f"{kept.plan.id}: {kept.plan.name}, {kept.plan.kind.value}"))
    console.print(table)


@app.command()
def schedule(name: Name, reason: Reason) -> None:
    """Put a draft in force, within its window; every process knows it within a second."""
    _move(name, PromotionAction.SCHEDULE, reason)


@app.command()
def pause(name: Name, reason: Reason) -> None:
    """Let a promotion apply no more until it is resumed."""
    _move(name, PromotionAction.PAUSE, reason)


@app.command()
def resume(name: Name, reason: Reason) -> None:
    """Let a paused promotion apply again."""
    _move(name, PromotionAction.RESUME, reason)


@app.command()
def end(name: Name, reason: Reason) -> None:
    """End a promotion for good."""
    _move(name, PromotionAction.END, reason)


def read(file: Path) -> PromotionPlan:
    """The plan of a file; its faults are printed, each with its place."""
    try:
        return read_promotion_file(file)
    except PromotionError as exc:
        for fault in exc.faults:
            console.print(Text(f"✗ {fault}"), soft_wrap=True)
        raise typer.Exit(1) from exc


def moment(at: datetime | None) -> str:
    """A moment as tables show it."""
    return "" if at is None else f"{at.astimezone(UTC):%Y-%m-%d %H:%M}Z"


def _move(name: str, action: PromotionAction, reason: str) -> None:
    _tell(at_owned(lambda owned: Promotions(owned).move(name, action, _wanted(reason))))


def _tell(outcome: PromotionOutcome) -> None:
    """Print what became of a promotion; BadInput where nothing did."""
    if isinstance(outcome, Promotion):
        version = 0 if outcome.terms is None else outcome.terms.version
        typer.echo(f"{outcome.key} is {outcome.status.value}, version {version}")
        return
    raise BadInput("nothing was done", code=outcome.code)


def _wanted(reason: str) -> Wanted:
    return Wanted(author=author(), reason=redacted_text(reason), key=uuid4().hex)
