"""What the shop holds, and how it writes an order: nested, sums as text, people sealed."""

import base64
import hashlib
from datetime import datetime
from typing import Any, Final

from demo.sample import make_retailer
from demo.sample.records import Line, WooOrder

STATUSES: Final = {
    "pending": "WAIT_BUYER_PAY",
    "on-hold": "WAIT_CONFIRM",
    "processing": "WAIT_SELLER_SEND_GOODS",
    "completed": "TRADE_SUCCESS",
    "cancelled": "TRADE_CLOSED",
    "failed": "WAIT_BUYER_PAY",
    "refunded": "TRADE_CLOSED",
    "lay-by": "WAIT_VERIFY",
}
_PAID: Final = {"on-hold", "processing", "completed", "refunded"}
_ALL_BACK, _SOME_BACK = 12, 2


def make_trades(seed: int, scale: int) -> list[WooOrder]:
    """The sample's orders, newest last."""
    kept = [order for order in make_retailer(seed, scale).woo_orders if order.status in STATUSES]
    return sorted(kept, key=lambda order: (order.placed, order.number))


def tid_of(order: WooOrder) -> str:
    """The order's id: a letter, the time and a number."""
    return f"E{order.placed:%Y%m%d%H%M%S}{order.number:08d}01"


def buyer_of(order: WooOrder) -> str | None:
    """The buyer in Youzan, the same in all its shops; some orders have none."""
    return f"yz{order.account.number:012d}" if order.account else None


def sealed(text: str) -> str:
    """A name or number as it is given out: nothing to be found by, and nothing to be read."""
    code = base64.b64encode(hashlib.sha256(text.encode()).digest()[:16]).decode()
    return f"${code}$1$"


def write_trade(order: WooOrder) -> dict[str, Any]:
    """One row of a list."""
    goods = sum(line.after for line in order.lines)
    person = order.account.person if order.account else order.guest
    name, phone = (person.family + person.given, person.phone) if person else ("", "")
    return {
        "full_order_info": {
            "child_info": {"child_orders": []},
            "remark_info": {"buyer_message": order.note},
            "address_info": {
                "receiver_name": sealed(name),
                "receiver_tel": sealed(phone),
                "delivery_address": sealed(person.street if person else ""),
                "delivery_province": "上海市",
                "self_fetch_info": "",
            },
            "pay_info": {
                "post_fee": _sum(order.shipping),
                "total_fee": _sum(sum(line.before for line in order.lines)),
                "payment": _sum(goods + order.shipping),
                "phase_payments": [],
            },
            "buyer_info": {
                "yz_open_id": buyer_of(order) or "",
                "outer_user_id": "",
                "buyer_phone": sealed(phone),
                "fans_nickname": sealed(name),
            },
            "source_info": {"is_offline_order": False, "order_mark": "weapp_youzan"},
            "order_info": _head(order),
            "orders": [_line(order, place, line) for place, line in enumerate(order.lines)],
        }
    }


def _head(order: WooOrder) -> dict[str, Any]:
    given = _ALL_BACK if order.status == "refunded" else _SOME_BACK if order.refunded else 0
    return {
        "tid": tid_of(order),
        "status": STATUSES[order.status],
        "type": 0,
        "close_type": 2 if order.status == "refunded" else 4 if order.status == "cancelled" else 0,
        "refund_state": given,
        "created": _time(order.placed),
        "update_time": _time(order.changed),
        "pay_time": _time(order.placed) if order.status in _PAID else "",
        "success_time": _time(order.changed) if order.status == "completed" else "",
        "consign_time": "",
        "pay_type_str": "WEIXIN_DAIXIAO",
        "node_kdt_id": 134529034,
        "root_kdt_id": 134533635,
    }


def _line(order: WooOrder, place: int, line: Line) -> dict[str, Any]:
    return {
        "oid": str(2_900_000_000_000_000_000 + order.number * 100 + place),
        "title": line.code.name,
        "num": line.milli // 1000,
        "price": _sum(line.before * 1000 // line.milli),
        "discount_price": _sum(line.after * 1000 // line.milli),
        "total_fee": _sum(line.after),
        "payment": _sum(line.after),
        "outer_sku_id": line.code.written,
        "outer_item_id": "",
        "item_id": line.code.parent or line.code.number,
        "sku_id": line.code.variation or 0,
        "is_present": False,
    }


def _time(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}"


def _sum(cents: int) -> str:
    return f"{cents / 100:.2f}"
