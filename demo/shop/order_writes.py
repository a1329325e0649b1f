"""Orders as other programs write them: priced without tax, taxed by the shop, kept as documents.

A document that was written stands in the place of what the sample says of its order. Like many
shops this one has a plug-in that lets programs say by which door an order came (`created_via`).
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any, Final

from msgspec.structs import replace

from demo.sample.records import Code, WooOrder
from demo.shop.documents import Document, write_order
from demo.shop.failures import ShopError, invalid
from demo.shop.query import ZONE

_TAX: Final = Decimal("0.13")
_FINE: Final = Decimal("0.000001")
_CENT: Final = Decimal("0.01")
_STATUSES: Final = ("pending", "processing", "on-hold", "completed", "cancelled", "refunded")
_PLAIN: Final = ("customer_note", "transaction_id", "payment_method")
_UNSAID: Final[Document] = dict.fromkeys(_PLAIN, "")
_FIRST_META: Final = 900_000


def new_order(number: int, body: Document, codes: dict[str, Code]) -> Document:
    """What stands after an order was made."""
    lines = [_line(number, place, one, codes) for place, one in enumerate(_rows(body))]
    if not lines:
        raise invalid("line_items", "is empty")
    now = datetime.now(UTC)
    blank: Document = {
        "id": number,
        "parent_id": 0,
        "number": str(number),
        "created_via": str(body.get("created_via", "rest-api")),
        "status": "pending",
        "currency": "CNY",
        **_stamps("date_created", now),
        **_stamps("date_modified", now),
        **_stamps("date_paid", None),
        **_stamps("date_completed", None),
        "prices_include_tax": True,
        "customer_id": int(body.get("customer_id") or 0),
        "billing": dict(body.get("billing") or {}),
        "shipping": dict(body.get("shipping") or {}),
        **_UNSAID,
        "meta_data": [],
        "line_items": lines,
        "shipping_lines": list(body.get("shipping_lines") or ()),
        "fee_lines": list(body.get("fee_lines") or ()),
        "coupon_lines": [],
        "refunds": [],
    }
    return changed_order({**blank, **_sums(blank)}, body)


def changed_order(before: Document, body: Document) -> Document:
    """What stands after a change: a key of `meta_data` that was there takes the new value."""
    after: Document = dict(before)
    after |= {name: str(body[name]) for name in _PLAIN if name in body}
    if "status" in body:
        if body["status"] not in _STATUSES:
            raise invalid("status", f"is not one of {', '.join(_STATUSES)}")
        after["status"] = body["status"]
    now = datetime.now(UTC)
    if body.get("set_paid") is True and before["date_paid_gmt"] is None:
        after |= {"status": "processing", **_stamps("date_paid", now)}
    after["meta_data"] = _meta(before, body)
    return {**after, **_stamps("date_modified", now)}


def new_refund(number: int, order: Document, body: Document) -> tuple[Document, Document]:
    """A refund, and its order as it stands behind it."""
    amount = _amount(body.get("amount"), "amount")
    given = -sum((Decimal(one["total"]) for one in order["refunds"]), Decimal(0))
    if amount <= 0 or given + amount > Decimal(order["total"]):
        raise ShopError(400, "woocommerce_rest_invalid_order_refund", "退款金额无效。")
    refund: Document = {
        "id": number,
        **_stamps("date_created", datetime.now(UTC)),
        "amount": f"{amount:.2f}",
        "reason": str(body.get("reason", "")),
        "line_items": list(body.get("line_items") or ()),
        "meta_data": _meta({"meta_data": []}, body),
    }
    short = {"id": number, "reason": refund["reason"], "total": f"-{amount:.2f}"}
    after = {**order, "refunds": [*order["refunds"], short]}
    after |= _stamps("date_modified", datetime.now(UTC))
    if given + amount == Decimal(order["total"]):
        after["status"] = "refunded"
    return refund, after


def shown(order: WooOrder, written: dict[int, Document], decimals: int) -> Document:
    """An order as it stands now."""
    return written.get(order.number) or write_order(order, decimals)


def recorded(order: WooOrder, document: Document) -> WooOrder:
    """What lists look at of an order that was written."""
    changed = datetime.fromisoformat(document["date_modified"])
    return replace(order, status=document["status"], changed=changed, note="")


def _rows(body: Document) -> Iterator[Document]:
    for one in body.get("line_items") or ():
        if not isinstance(one, dict):
            raise invalid("line_items", "holds no objects")
        yield one


def _line(number: int, place: int, given: Document, codes: dict[str, Code]) -> Document:
    """A line whose sums are without tax; where none are given, the article's price holds."""
    key = str(given.get("sku") or given.get("variation_id") or given.get("product_id"))
    code = codes.get(key.lower())
    if code is None:
        raise ShopError(400, "woocommerce_rest_invalid_product_id", "商品无效。")
    quantity = _amount(given.get("quantity", 1), "quantity")
    price = Decimal(code.cents) / 100 / (1 + _TAX) * quantity
    total = _amount(given.get("total", str(price)), "total")
    subtotal = _amount(given.get("subtotal", str(total)), "subtotal")
    return {
        "id": number * 10 + place,
        "name": code.name,
        "product_id": code.parent or code.number,
        "variation_id": code.variation,
        "quantity": int(quantity),
        "subtotal": f"{subtotal.quantize(_FINE):f}",
        "subtotal_tax": f"{(subtotal * _TAX).quantize(_FINE, ROUND_HALF_UP):f}",
        "total": f"{total.quantize(_FINE):f}",
        "total_tax": f"{(total * _TAX).quantize(_FINE, ROUND_HALF_UP):f}",
        "meta_data": [],
        "sku": code.written,
        "price": float(total / quantity),
    }


def _sums(order: Document) -> Document:
    """Sums of the whole order, each rounded to cents on its own."""
    lines: list[Document] = order["line_items"]
    net = sum((Decimal(one["total"]) for one in lines), Decimal(0))
    tax = sum((Decimal(one["total_tax"]) for one in lines), Decimal(0))
    full = sum((Decimal(one["subtotal"]) for one in lines), Decimal(0))
    full_tax = sum((Decimal(one["subtotal_tax"]) for one in lines), Decimal(0))
    sent = sum((_amount(one.get("total"), "shipping") for one in order["shipping_lines"]), net * 0)
    fees = sum((_amount(one.get("total"), "fee") for one in order["fee_lines"]), net * 0)
    sums = {
        "discount_total": full - net,
        "discount_tax": full_tax - tax,
        "shipping_total": sent,
        "shipping_tax": net * 0,
        "cart_tax": tax,
        "total": net + tax + sent + fees,
        "total_tax": tax,
    }
    return {name: f"{one.quantize(_CENT, ROUND_HALF_UP):f}" for name, one in sums.items()}


def _meta(before: Document, body: Document) -> list[Document]:
    kept = {one["key"]: one for one in before["meta_data"]}
    for one in body.get("meta_data") or ():
        place = {"id": _FIRST_META + len(kept)}
        kept[one["key"]] = {**place, **kept.get(one["key"], {}), **one}
    return list(kept.values())


def _stamps(name: str, at: datetime | None) -> Document:
    if at is None:
        return {name: None, f"{name}_gmt": None}
    own = (at + ZONE).replace(tzinfo=None)
    return {name: f"{own:%Y-%m-%dT%H:%M:%S}", f"{name}_gmt": f"{at:%Y-%m-%dT%H:%M:%S}"}


def _amount(value: Any, name: str) -> Decimal:
    try:
        return Decimal(str(value))
    except InvalidOperation:
        raise invalid(name, "is no number") from None
