"""What the platform holds, and how it writes an order: yuan as numbers, JSON inside of texts."""

from datetime import datetime, timedelta, timezone
from typing import Any, Final
from urllib.parse import quote_plus

import orjson

from demo.sample import make_retailer
from demo.sample.records import WooOrder

HISTORY: Final = timedelta(days=30)
STATUSES: Final = {
    "pending": 1,
    "on-hold": 2,
    "processing": 4,
    "completed": 8,
    "cancelled": 9,
    "failed": 1,
    "refunded": 9,
    "lay-by": 5,
}
_BEIJING: Final = timezone(timedelta(hours=8))
_BOX: Final = 50  # cents for the box of each line
_FIRST: Final = 24_581_032_571_000_000  # seventeen digits: more than a double holds


def make_orders(seed: int, scale: int) -> list[WooOrder]:
    """The sample's orders of a month, and those before it that have a status of their own."""
    kept = [order for order in make_retailer(seed, scale).woo_orders if order.status in STATUSES]
    newest = max(order.placed for order in kept)
    found = [o for o in kept if o.placed > newest - HISTORY or o.status == "lay-by"]
    return sorted(found, key=lambda order: (order.placed, order.number))


def view_id_of(order: WooOrder) -> str:
    """The order's id as people see it."""
    return str(_FIRST + order.number * 1_001)


def store_of(order: WooOrder) -> str:
    """The shop's own code of the store that delivers."""
    return f"M{order.number % 8 + 1:04d}"


def total_of(order: WooOrder) -> int:
    """What is paid, in cents."""
    goods = sum(line.after for line in order.lines)
    return goods + order.shipping + _BOX * len(order.lines)


def write_order(order: WooOrder, now: datetime) -> dict[str, Any]:
    """An order; every second one has its inner JSON percent-encoded, as in pushed forms."""
    off = sum(line.before - line.after for line in order.lines)
    person = order.account.person if order.account else order.guest
    told = quote_plus if order.number % 2 else str
    return {
        "order_id": int(view_id_of(order)),
        "wm_order_id_view": int(view_id_of(order)),
        "app_poi_code": store_of(order),
        "wm_poi_name": "示例门店",
        "recipient_name": f"{person.family}(先生)" if person else "",
        "recipient_phone": privacy_number(order, now),
        "recipient_address": person.street if person else "",
        "shipping_fee": order.shipping / 100,
        "total": total_of(order) / 100,
        "original_price": (total_of(order) + off) / 100,
        "caution": order.note,
        "status": STATUSES[order.status],
        "pay_type": 1 if order.number % 10 == 1 else 2,
        "ctime": _seconds(order.placed),
        "utime": _seconds(order.changed),
        "delivery_time": 0,
        "is_third_shipping": 0,
        "logistics_status": 40 if order.status == "completed" else 0,
        "day_seq": order.number % 97 + 1,
        "detail": told(_text([_line(order, place) for place in range(len(order.lines))])),
        "extras": told(_text(_extras(off))),
    }


def privacy_number(order: WooOrder, now: datetime) -> str:
    """A number that rings at the customer's for some hours, and at somebody else's after it."""
    hour = int(now.timestamp()) // 3600
    return f"184{(order.number * 7919 + hour * 104_729) % 10**8:08d}_{order.number % 10_000:04d}"


def _extras(off: int) -> list[dict[str, Any]]:
    """Reductions of the whole order."""
    return (
        [{"act_detail_id": 7, "reduce_fee": off / 100, "remark": "满减", "type": 2}] if off else []
    )


def _line(order: WooOrder, place: int) -> dict[str, Any]:
    line = order.lines[place]
    return {
        "app_food_code": str(line.code.parent or line.code.number),
        "food_name": line.code.name,
        "sku_id": line.code.written,
        "quantity": line.milli // 1000,
        "price": line.cents / 100,
        "box_num": 1,
        "box_price": _BOX / 100,
        "unit": "份",
        "food_discount": 1,
        "food_property": "",
    }


def _text(value: object) -> str:
    return orjson.dumps(value).decode()


def _seconds(at: datetime) -> int:
    return int(at.replace(tzinfo=_BEIJING).timestamp())
