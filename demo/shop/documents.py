"""Orders, customers and coupons as the shop's JSON: text for sums, two spellings of a time."""

from datetime import datetime
from typing import Any

from demo.sample.records import Account, Coupon, Line, Person, WooOrder
from demo.sample.words import CITIES
from demo.shop.query import ZONE

Document = dict[str, Any]
PAID = frozenset({"completed", "processing", "refunded"})
_TITLES = {"wechat": "微信支付", "alipay": "支付宝", "unionpay": "银联在线"}


def write_order(order: WooOrder, decimals: int = 2) -> Document:
    """An order; sums without tax beside their tax, as a shop with tax-included prices has."""
    lines = [_line(order, place, line, decimals) for place, line in enumerate(order.lines)]
    return {
        "id": order.number,
        "parent_id": 0,
        "number": str(order.number),
        "order_key": f"wc_order_{order.number:x}bw",
        "created_via": order.created_via,
        "version": "9.8.2",
        "status": order.status,
        "currency": "CNY",
        "currency_symbol": "¥",
        **_moments(order),
        "prices_include_tax": True,
        **_money(order, decimals),
        **_buyer(order),
        "payment_method": order.payment,
        "payment_method_title": _TITLES[order.payment],
        "transaction_id": f"42000{order.number:017d}" if order.status in PAID else "",
        "customer_note": order.note,
        "cart_hash": "",
        "meta_data": _meta(order),
        "line_items": lines,
        **_side_lines(order, decimals),
        "fee_lines": [],
        "coupon_lines": _coupon_lines(order, decimals),
        "refunds": _refunds(order, decimals),
        "needs_payment": order.status in {"pending", "failed"},
    }


def write_customer(account: Account) -> Document:
    """A customer; people log in with their mobile unless it was a virtual one."""
    person = account.person
    billing = _address(person, account.phone, email_of(account))
    return {
        "id": account.number,
        **_pair("date_created", account.joined),
        **_pair("date_modified", account.changed),
        "email": email_of(account),
        "first_name": person.given,
        "last_name": person.family,
        "role": role_of(account),
        "username": username_of(account),
        "billing": billing,
        "shipping": {name: value for name, value in billing.items() if name != "email"},
        "is_paying_customer": True,
        "avatar_url": "",
        "meta_data": [{"id": account.number * 10, "key": "bw_birthday", "value": f"{person.born}"}],
    }


def write_coupon(coupon: Coupon) -> Document:
    """A coupon; `email_restrictions` make it one person's."""
    amount = f"{coupon.percent}.00" if coupon.percent else _sum(coupon.cents, 2)
    return {
        "id": coupon.number,
        "code": coupon.code,
        "amount": amount,
        "status": "publish",
        **_pair("date_created", coupon.created),
        **_pair("date_modified", coupon.created),
        "discount_type": "percent" if coupon.percent else "fixed_cart",
        "description": coupon.text,
        **_pair("date_expires", coupon.expires),
        "usage_count": coupon.used,
        "individual_use": bool(coupon.email),
        "product_ids": [],
        "excluded_product_ids": [],
        "usage_limit": coupon.limit or None,
        "usage_limit_per_user": 1 if coupon.email else None,
        "limit_usage_to_x_items": None,
        "free_shipping": False,
        "product_categories": [],
        "excluded_product_categories": [],
        "exclude_sale_items": False,
        "minimum_amount": _sum(coupon.minimum, 2),
        "maximum_amount": "0.00",
        "email_restrictions": [coupon.email] if coupon.email else [],
        "used_by": [],
        "meta_data": [],
    }


def email_of(account: Account) -> str:
    """A shop account always has an address, if need be an invented one."""
    return account.email or f"u{account.number}@noreply.example.com"


def username_of(account: Account) -> str:
    """The mobile that was registered with, plain."""
    virtual = account.phone.startswith("188") and account.phone[-4] == "-"
    return f"u{account.number}" if virtual else account.person.phone


def role_of(account: Account) -> str:
    """Every tenth account is a newsletter subscriber, whom the default listing leaves out."""
    return "subscriber" if account.number % 10 == 0 else "customer"


def _pair(name: str, at: datetime | None) -> Document:
    """The site's time without a zone, and GMT without one."""
    if at is None:
        return {name: None, f"{name}_gmt": None}
    return {name: f"{at:%Y-%m-%dT%H:%M:%S}", f"{name}_gmt": f"{at - ZONE:%Y-%m-%dT%H:%M:%S}"}


def _sums(order: WooOrder) -> tuple[int, int, int, int]:
    """In cents: total, tax in it, discount without tax, tax of the discount."""
    goods = sum(line.after for line in order.lines)
    net = sum(_net(line.after) for line in order.lines)
    full = sum(_net(line.before) for line in order.lines)
    full_tax = sum(line.before for line in order.lines) - full
    tax = goods - net
    return goods + order.shipping, tax, full - net, full_tax - tax


def _money(order: WooOrder, decimals: int) -> Document:
    total, tax, discount, discount_tax = _sums(order)
    cents = {
        "discount_total": discount,
        "discount_tax": discount_tax,
        "shipping_total": order.shipping,
        "shipping_tax": 0,
        "cart_tax": tax,
        "total": total,
        "total_tax": tax,
    }
    return {name: _sum(amount, decimals) for name, amount in cents.items()}


def _moments(order: WooOrder) -> Document:
    return {
        **_pair("date_created", order.placed),
        **_pair("date_modified", order.changed),
        **_pair("date_paid", order.placed if order.status in PAID else None),
        **_pair("date_completed", order.changed if order.status == "completed" else None),
    }


def _buyer(order: WooOrder) -> Document:
    """A guest has customer 0, and all there is of him is the billing address."""
    person = order.account.person if order.account else order.guest
    if person is None:
        raise ValueError(f"order {order.number} has neither customer nor guest")
    phone = order.account.phone if order.account else person.phone
    email = email_of(order.account) if order.account else person.email
    billing = _address(person, phone, email)
    shipping = {name: value for name, value in billing.items() if name != "email"}
    number = order.account.number if order.account else 0
    return {"customer_id": number, "billing": billing, "shipping": shipping}


def _address(person: Person, phone: str, email: str) -> Document:
    city, province, _, postcode, _ = CITIES[person.city]
    return {
        "first_name": person.given,
        "last_name": person.family,
        "company": "",
        "address_1": person.street,
        "address_2": "",
        "city": city,
        "state": province,
        "postcode": postcode,
        "country": "CN",
        "email": email,
        "phone": phone,
    }


def _line(order: WooOrder, place: int, line: Line, decimals: int) -> Document:
    code, net, full = line.code, _net(line.after), _net(line.before)
    quantity = line.milli // 1000
    return {
        "id": order.number * 10 + place,
        "name": code.name,
        "product_id": code.parent or code.number,
        "variation_id": code.variation,
        "quantity": quantity,
        "tax_class": "",
        "subtotal": _sum(full, decimals),
        "subtotal_tax": _sum(line.before - full, decimals),
        "total": _sum(net, decimals),
        "total_tax": _sum(line.after - net, decimals),
        "taxes": [{"id": 1, "total": _sum(line.after - net, decimals), "subtotal": ""}],
        "meta_data": [],
        "sku": code.written,
        "price": net / 100 / quantity,
    }


def _side_lines(order: WooOrder, decimals: int) -> Document:
    tax = _sums(order)[1]
    return {
        "tax_lines": [
            {
                "id": order.number * 10 + 7,
                "rate_code": "CN-VAT-13",
                "rate_id": 1,
                "label": "增值税",
                "compound": False,
                "tax_total": _sum(tax, decimals),
                "shipping_tax_total": _sum(0, decimals),
                "rate_percent": 13,
            }
        ],
        "shipping_lines": [
            {
                "id": order.number * 10 + 8,
                "method_title": "顺丰速运" if order.shipping else "包邮",
                "method_id": "flat_rate" if order.shipping else "free_shipping",
                "total": _sum(order.shipping, decimals),
                "total_tax": _sum(0, decimals),
            }
        ],
    }


def _coupon_lines(order: WooOrder, decimals: int) -> list[Document]:
    if order.coupon is None:
        return []
    _, _, discount, tax = _sums(order)
    return [
        {
            "id": order.number * 10 + 9,
            "code": order.coupon.code,
            "discount": _sum(discount, decimals),
            "discount_tax": _sum(tax, decimals),
            "discount_type": "percent",
            "nominal_amount": order.coupon.percent,
            "meta_data": [],
        }
    ]


def _refunds(order: WooOrder, decimals: int) -> list[Document]:
    if not order.refunded:
        return []
    cents = _sums(order)[0] if order.refunded < 0 else order.refunded
    reason = "质量问题" if order.number % 2 else ""
    return [{"id": order.number + 1, "reason": reason, "total": _sum(-cents, decimals)}]


def _meta(order: WooOrder) -> list[Document]:
    """Plug-ins write what they like: text, numbers, lists."""
    first = order.number * 10
    return [
        {"id": first, "key": "is_vat_exempt", "value": "no"},
        {"id": first + 1, "key": "_bw_gift_wrap", "value": order.number % 5 == 0},
        {"id": first + 2, "key": "_bw_trace", "value": {"hops": [order.created_via, "erp"]}},
    ]


def _net(gross: int) -> int:
    """Cents without 13 % tax, rounded half up."""
    return (gross * 200 + 113) // 226


def _sum(cents: int, decimals: int) -> str:
    return f"{cents / 100:.{decimals}f}"
