"""Rows of the shop's from records: the inverse of its mapping, and nothing that no record holds.

A field that is not here is absent from what the platform answers; docs/how-to lists them.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from capabilities.member.records import Membership
from capabilities.member.split_name import split_name
from capabilities.money import Money
from capabilities.order.records import Order, OrderLine

Row = dict[str, Any]
CENTS = 2
_GUEST = 0


def customer(one: Membership, zone: ZoneInfo) -> Row:
    """A customer; `billing` says of an address the phone alone.

    Who logs in by a mobile has it as her log-in; any other log-in is not held.
    """
    contact = one.contact
    family, given = split_name(contact.name or "")
    national = (contact.phone or "").removeprefix("+86")
    row: Row = {
        "id": int(one.number),
        **_moment("date_created", one.joined_at, zone),
        "email": contact.email or "",
        "first_name": given,
        "last_name": family,
        **_role(one.source_status),
        **({"username": national} if contact.phone_verified and national else {}),
        "billing": {"phone": national} if national else {},
    }
    return row


def _role(source_status: tuple[str, ...]) -> Row:
    return {"role": source_status[0]} if source_status else {}


def order(one: Order, zone: ZoneInfo, decimals: int = CENTS) -> Row:
    """An order without its addresses, and without what its sums are made of."""
    sums = {"total": one.money.total, "total_tax": one.money.tax}
    return {
        "id": int(one.number),
        "number": one.number,
        **_created_via(one),
        **({"status": one.source_status[0]} if one.source_status else {}),
        **({"currency": one.currency} if one.currency else {}),
        **_moment("date_created", one.placed_at, zone),
        **_moment("date_modified", one.updated_at, zone),
        **_moment("date_paid", one.paid_at, zone),
        **_moment("date_completed", one.completed_at, zone),
        "prices_include_tax": one.money.tax_included is True,
        **{name: _sum(of, decimals) for name, of in sums.items() if of is not None},
        "customer_id": _GUEST if one.customer is None else int(one.customer),
        "customer_note": one.notes[0] if one.notes else "",
        "line_items": [_line(each, decimals) for each in one.lines],
    }


def _created_via(one: Order) -> Row:
    found = dict(one.native.values) if one.native is not None else {}
    return {"created_via": found["createdVia"]} if "createdVia" in found else {}


def _line(one: OrderLine, decimals: int) -> Row:
    """A line; `subtotal` is without its tax, and `total` after reductions is not held."""
    codes = {each.kind: each.code for each in one.codes}
    row: Row = {
        "id": int(one.ref),
        "name": one.name,
        "variation_id": int(codes.get("variation_id", "0")),
        "sku": one.raw_sku or "",
    }
    if one.quantity is not None:
        row["quantity"] = int(one.quantity)
    if one.total is not None and one.tax is not None:
        row["subtotal"] = _sum(one.total + -one.tax, decimals)
        row["subtotal_tax"] = _sum(one.tax, decimals)
    return row


def _sum(one: Money, decimals: int) -> str:
    return str(one.amount.quantize(Decimal(1).scaleb(-decimals)))


def _moment(name: str, at: datetime | None, zone: ZoneInfo) -> Mapping[str, str | None]:
    """The site's own time, and GMT; both without a zone."""
    if at is None:
        return {name: None, f"{name}_gmt": None}
    local, gmt = at.astimezone(zone), at.astimezone(UTC)
    written = "%Y-%m-%dT%H:%M:%S"
    return {name: local.strftime(written), f"{name}_gmt": gmt.strftime(written)}
