"""A preview over the platform's own copy of past orders: page by page, bounded, told as it goes."""

import asyncio
import time
from collections.abc import Callable
from datetime import date, datetime, timedelta
from datetime import time as clock
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import replace

from capabilities.errors import BadInput
from capabilities.promotion.plans import PromotionPlan
from capabilities.promotion.preview import PastOrder, Previewing, PromotionPreview, ZoneOf
from gateway.platform.known_goods import KnownGoods
from gateway.platform.known_promotions import asks_first
from store.owned import Owned
from store.promotion.past_orders import PastOrders, Wanted

# Weighed in one go: other requests of the process wait for no more than these.
_PAGE = 200
_MOST_DAYS = 92


class Span(Struct, frozen=True):
    """Days of the brand's own zone, both of them in it."""

    since: date
    until: date

    def check(self) -> None:
        """BadInput where it is none, or longer than a preview reaches."""
        if not timedelta(0) <= self.until - self.since < timedelta(days=_MOST_DAYS):
            told = f"a preview reaches over 1 to {_MOST_DAYS} days"
            raise BadInput(told, code="PREVIEW_SPAN")


class Bounds(Struct, frozen=True):
    """How far a preview goes before it says how far it came; None is to the end."""

    orders: int | None = None
    seconds: float | None = None


class PastPreview:
    """Previews of one brand; `zone_of` finds the time zone of a channel."""

    def __init__(self, owned: Owned, goods: KnownGoods, zone_of: ZoneOf) -> None:
        self._orders = PastOrders(owned.store, owned.brand)
        self._zone = owned.zone
        self._goods = goods
        self._zone_of = zone_of

    def wanted(
        self, plan: PromotionPlan, span: Span, channels: frozenset[str] | None = None
    ) -> Wanted:
        """The orders that a preview of a plan weighs."""
        return Wanted(
            since=_begin(span.since, self._zone),
            until=_begin(span.until + timedelta(days=1), self._zone),
            currency=plan.currency,
            channels=channels,
            asks_first=asks_first(plan.condition),
        )

    async def count(self, wanted: Wanted) -> int:
        """How many orders there are to weigh."""
        return await self._orders.count(wanted)

    async def run(
        self,
        plan: PromotionPlan,
        span: Span,
        wanted: Wanted,
        bounds: Bounds,
        told: Callable[[int], None] = lambda _: None,
    ) -> PromotionPreview:
        """What a plan would have cost; `told` is called with how many were weighed."""
        weighing = Previewing(plan, self._zone, self._zone_of)
        began, weighed = time.monotonic(), 0
        last: PastOrder | None = None
        while True:
            found = await self._orders.page(wanted, last, _PAGE)
            weighing.weigh(await self._placed(found))
            weighed += len(found)
            told(weighed)
            if len(found) < _PAGE:
                return weighing.told(span.since, span.until, complete=True)
            last = found[-1]
            late = bounds.seconds is not None and time.monotonic() - began > bounds.seconds
            if late or (bounds.orders is not None and weighed >= bounds.orders):
                return weighing.told(span.since, span.until, complete=False)
            await asyncio.sleep(0)

    async def _placed(self, orders: list[PastOrder]) -> list[PastOrder]:
        """Orders whose goods have their categories."""
        skus = list({line.sku for one in orders for line in one.lines if line.sku})
        paths = dict(zip(skus, await self._goods.categories(skus), strict=True)) if skus else {}
        return [
            replace(
                one,
                lines=tuple(
                    replace(line, category=paths.get(line.sku) or ()) for line in one.lines
                ),
            )
            for one in orders
        ]


def _begin(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, clock.min, tzinfo=zone)
