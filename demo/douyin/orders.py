"""What the shop holds, and how it writes an order: fen as numbers, seconds, long ids as text."""

from datetime import datetime, timedelta, timezone
from typing import Any, Final

from demo.sample import make_retailer
from demo.sample.records import Line, WooOrder

HISTORY: Final = timedelta(days=90)
STATUSES: Final = {
    "pending": 1,
    "on-hold": 105,
    "processing": 2,
    "completed": 5,
    "cancelled": 4,
    "failed": 1,
    "refunded": 4,
    "lay-by": 200,
}
_PAID: Final = {"on-hold", "processing", "completed", "refunded"}
_BEIJING: Final = timezone(timedelta(hours=8))
_FIRST: Final = 692_100_000_000_000_000  # eighteen digits: more than a double holds


def make_orders(seed: int, scale: int) -> list[WooOrder]:
    """The sample's orders of the last three months, newest last."""
    kept = [order for order in make_retailer(seed, scale).woo_orders if order.status in STATUSES]
    newest = max(order.placed for order in kept)
    recent = [order for order in kept if order.placed > newest - HISTORY]
    return sorted(recent, key=lambda order: (order.placed, order.number))


def order_id_of(order: WooOrder) -> str:
    """The shop order's id."""
    return str(_FIRST + order.number * 1_001)


def open_id_of(order: WooOrder) -> str | None:
    """The buyer in this app; some orders have none."""
    return f"1@#dy{order.account.number:08d}" if order.account else None


def seconds(at: datetime) -> int:
    """A moment as the platform writes it."""
    return int(at.replace(tzinfo=_BEIJING).timestamp())


def write_order(order: WooOrder) -> dict[str, Any]:
    """A shop order with its orders of single goods; receivers are encrypted."""
    goods = sum(line.after for line in order.lines)
    off = sum(line.before - line.after for line in order.lines)
    return {
        "order_id": order_id_of(order),
        "order_status": STATUSES[order.status],
        "main_status": STATUSES[order.status],
        "b_type": 2,
        "doudian_open_id": open_id_of(order) or "",
        "create_time": seconds(order.placed),
        "update_time": seconds(order.changed),
        "pay_time": seconds(order.placed) if order.status in _PAID else 0,
        "finish_time": seconds(order.changed) if order.status == "completed" else 0,
        "order_amount": goods + off + order.shipping,
        "pay_amount": goods + order.shipping,
        "post_amount": order.shipping,
        "promotion_amount": off,
        "promotion_pay_amount": 0,
        "buyer_words": order.note,
        "encrypt_post_tel": f"$$q1w2{order.number:08d}==$$1$",
        "encrypt_post_receiver": f"##e3r4{order.number:08d}==##1#",
        "sku_order_list": [_line(order, place, line) for place, line in enumerate(order.lines)],
    }


def _line(order: WooOrder, place: int, line: Line) -> dict[str, Any]:
    return {
        "order_id": str(int(order_id_of(order)) + place),
        "parent_order_id": order_id_of(order),
        "product_id": line.code.parent or line.code.number,
        "product_name": line.code.name,
        "sku_id": line.code.variation or line.code.number,
        "code": line.code.written,
        "item_num": line.milli // 1000,
        "origin_amount": line.cents,
        "pay_amount": line.after,
        "room_id": 7_100_000_000_000_000_000 + order.number % 5,
    }
