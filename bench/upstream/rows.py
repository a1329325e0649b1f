"""The rows of the three systems as bytes: prepared parts, put together for a member.

Each system has its own words, as real ones do; rows also carry what nobody asks for.
"""

import json
from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

from bench.upstream import members
from bench.upstream.members import Order

_SHANGHAI = 8 * 60
_MARK = "\x00"
_KEPT = 4096


class Template(NamedTuple):
    """A row as bytes with places for values."""

    text: bytes

    @classmethod
    def of(cls, row: dict[str, Any]) -> "Template":
        """Where a value is `\\x00`, bytes are put in as they are."""
        text = json.dumps(row, ensure_ascii=False, separators=(",", ":"))
        return cls(text.replace("%", "%%").replace('"\\u0000"', "%b").encode())

    def fill(self, *values: bytes) -> bytes:
        """The row."""
        return self.text % values


def customer_row(system: int, member: int) -> bytes:
    """A member as one system's customer."""
    return _CUSTOMERS[system](member)


def order_rows(system: int, member: int, until: int | None = None) -> list[bytes]:
    """A member's orders in one system before a minute, newest first."""
    make = _ORDERS[system]
    found = members.orders(member, system)
    return [make(member, one) for one in found if until is None or one.minute < until]


def order_row(system: int, number: str) -> bytes | None:
    """The order of a number; None where there is none."""
    member = members.member_of_order(number, system)
    if member is None:
        return None
    found = [one for one in members.orders(member, system) if str(one.number) == number]
    return _ORDERS[system](member, found[0])


def _quoted(text: str | int) -> bytes:
    return f'"{text}"'.encode()


def _amount(cents: int) -> bytes:
    return b'"%d.%02d"' % divmod(cents, 100)


@lru_cache(maxsize=1024)
def _date(days: int) -> bytes:
    return members.day(days * 24 * 60).isoformat().encode()


@lru_cache(maxsize=2048)
def _time(minute: int) -> bytes:
    return members.clock(minute).encode()


def _moment(minute: int, between: bytes, behind: bytes) -> bytes:
    return b'"%b%b%b:00%b"' % (_date(minute // 1440), between, _time(minute % 1440), behind)


def _lines(order: Order, line: Callable[[int, int], bytes]) -> bytes:
    return b"[%b]" % b",".join([line(one.item, row) for row, one in enumerate(order.lines)])


# an ERP: wide rows, numbers with leading zeros, letters for states

_SAP_CUSTOMER = Template.of(
    {
        "customer": _MARK, "phone": _MARK, "firstName": "小明", "lastName": "王",
        "region": "310000", "language": "ZH", "salesOrganisation": "1010", "channel": "30",
        "accountGroup": "CUST", "createdBy": "INTERFACE", "createdOn": _MARK,
        "programme": {"level": _MARK, "balance": _MARK, "expires": "2026-12-31"},
        "blocked": False,
        "address": {"street": "南京东路 1 号", "city": "上海", "postcode": "200001"},
    }
)  # fmt: skip
_SAP_ORDER = Template.of(
    {
        "salesOrder": _MARK, "orderType": "OR", "salesOrganisation": "1010", "channel": "30",
        "division": "00", "soldTo": _MARK, "createdBy": "INTERFACE", "createdAt": _MARK,
        "requestedDelivery": "2026-01-01", "overallStatus": _MARK, "billingStatus": "C",
        "deliveryStatus": "C", "paymentTerms": "0001", "incoterms": "EXW", "currency": "CNY",
        "netAmount": _MARK, "plant": "1010", "reason": "", "reference": "", "items": _MARK,
    }
)  # fmt: skip
_SAP_LINE = Template.of(
    {
        "item": _MARK, "material": _MARK, "text": _MARK, "quantity": _MARK, "unit": "PCE",
        "netAmount": _MARK, "plant": "1010", "storage": "101A", "category": "TAN", "rejection": "",
    }
)  # fmt: skip
_SAP_STATES = {"COMPLETED": b'"C"', "CONFIRMED": b'"B"', "CANCELLED": b'"X"'}


def _sap_customer(member: int) -> bytes:
    return _SAP_CUSTOMER.fill(
        _quoted(members.customer(member, 0)),
        _quoted(f"+86{members.phone(member)}"),
        _moment(members.joined(member), b"T", b"Z"),
        _quoted(members.tier(member, 0)),
        b"%d" % members.points(member, 0),
    )


def _sap_order(member: int, order: Order) -> bytes:
    return _SAP_ORDER.fill(
        _quoted(order.number),
        _quoted(members.customer(member, 0)),
        _moment(order.minute, b"T", b"Z"),
        _SAP_STATES[order.state],
        _amount(order.cents),
        _lines(order, _sap_line),
    )


@lru_cache(maxsize=_KEPT)
def _sap_line(item: int, row: int) -> bytes:
    one = members.line(item)
    return _SAP_LINE.fill(
        _quoted(f"{(row + 1) * 10:06d}"),
        _quoted(f"MAT-{item:05d}"),
        _quoted(f"棉质衬衫 {item:04d}"),
        _quoted(one.quantity),
        _amount(one.cents),
    )


# a web shop: numbers as ids, words for states, UTC without a mark, nested extras

_SHOP_CUSTOMER = Template.of(
    {
        "id": _MARK, "date_created_gmt": _MARK, "email": "member@shop.example",
        "first_name": "小明", "last_name": "王", "role": "customer", "phone": _MARK,
        "tier": _MARK, "points": _MARK,
        "billing": {"city": "上海", "country": "CN", "postcode": "200001"}, "avatar_url": "",
        "is_paying_customer": True, "meta_data": [],
    }
)  # fmt: skip
_SHOP_ORDER = Template.of(
    {
        "id": _MARK, "parent_id": 0, "status": _MARK, "currency": "CNY", "version": "10.1.0",
        "prices_include_tax": True, "date_created_gmt": _MARK, "date_modified_gmt": _MARK,
        "discount_total": "0.00", "shipping_total": "0.00", "total": _MARK, "customer_id": _MARK,
        "created_via": "checkout", "payment_method": "wechat", "payment_method_title": "微信支付",
        "billing": {"city": "上海", "country": "CN", "postcode": "200001"},
        "shipping": {"city": "上海", "country": "CN", "postcode": "200001"},
        "line_items": _MARK, "coupon_lines": [], "refunds": [], "meta_data": [],
    }
)  # fmt: skip
_SHOP_LINE = Template.of(
    {
        "id": _MARK, "name": _MARK, "product_id": _MARK, "variation_id": 0, "quantity": _MARK,
        "tax_class": "", "subtotal": _MARK, "total": _MARK, "sku": _MARK, "meta_data": [],
    }
)  # fmt: skip
_SHOP_STATES = {
    "COMPLETED": b'"completed"', "CONFIRMED": b'"processing"', "CANCELLED": b'"cancelled"',
}  # fmt: skip


def _shop_customer(member: int) -> bytes:
    return _SHOP_CUSTOMER.fill(
        b"%d" % members.customer(member, 1),
        _moment(members.joined(member), b"T", b""),
        _quoted(members.phone(member)),
        _quoted(members.tier(member, 1)),
        b"%d" % members.points(member, 1),
    )


def _shop_order(member: int, order: Order) -> bytes:
    moment = _moment(order.minute, b"T", b"")
    return _SHOP_ORDER.fill(
        b"%d" % order.number,
        _SHOP_STATES[order.state],
        moment,
        moment,
        _amount(order.cents),
        b"%d" % members.customer(member, 1),
        _lines(order, _shop_line),
    )


@lru_cache(maxsize=_KEPT)
def _shop_line(item: int, row: int) -> bytes:
    one = members.line(item)
    return _SHOP_LINE.fill(
        b"%d" % (row + 1),
        _quoted(f"棉质衬衫 {item:04d}"),
        b"%d" % (9000 + item),
        b"%d" % one.quantity,
        _amount(one.cents),
        _amount(one.cents),
        _quoted(f"SKU-{item:05d}"),
    )


# a till: flat rows, digits for states, local times

_POS_CUSTOMER = Template.of(
    {
        "person_id": _MARK, "name": "王小明", "phone_number": _MARK, "package": _MARK,
        "points": _MARK, "since": _MARK, "home_location": "M0001", "deleted": 0, "comments": "",
    }
)  # fmt: skip
_POS_ORDER = Template.of(
    {
        "sale_id": _MARK, "sale_time": _MARK, "customer": _MARK, "employee": "1", "register": "1",
        "location": "M0001", "sale_status": _MARK, "sale_type": "0", "comment": "",
        "currency": "CNY", "total": _MARK, "items": _MARK, "payments": [{"type": "cash"}],
    }
)  # fmt: skip
_POS_LINE = Template.of(
    {
        "line": _MARK, "item_number": _MARK, "name": _MARK, "qty": _MARK, "amount": _MARK,
        "discount": "0.00", "discount_type": "0", "serial": None, "stock_type": "0",
    }
)  # fmt: skip
_POS_STATES = {"COMPLETED": b'"0"', "CONFIRMED": b'"2"', "CANCELLED": b'"4"'}


def _pos_customer(member: int) -> bytes:
    return _POS_CUSTOMER.fill(
        _quoted(members.customer(member, 2)),
        _quoted(members.phone(member)),
        _quoted(members.tier(member, 2)),
        _quoted(members.points(member, 2)),
        _moment(members.joined(member) + _SHANGHAI, b" ", b""),
    )


def _pos_order(member: int, order: Order) -> bytes:
    return _POS_ORDER.fill(
        _quoted(order.number),
        _moment(order.minute + _SHANGHAI, b" ", b""),
        _quoted(members.customer(member, 2)),
        _POS_STATES[order.state],
        _amount(order.cents),
        _lines(order, _pos_line),
    )


@lru_cache(maxsize=_KEPT)
def _pos_line(item: int, row: int) -> bytes:
    one = members.line(item)
    return _POS_LINE.fill(
        b"%d" % (row + 1),
        _quoted(f"69{item:07d}"),
        _quoted(f"棉质衬衫 {item:04d}"),
        _quoted(one.quantity),
        _amount(one.cents),
    )


_CUSTOMERS = (_sap_customer, _shop_customer, _pos_customer)
_ORDERS = (_sap_order, _shop_order, _pos_order)
