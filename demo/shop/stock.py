"""What the shop holds while it runs: the sample, and orders that arrive after it."""

from datetime import UTC, datetime, timedelta
from random import Random

import msgspec

from demo.sample import make_retailer
from demo.sample.baskets import basket, deal
from demo.sample.records import WOO, Account, Coupon, WooOrder
from demo.sample.woo_orders import VIAS
from demo.shop.query import ZONE


class Stock:
    """Orders by number, oldest number first; customers; coupons."""

    def __init__(self, seed: int, scale: int) -> None:
        retailer = make_retailer(seed, scale)
        self.orders: dict[int, WooOrder] = {order.number: order for order in retailer.woo_orders}
        self.customers: dict[int, Account] = {a.number: a for a in retailer.accounts[WOO]}
        self.coupons: dict[int, Coupon] = {c.number: c for c in retailer.coupons}
        self._newest = max(order.placed for order in retailer.woo_orders)
        self._rng = Random(f"{seed}:late orders")
        self._cards = deal(self._rng, retailer.codes[WOO])

    def arrive(self, count: int, touched: int) -> list[int]:
        """Take `count` new orders, newer than all, and touch some old ones; the new numbers."""
        now = (datetime.now(UTC) + ZONE).replace(tzinfo=None, microsecond=0)
        old = self._rng.sample(sorted(self.orders), min(touched, len(self.orders)))
        made = [self._order(now) for _ in range(count)]
        for number in old:
            order = self.orders[number]
            self.orders[number] = msgspec.structs.replace(order, changed=self._newest)
        return made

    def _order(self, now: datetime) -> int:
        self._newest = max(now, self._newest + timedelta(seconds=1))
        number = max(self.orders) + 3
        self.orders[number] = WooOrder(
            number=number,
            created_via=self._rng.choice(VIAS),
            status="processing",
            account=self._rng.choice(list(self.customers.values())),
            guest=None,
            placed=self._newest,
            changed=self._newest,
            lines=basket(self._rng, self._cards),
            shipping=0,
            payment="wechat",
        )
        return number
