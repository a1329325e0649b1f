"""Promotions and coupons follow the orders that used them, whichever counter changed the order."""

from collections.abc import Sequence

from capabilities.events import Event, Topic
from store.engine import Run
from store.owned import Owned
from store.promotion.order_promotions import OrderPromotions
from work.consumers import Consumer


def promotion_orders(owned: Owned) -> Consumer:
    """Gives back what came back, and gives out the coupons that paid orders have earned."""
    promotions = OrderPromotions(owned)

    async def handle(run: Run, events: Sequence[Event]) -> None:
        orders = dict.fromkeys(one.subject for one in events)
        await promotions.follow_in(run, list(orders))

    return Consumer(name="promotions", topics=(Topic.ORDER_CHANGED,), handle=handle)
