"""The sample as rows of Open Source POS."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from demo.pos.money import after_discount, cents, tax_of, total_of
from demo.sample.records import POS, Account, Line, PosSale, Retailer
from demo.sample.words import CITIES, FAMILIES, GIVEN

Rows = dict[str, list[dict[str, Any]]]

EMPLOYEES: Final = 20
_STOCKED: Final = Decimal(1_000)
CONFIG: Final = {
    "company": "百味集",
    "timezone": "Asia/Shanghai",
    "currency_code": "CNY",
    "currency_decimals": "2",
    "tax_decimals": "2",
    "cash_decimals": "1",
    "customer_reward_enable": "1",
}
_PACKAGES: Final = ("普卡", "银卡", "金卡", "钻石卡")
_QUOTE, _INVOICE, _WORK_ORDER = 3, 1, 2


def make_rows(retailer: Retailer) -> Rows:
    """Every table's rows."""
    rows: Rows = defaultdict(list)
    rows["ospos_app_config"] = [{"key": key, "value": value} for key, value in CONFIG.items()]
    rows["ospos_stock_locations"] = [
        {"location_id": store.number, "location_name": store.name, "deleted": 0}
        for store in retailer.stores
    ]
    _add_reference(rows, retailer)
    for row in range(EMPLOYEES):
        _add_employee(rows, row + 1)
    for account in retailer.accounts[POS]:
        _add_customer(rows, account)
    cards = {card.account.number: card.text for card in retailer.gift_cards}
    add_sales(rows, retailer.pos_sales, cards, 0)
    _add_quantities(rows)
    return rows


def _add_quantities(rows: Rows) -> None:
    """Enough of everything in every place that ever sold it."""
    sold = {(one["item_id"], one["item_location"]) for one in rows["ospos_sales_items"]}
    rows["ospos_item_quantities"] = [
        {"item_id": item, "location_id": place, "quantity": _STOCKED}
        for item, place in sorted(sold)
    ]
    rows["ospos_inventory"] = [
        {
            "trans_items": item,
            "trans_user": 1,
            "trans_date": datetime(2026, 1, 1),  # noqa: DTZ001 - local, as all of a till
            "trans_comment": "期初盘点",
            "trans_location": place,
            "trans_inventory": _STOCKED,
        }
        for item, place in sorted(sold)
    ]


def add_sales(rows: Rows, sales: Iterable[PosSale], cards: dict[int, str], payments: int) -> None:
    """The rows of these sales; `payments` is the highest payment id so far."""
    for sale in sales:
        _add_sale(rows, sale)
        for kind, amount, adjusts in _payments(sale, cards):
            payments += 1
            rows["ospos_sales_payments"].append(
                {
                    "payment_id": payments,
                    "sale_id": sale.number,
                    "payment_type": kind,
                    "payment_amount": cents(amount),
                    "cash_refund": Decimal(0),
                    "cash_adjustment": adjusts,
                    "employee_id": sale.employee,
                    "payment_time": sale.placed,
                    "reference_code": "",
                }
            )


def _add_reference(rows: Rows, retailer: Retailer) -> None:
    for code in retailer.codes[POS]:
        category = code.product.category_path[1] if code.product else "联名"
        rows["ospos_items"].append(
            {
                "name": code.name,
                "category": category,
                "item_number": code.written,
                "description": "",
                "cost_price": cents(code.cents * 6 // 10),
                "unit_price": cents(code.cents),
                "item_id": code.number,
            }
        )
    for row, name in enumerate(_PACKAGES):
        package = {"package_id": row + 1, "package_name": name, "points_percent": 1.0 + row / 2}
        rows["ospos_customers_packages"].append(package)
    _add_promotions(rows, retailer)


def _add_promotions(rows: Rows, retailer: Retailer) -> None:
    for card in retailer.gift_cards:
        rows["ospos_giftcards"].append(
            {
                "record_time": card.recorded,
                "giftcard_id": card.number,
                "giftcard_number": card.text,
                "value": cents(card.cents),
                "person_id": card.account.number,
            }
        )
    for kit in retailer.kits:
        rows["ospos_item_kits"].append(
            {
                "item_kit_id": kit.number,
                "item_kit_number": kit.code,
                "name": kit.name,
                "description": f"{kit.name}立减{kit.percent}%",
                "kit_discount": Decimal(kit.percent),
            }
        )
        rows["ospos_item_kit_items"] += [
            {
                "item_kit_id": kit.number,
                "item_id": code.number,
                "quantity": Decimal(quantity),
                "kit_sequence": place,
            }
            for place, (code, quantity) in enumerate(kit.parts)
        ]


def _person_row(number: int, given: str, family: str) -> dict[str, Any]:
    blank = ("phone_number", "email", "address_1", "address_2", "city", "state", "zip")
    row: dict[str, Any] = dict.fromkeys((*blank, "country", "comments"), "")
    return row | {"first_name": given, "last_name": family, "gender": None, "person_id": number}


def _add_employee(rows: Rows, number: int) -> None:
    rows["ospos_people"].append(_person_row(number, GIVEN[number], FAMILIES[-number]))
    rows["ospos_employees"].append({"username": f"till{number:02d}", "person_id": number})


def _add_customer(rows: Rows, account: Account) -> None:
    person = account.person
    city, province, _, postcode, _ = CITIES[person.city]
    known = {
        "gender": {"M": 1, "F": 0}[person.gender],
        "phone_number": account.phone,
        "email": account.email,
        "address_1": person.street,
        "city": city,
        "state": province,
        "zip": postcode,
        "country": "中国",
    }
    row = _person_row(account.number, person.given, person.family)
    rows["ospos_people"].append(row | known)
    rows["ospos_customers"].append(
        {
            "person_id": account.number,
            "account_number": account.card,
            "package_id": account.package,
            "points": account.points,
            "deleted": int(account.deleted),
            "date": account.joined,
            "employee_id": 1 + account.number % EMPLOYEES,
            "consent": int(account.number % 4 > 0),
            "home_location_id": account.home,
        }
    )


def _add_sale(rows: Rows, sale: PosSale) -> None:
    number = sale.number
    rows["ospos_sales"].append(
        {
            "sale_time": sale.placed,
            "customer_id": sale.account.number if sale.account else None,
            "employee_id": sale.employee,
            "comment": sale.comment,
            "invoice_number": f"INV{number:08d}" if sale.kind == _INVOICE else None,
            "quote_number": f"Q{number:06d}" if sale.kind == _QUOTE else None,
            "sale_id": number,
            "sale_status": sale.status,
            "work_order_number": f"W{number:06d}" if sale.kind == _WORK_ORDER else None,
            "sale_type": sale.kind,
        }
    )
    for place, line in enumerate(sale.lines):
        _add_line(rows, sale, place + 1, line)
    if sale.earned and sale.status == 0:
        points: dict[str, Any] = {"id": number, "sale_id": number}
        points |= {"earned": float(sale.earned), "used": float(sale.used)}
        rows["ospos_sales_reward_points"].append(points)


def _add_line(rows: Rows, sale: PosSale, place: int, line: Line) -> None:
    key = {"sale_id": sale.number, "item_id": line.code.number, "line": place}
    rows["ospos_sales_items"].append(
        {
            **key,
            "description": "",
            "serialnumber": "",
            "quantity_purchased": Decimal(line.milli) / 1000,
            "item_cost_price": cents(line.cents * 6 // 10),
            "item_unit_price": cents(line.cents),
            "discount": cents(line.off) if line.off else Decimal(line.percent),
            "discount_type": int(bool(line.off)),
            "item_location": sale.store.number,
        }
    )
    rows["ospos_sales_items_taxes"].append(
        {
            **key,
            "name": "增值税",
            "percent": Decimal(13),
            "tax_type": int(sale.tax_added),
            "item_tax_amount": cents(tax_of(after_discount(line), added=sale.tax_added)),
        }
    )


def _payments(sale: PosSale, cards: dict[int, str]) -> list[tuple[str, int, int]]:
    """(localized kind, cents, whether it is the rounding of cash to the jiao)."""
    if sale.status != 0:
        return []
    total = total_of(sale.lines, added=sale.tax_added)
    if sale.payment == "现金":
        rest = total - int(total / 10) * 10
        kind = "Cash" if sale.number % 17 == 0 else "现金"
        adjustment = [("抹零", rest, 1)] if rest else []
        return [(kind, total - rest, 0), *adjustment]
    if sale.payment == "礼品卡":
        card = cards.get(sale.account.number) if sale.account else None
        if card is None or total <= 0:
            return [("微信支付", total, 0)]
        half = total // 2
        return [(f"礼品卡:{card}", half, 0), ("微信支付", total - half, 0)]
    return [(sale.payment, total, 0)]
