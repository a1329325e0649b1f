"""What the shop holds while it runs: the sample, and orders that arrive after it."""

from datetime import UTC, datetime, timedelta
from random import Random

import msgspec

from demo.sample import make_retailer
from demo.sample.baskets import basket, deal
from demo.sample.records import WOO, Account, Code, Coupon, WooOrder
from demo.sample.woo_orders import VIAS
from demo.shop.documents import Document, email_of, write_customer
from demo.shop.failures import ShopError
from demo.shop.order_writes import changed_order, new_order, new_refund, recorded, shown
from demo.shop.query import ZONE
from demo.shop.shelf import Shelf
from demo.shop.written import changed_customer, check_email, new_customer


class Stock:
    """Orders by number, oldest number first; customers; coupons."""

    def __init__(self, seed: int, scale: int) -> None:
        retailer = make_retailer(seed, scale)
        self.orders: dict[int, WooOrder] = {order.number: order for order in retailer.woo_orders}
        self.customers: dict[int, Account] = {a.number: a for a in retailer.accounts[WOO]}
        self.coupons: dict[int, Coupon] = {c.number: c for c in retailer.coupons}
        self.written: dict[int, Document] = {}
        self.order_documents: dict[int, Document] = {}
        self.refunds: dict[int, list[Document]] = {}
        self._codes = _by_name(retailer.codes[WOO])
        self.shelf = Shelf(retailer.codes[WOO])
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

    def sell(self, sku: str, count: int, via: str) -> int:
        """Sell what is left of a product in the shop's own cart, an order for each piece."""
        sold = self.shelf.take(sku, count)
        for _ in range(sold):
            body = {"created_via": via, "line_items": [{"sku": sku, "quantity": 1}]}
            self.put_order(self.add_order(0, body)["id"], {"set_paid": True})
        return sold

    def customer(self, number: int) -> Document:
        """A customer as she stands now."""
        if number in self.written:
            return self.written[number]
        if number not in self.customers:
            raise ShopError(404, "woocommerce_rest_invalid_id", "无效的资源 ID。")
        return write_customer(self.customers[number])

    def add_customer(self, _: int, body: Document) -> Document:
        """A new customer; the shop takes no two with one address."""
        check_email(body, required=True)
        if self._has_email(str(body["email"])):
            raise ShopError(400, "registration-error-email-exists", "此邮箱已注册。")
        number = max((*self.customers, *self.written)) + 1
        now = (datetime.now(UTC) + ZONE).replace(tzinfo=None, microsecond=0)
        self.written[number] = new_customer(number, now, body)
        return self.written[number]

    def put_customer(self, number: int, body: Document) -> Document:
        """A customer with some fields changed."""
        check_email(body, required=False)
        self.written[number] = changed_customer(self.customer(number), body)
        return self.written[number]

    def drop_customer(self, number: int) -> Document:
        """A customer who is gone from now on."""
        gone = self.customer(number)
        self.customers.pop(number, None)
        self.written.pop(number, None)
        return gone

    def order(self, number: int) -> Document:
        """An order as it stands now."""
        if number not in self.orders:
            raise ShopError(404, "woocommerce_rest_shop_order_invalid_id", "无效的 ID。")
        return shown(self.orders[number], self.order_documents, 2)

    def add_order(self, _: int, body: Document) -> Document:
        """A new order, newer than all others."""
        number = max(self.orders) + 3
        document = new_order(number, body, self._codes)
        now = (datetime.now(UTC) + ZONE).replace(tzinfo=None, microsecond=0)
        self._newest = max(now, self._newest + timedelta(seconds=1))
        self.orders[number] = WooOrder(
            number=number,
            created_via=document["created_via"],
            status=document["status"],
            account=self.customers.get(document["customer_id"]),
            guest=None,
            placed=now,
            changed=now,
            lines=(),
            shipping=0,
            payment="",
        )
        self.order_documents[number] = document
        return document

    def put_order(self, number: int, body: Document) -> Document:
        """An order with some fields changed."""
        return self._keep(number, changed_order(self.order(number), body))

    def add_refund(self, number: int, body: Document) -> Document:
        """A refund of an order."""
        turn = 1 + sum(map(len, self.refunds.values()))
        refund, after = new_refund(number * 1000 + turn, self.order(number), body)
        self.refunds.setdefault(number, []).append(refund)
        self._keep(number, after)
        return refund

    def _keep(self, number: int, document: Document) -> Document:
        self.order_documents[number] = document
        self.orders[number] = recorded(self.orders[number], document)
        return document

    def _has_email(self, email: str) -> bool:
        known = (str(one["email"]) for one in self.written.values())
        return email.lower() in {*known, *map(email_of, self.customers.values())}

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


def _by_name(codes: tuple[Code, ...]) -> dict[str, Code]:
    """Articles by everything that they are called by, in lower case."""
    found: dict[str, Code] = {}
    for code in codes:
        found |= {str(code.number): code, code.written.lower(): code, code.code.lower(): code}
        if code.variation:
            found[str(code.variation)] = code
    return found
