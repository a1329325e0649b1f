"""`santong promotion preview`: what a promotion would have cost over past orders."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from capabilities.errors import BadInput
from capabilities.promotion.plans import PromotionPlan
from capabilities.promotion.preview import PreviewShare, PromotionPreview, ZoneOf
from gateway.cli.console import console
from gateway.cli.environment import command_settings
from gateway.cli.store import LONG_SECONDS, at_owned
from gateway.federation.estate_file import read_estate
from gateway.platform.known_goods import KnownGoods
from gateway.promotion.previewing import Bounds, PastPreview, Span
from gateway.promotion.reading import read_promotion_file
from store.owned import Owned
from store.promotion.promotions import Promotions

_WEEK = 7
_WIDTH = 30
_DAY = "%Y-%m-%d"
_Day = Annotated[
    datetime | None, typer.Option(formats=[_DAY], help="First day; a week before the last.")
]
_Last = Annotated[datetime | None, typer.Option(formats=[_DAY], help="Last day; yesterday.")]


def preview(
    named: Annotated[
        str, typer.Argument(metavar="PROMOTION", help="Id of a promotion, or a file with one.")
    ],
    since: _Day = None,
    until: _Last = None,
    channel: Annotated[
        list[str] | None, typer.Option(help="Only orders of this channel; may stand often.")
    ] = None,
) -> None:
    """Say what a promotion, a draft too, would have cost: past orders, by day and by channel."""
    columns = (TextColumn("orders"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    codes = frozenset(channel) if channel else None
    file = Path(named)
    written = read_promotion_file(file) if file.suffix or file.is_file() else None
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("orders", total=None)

        async def work(owned: Owned) -> PromotionPreview:
            span = _span(owned, since, until)
            span.check()
            plan = written or await _kept(owned, named)
            past = PastPreview(owned, KnownGoods(owned, lambda: 0), _zones(owned.zone))
            wanted = past.wanted(plan, span, codes)
            progress.update(task, total=await past.count(wanted))

            def told(done: int) -> None:
                progress.update(task, completed=done)

            return await past.run(plan, span, wanted, Bounds(), told)

        _show(at_owned(work, seconds=LONG_SECONDS))


def _span(owned: Owned, since: datetime | None, until: datetime | None) -> Span:
    yesterday = owned.now().astimezone(owned.zone).date() - timedelta(days=1)
    last = yesterday if until is None else until.date()
    first = last - timedelta(days=_WEEK - 1) if since is None else since.date()
    return Span(first, last)


async def _kept(owned: Owned, named: str) -> PromotionPlan:
    kept = await Promotions(owned).one(named)
    if kept is None:
        raise BadInput(f"there is no promotion {named!r}", code="PROMOTION_UNKNOWN")
    return kept.plan


def _zones(zone: ZoneInfo) -> ZoneOf:
    """The time zone of a channel; that of the brand for one that is gone from the estate."""
    channels = read_estate(command_settings().estate).channels
    known = {one.code: ZoneInfo(one.time_zone) for one in channels}
    return lambda channel: known.get(channel, zone)


def _show(told: PromotionPreview) -> None:
    head = f"{told.promotion} from {told.since:{_DAY}} to {told.until:{_DAY}}: "
    head += f"{told.discount.amount} of {told.turnover.amount} {told.turnover.currency} "
    head += f"over {told.orders} orders, {told.applied} of them reduced"
    console.print(Text(head))
    if told.unpriced:
        console.print(Text(f"{told.unpriced} more have lines of which nobody knows the price"))
    console.print(_table("day", told.days, [f"{one.day:{_DAY}}" for one in told.days]))
    console.print(_table("channel", told.channels, [one.channel or "" for one in told.channels]))
    if told.reasons:
        table = Table("why not", "orders")
        for one in told.reasons:
            table.add_row(one.why.value, str(one.orders))
        console.print(table)


def _table(what: str, shares: Sequence[PreviewShare], names: Sequence[str]) -> Table:
    table = Table(what, "orders", "reduced", "turnover", "discount", "")
    most = max((one.discount.minor for one in shares), default=0)
    for one, name in zip(shares, names, strict=True):
        bar = "█" * round(_WIDTH * one.discount.minor / most) if most else ""
        sums = (str(one.turnover.amount), str(one.discount.amount))
        table.add_row(*map(Text, (name, str(one.orders), str(one.applied), *sums, bar)))
    return table
