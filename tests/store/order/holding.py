"""Orders that the platform holds, made short for tests."""

from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import count
from zoneinfo import ZoneInfo

from sqlalchemy import text

from capabilities.events import Subject
from capabilities.order.changing import prorated
from capabilities.order.held import HeldLine, HeldOrder, Reduction
from capabilities.order.history import OrderPersonal
from capabilities.order.payments import Confirmation
from store.order.held import HeldOrders
from store.order.payments import Payments
from store.privacy.data_keys import DataKeys
from store.sealing import Sealer

NOW = datetime(2026, 11, 27, 4, tzinfo=UTC)
_NUMBERS = count(1)
_NOTHING = OrderPersonal()


def line(ref="1", price=1290, quantity=2, **more):
    quantity = Decimal(quantity)
    total = int(price * quantity)
    return HeldLine(
        **{
            "ref": ref,
            "raw_sku": "SN-1",
            "sku": "SN-1",
            "quantity": quantity,
            "unit_price": price,
            "total": total,
            "net": total,
            **more,
        }
    )


def order(*lines, number=None, off=0, shipping=0, **more):
    lines = lines or (line(),)
    items = sum(one.total for one in lines)
    made = HeldOrder(
        **{
            "channel": "mini",
            "number": number or f"26112700{next(_NUMBERS):04d}",
            "currency": "CNY",
            "items": items,
            "discounts": (Reduction(amount=off),) if off else (),
            "shipping": shipping,
            "total": items - off + shipping,
            "placed_at": NOW,
            "business_date": date(2026, 11, 27),
            "updated_at": NOW,
            "lines": lines,
            **more,
        }
    )
    return prorated(made)


def confirmation(one, amount, transaction, currency="CNY", provider="pay", at=NOW):
    return Confirmation(
        provider=provider,
        transaction=transaction,
        channel=one.channel,
        number=one.number,
        amount=amount,
        currency=currency,
        paid_at=at,
    )


class Books:
    """The orders and payments of one brand, and what its rows say."""

    def __init__(self, store, brand):
        self.store, self.brand = store, brand
        self.keys = DataKeys(brand, Sealer(b"s" * 32))
        self.orders = HeldOrders(store, brand, self.keys, ZoneInfo("Asia/Shanghai"))
        self.payments = Payments(store, brand, self.orders)

    async def place(self, held, personal=_NOTHING):
        return await self.store.transaction(
            lambda run: self.orders.place(run, held, personal, "ada")
        )

    async def held(self, one):
        subject = Subject(key=one.number, channel=one.channel)
        found = await self.store.transaction(lambda run: self.orders.locked(run, [subject]))
        return found[0]

    async def confirm(self, one, amount, transaction, currency="CNY", provider="pay", at=NOW):
        made = confirmation(one, amount, transaction, currency, provider, at)
        return (await self.payments.confirm([made], at))[0]

    async def rows(self, statement):
        return await self.store.rows(text(statement), {"brand": self.brand})
