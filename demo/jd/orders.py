"""How JD writes the sample's orders: numbers and sums as text, consignees masked."""

from datetime import datetime
from typing import Any, Final

from demo.sample.records import Line, WooOrder

STATES: Final = {
    "pending": "NOT_PAY",
    "on-hold": "LOCKED",
    "processing": "WAIT_SELLER_STOCK_OUT",
    "completed": "FINISHED_L",
    "cancelled": "TRADE_CANCELED",
    "failed": "NOT_PAY",
    "refunded": "TRADE_CANCELED",
    "lay-by": "DELIVERY_RETURN",
}
_PAID: Final = {"processing", "completed", "refunded"}
_FIRST: Final = 290_000_000_000


def number_of(order: WooOrder) -> str:
    """The order's id."""
    return str(_FIRST + order.number * 101)


def buyer_of(order: WooOrder) -> str | None:
    """The buyer as one app sees her."""
    return f"oid_{order.account.number:08d}" if order.account else None


def write_order(order: WooOrder) -> dict[str, Any]:
    """One order, whole."""
    before = sum(line.before for line in order.lines)
    after = sum(line.after for line in order.lines)
    return {
        "orderId": number_of(order),
        "orderState": STATES[order.status],
        "open_id_buyer": buyer_of(order),
        "orderStartTime": _time(order.placed),
        "orderEndTime": _time(order.changed) if order.status == "completed" else "",
        "modified": _time(order.changed),
        "paymentConfirmTime": _time(order.placed) if order.status in _PAID else "",
        "orderTotalPrice": _sum(before),
        "sellerDiscount": _sum(before - after),
        "freightPrice": _sum(order.shipping),
        "orderPayment": _sum(after + order.shipping),
        "consigneeInfo": {"fullname": "林**", "mobile": "139****5678"},
        "itemInfoList": [_item(line) for line in order.lines],
    }


def _item(line: Line) -> dict[str, Any]:
    return {
        "skuId": str(line.code.variation or line.code.number),
        "outerSkuId": line.code.written,
        "skuName": line.code.name,
        "jdPrice": _sum(line.before * 1000 // line.milli),
        "itemTotal": str(line.milli // 1000),
    }


def _time(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}"


def _sum(cents: int) -> str:
    return f"{cents / 100:.2f}"
