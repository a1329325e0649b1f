"""What the marketplace holds: trades of the last three months, and how it writes them."""

from datetime import datetime, timedelta
from typing import Any, Final

from demo.sample import make_retailer
from demo.sample.records import Line, WooOrder

HISTORY: Final = timedelta(days=90)
STATUSES: Final = {
    "pending": "WAIT_BUYER_PAY",
    "on-hold": "PAID_FORBID_CONSIGN",
    "processing": "WAIT_SELLER_SEND_GOODS",
    "completed": "TRADE_FINISHED",
    "cancelled": "TRADE_CLOSED_BY_TAOBAO",
    "failed": "TRADE_NO_CREATE_PAY",
    "refunded": "TRADE_CLOSED",
    "lay-by": "WAIT_PRE_AUTH_CONFIRM",
}
_PAID: Final = {"processing", "completed", "refunded"}
_FIRST: Final = 388_000_000_000_000_000  # eighteen digits: more than a double holds


def make_trades(seed: int, scale: int) -> list[WooOrder]:
    """The sample's orders of the last three months, newest last."""
    kept = [order for order in make_retailer(seed, scale).woo_orders if order.status in STATUSES]
    newest = max(order.placed for order in kept)
    recent = [order for order in kept if order.placed > newest - HISTORY]
    return sorted(recent, key=lambda order: (order.placed, order.number))


def tid_of(order: WooOrder) -> str:
    """The trade's id."""
    return str(_FIRST + order.number * 1_001)


def ouid_of(order: WooOrder) -> str | None:
    """The buyer in this shop; guests do not exist on a marketplace, but old rows have no buyer."""
    return f"AAH{order.account.number:06d}x" if order.account else None


def write_trade(order: WooOrder, week: int) -> dict[str, Any]:
    """A trade as the platform shows it: receivers masked, arrays wrapped, sums as text."""
    goods = sum(line.after for line in order.lines)
    person = order.account.person if order.account else order.guest
    paid = order.status in _PAID
    return {
        "tid": int(tid_of(order)),
        "tid_str": tid_of(order),
        "status": STATUSES[order.status],
        "type": "fixed",
        "buyer_nick": f"{person.family}**" if person else "**",
        "buyer_open_uid": ouid_of(order),
        "oaid": f"oa{week:04d}{order.number * 7919 % 10**10:010d}",
        "receiver_name": f"{person.family}**" if person else "**",
        "receiver_mobile": "*******5678",
        "created": _time(order.placed),
        "modified": _time(order.changed),
        **({"pay_time": _time(order.placed)} if paid else {}),
        **({"end_time": _time(order.changed)} if order.status == "completed" else {}),
        "payment": _sum(goods + order.shipping),
        "post_fee": _sum(order.shipping),
        "total_fee": _sum(sum(line.before for line in order.lines)),
        "orders": {"order": [_line(order, place, line) for place, line in enumerate(order.lines)]},
    }


def _line(order: WooOrder, place: int, line: Line) -> dict[str, Any]:
    """What a line paid holds the freight, but only where it is the trade's only line."""
    oid = str(int(tid_of(order)) + place)
    alone = order.shipping if len(order.lines) == 1 else 0
    return {
        "oid": int(oid),
        "oid_str": oid,
        "title": line.code.name,
        "num": line.milli // 1000,
        "price": _sum(line.before * 1000 // line.milli),
        "total_fee": _sum(line.after),
        "discount_fee": _sum(line.before - line.after),
        "payment": _sum(line.after + alone),
        "divide_order_fee": _sum(line.after + alone),
        "outer_sku_id": line.code.written,
        "sku_id": str(line.code.variation or line.code.number),
        "num_iid": line.code.parent or line.code.number,
        "refund_status": "SUCCESS" if order.status == "refunded" else "NO_REFUND",
        "status": STATUSES[order.status],
    }


def _time(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}"


def _sum(cents: int) -> str:
    return f"{cents / 100:.2f}"
