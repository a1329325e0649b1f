"""A change of an order as plain texts by name: what a manifest may send of it.

Amounts are decimals with their currency's places, quantities plain decimals, moments UTC.
"""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from capabilities.money import Money
from capabilities.order.records import Discount
from capabilities.order.writing import DraftLine, LinePart, OrderDraft, OrderWrite, Recipient

# Long enough to be one order's own, and short enough for a packer to read past it.
_MARK = 8
# A system's clock may be behind ours: what was placed is looked for from so much earlier on.
_LEEWAY = timedelta(hours=1)
ORDER_VALUES = (
    *("reference", "mark", "number", "channel", "customer", "store", "currency"),
    *("placed_at", "placed_day", "placed_ticks", "placed_local", "since"),
    *("total", "shipping", "fees", "discount", "note"),
    *("amount", "method", "transaction", "at", "at_local", "reason", "restock"),
    *("wanted", "text", "recipient"),
    *("to_name", "to_phone", "to_country", "to_region", "to_city", "to_district"),
    *("to_street", "to_postcode"),
)
LINE_VALUES = (
    *(
        "ref",
        "sku",
        "name",
        "quantity",
        "unit",
        "unit_price",
        "subtotal",
        "total",
        "discount",
        "gift",
    ),
    "amount",
)


def values_of(write: OrderWrite, channel: str | None, zone: ZoneInfo) -> dict[str, Any]:
    """Values of a write by name, and `lines` as a list of values; None where it says nothing.

    `channel` is the system's own word for the write's channel, `zone` the system's.
    """
    return {
        "reference": write.reference,
        "mark": write.reference[:_MARK],
        "number": write.number,
        "channel": channel,
        **_drafted(write.draft, zone),
        "amount": _amount(write.amount),
        "method": write.method,
        "transaction": write.transaction,
        "at": _utc(write.at),
        "at_local": _local(write.at, zone),
        "reason": write.reason,
        "restock": "true" if write.restock else None,
        "wanted": write.wanted,
        "text": write.text,
        "recipient": write.recipient,
        "lines": [_part(one) for one in write.lines] or _lines(write.draft),
    }


def _drafted(draft: OrderDraft | None, zone: ZoneInfo) -> dict[str, Any]:
    if draft is None:
        return {}
    placed = draft.placed_at
    ticks = int(_midnight(placed, zone).timestamp() * 1000)
    return {
        "customer": draft.customer,
        "store": draft.store_code,
        "currency": draft.currency,
        "placed_at": _utc(placed),
        "placed_local": _local(placed, zone),
        "since": _utc(placed - _LEEWAY),
        "placed_day": f"{placed.astimezone(zone):%Y-%m-%d}",
        "placed_ticks": f"/Date({ticks})/",
        "total": _amount(draft.total),
        "shipping": _amount(draft.shipping),
        "fees": _amount(draft.fees),
        "discount": _off(draft.discounts),
        "note": draft.note,
        **_sent_to(draft.recipient),
    }


def _midnight(placed: datetime, zone: ZoneInfo) -> datetime:
    """A calendar date as systems encode it: midnight of UTC, whatever the zone."""
    day = placed.astimezone(zone)
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _sent_to(recipient: Recipient | None) -> dict[str, str | None]:
    if recipient is None:
        return {}
    return {f"to_{name}": getattr(recipient, name) for name in recipient.__struct_fields__}


def _lines(draft: OrderDraft | None) -> list[dict[str, Any]]:
    return [_line(one) for one in draft.lines] if draft is not None else []


def _line(line: DraftLine) -> dict[str, Any]:
    return {
        "ref": line.ref,
        "sku": line.raw_sku,
        "name": line.name,
        "quantity": plain(line.quantity),
        "unit": line.unit,
        "unit_price": _amount(line.unit_price),
        "total": _amount(line.total),
        "subtotal": _amount(_before(line)),
        "discount": _off(line.discounts),
        "gift": "true" if line.gift else None,
        **{f"code_{code.kind}": code.code for code in line.codes},
    }


def _before(line: DraftLine) -> Money:
    """What the line costs before its discounts."""
    off = sum(one.amount.minor for one in line.discounts)
    return Money(line.total.minor + off, line.total.currency)


def _part(part: LinePart) -> dict[str, Any]:
    return {"ref": part.ref, "quantity": plain(part.quantity), "amount": _amount(part.amount)}


def plain(number: Decimal) -> str:
    """A decimal without an exponent, and without zeros that say nothing."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _amount(money: Money | None) -> str | None:
    return None if money is None else money.amount_text


def _off(discounts: tuple[Discount, ...]) -> str | None:
    if not discounts:
        return None
    first = discounts[0].amount
    whole = Money(sum(one.amount.minor for one in discounts), first.currency)
    return whole.amount_text


def _utc(moment: datetime | None) -> str | None:
    return None if moment is None else f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}Z"


def _local(moment: datetime | None, zone: ZoneInfo) -> str | None:
    return None if moment is None else f"{moment.astimezone(zone):%Y-%m-%d %H:%M:%S}"
