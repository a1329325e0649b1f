"""Parties and sales of an invented wholesaler, written into Tryton through its own API."""

from base64 import b64encode
from decimal import Decimal
from typing import Any

import httpx

WAREHOUSES = {"WH": "wholesale", "WH2": "canteen"}
PEOPLE = 12
SALES = 60
LIN = 4  # she stands among the others
STATES = ("processing", "quotation", "processing", "cancelled", "processing")


class Tryton:
    """The API as its clients speak it."""

    def __init__(self, address: str, database: str, password: str) -> None:
        self._client = httpx.Client(base_url=address, trust_env=False, timeout=60)
        self._path = f"/{database}/rpc/"
        self._headers: dict[str, str] = {}
        self.context: dict[str, Any] = {}
        user, token, _ = self._call("common.db.login", ["admin", {"password": password}, "en"])
        shown = b64encode(f"admin:{user}:{token}".encode()).decode()
        self._headers = {"Authorization": f"Session {shown}"}

    def call(self, method: str, *arguments: Any) -> Any:
        return self._call(f"model.{method}", [*arguments, self.context])

    def ids(self, model: str, *domain: list[Any]) -> list[int]:
        return self.call(f"{model}.search", list(domain), 0, None, [["id", "ASC"]])

    def close(self) -> None:
        self._client.close()

    def _call(self, method: str, params: list[Any]) -> Any:
        body = {"id": 1, "method": method, "params": params}
        told = self._client.post(self._path, json=body, headers=self._headers).json()
        assert "result" in told, (method, told)
        return told["result"]


def fill(tryton: Tryton) -> None:
    """Everything; the numbers of parties and sales are Tryton's own."""
    company, currency = _company(tryton)
    unit = tryton.ids("product.uom", ["symbol", "=", "u"])[0]
    warehouses = _warehouses(tryton)
    products = _products(tryton, unit)
    people = [tryton.call("party.party.create", [_person(n)])[0] for n in range(PEOPLE)]
    rows = tryton.call("party.address.search_read", [], 0, None, [], ["party"])
    home = {row["party"]: row["id"] for row in rows}
    sales = []
    for n in range(SALES):
        party = people[n * 7 % PEOPLE]
        base = {
            "party": party,
            "invoice_address": home[party],
            "shipment_address": home[party],
            "company": company,
            "currency": currency,
            "warehouse": warehouses[n % 2],
            "invoice_method": "manual",
            "shipment_method": "manual",
            "sale_date": _day(sale_day(n)),
        }
        lines = [_line(products[(n + k) % 3], unit, quantity_of(n), k) for k in range(1 + n % 3)]
        sales += tryton.call("sale.sale.create", [{**base, "lines": [["create", lines]]}])
    tryton.call("sale.sale.quote", sales)
    for state, method in (("processing", "confirm"), ("cancelled", "cancel")):
        some = [sale for n, sale in enumerate(sales) if STATES[n % len(STATES)] == state]
        tryton.call(f"sale.sale.{method}", some)
    tryton.call("party.party.write", people[-2:], {"active": False})


def sale_day(n: int) -> int:
    """Days of October: eight sales share a day, and each of the last five has one of its own."""
    last = SALES - 5
    return 16 + n // 8 if n < last else 23 + n - last


def quantity_of(n: int) -> Decimal:
    """Every ninth is a return."""
    return Decimal(-1) if n % 9 == 0 else Decimal(1 + n % 4)


def price_of(k: int) -> Decimal:
    return Decimal("12.50") + k


def total_of(n: int) -> int:
    """In cents."""
    return int(sum(quantity_of(n) * price_of(k) for k in range(1 + n % 3)) * 100)


def _company(tryton: Tryton) -> tuple[int, int]:
    rate = {"date": _day(1, month=1, year=2020), "rate": _decimal(Decimal(1))}
    yuan = {"name": "Yuan", "code": "CNY", "symbol": "¥", "numeric_code": "156", "digits": 2}
    yuan |= {"rounding": _decimal(Decimal("0.01")), "rates": [["create", [rate]]]}
    (currency,) = tryton.call("currency.currency.create", [yuan])
    (party,) = tryton.call("party.party.create", [{"name": "百味食品"}])
    own = {"party": party, "currency": currency, "timezone": "Asia/Shanghai"}
    (company,) = tryton.call("company.company.create", [own])
    tryton.call("res.user.write", [1], {"companies": [["add", [company]]], "company": company})
    tryton.context = {"company": company}
    return company, currency


def _warehouses(tryton: Tryton) -> list[int]:
    names = ("input", "output", "storage")
    parts = [{"name": f"食堂 {name}", "type": "storage"} for name in names]
    places = dict(zip(names, tryton.call("stock.location.create", parts), strict=True))
    second = {"name": "食堂", "code": "WH2", "type": "warehouse"}
    second |= {f"{name}_location": place for name, place in places.items()}
    tryton.call("stock.location.create", [second])
    return tryton.ids("stock.location", ["type", "=", "warehouse"])


def _products(tryton: Tryton, unit: int) -> list[int]:
    (category,) = tryton.call("product.category.create", [{"name": "零食", "accounting": True}])
    templates = [
        {
            "name": name,
            "type": "goods",
            "default_uom": unit,
            "sale_uom": unit,
            "salable": True,
            "list_price": _decimal(Decimal("12.50")),
            "account_category": category,
            "products": [["create", [{"suffix_code": code}]]],
        }
        for name, code in (("红茶", "TEA1"), ("绿茶", "TEA2"), ("牛肉干", "BEEF"))
    ]
    tryton.call("product.template.create", templates)
    return tryton.ids("product.product")


def _person(n: int) -> dict[str, Any]:
    name = "林小满" if n == LIN else f"顾客{n:02d}"
    phone = "+86 139 1234 5678" if n == LIN else f"138-{n:04d}-5678"
    email = "lin.xiaoman@example.com" if n == LIN else f"guest{n}@example.com"
    contacts = [{"type": "mobile", "value": phone}, {"type": "email", "value": email}]
    address = [["create", [{"city": "上海"}]]]
    return {"name": name, "addresses": address, "contact_mechanisms": [["create", contacts]]}


def _line(product: int, unit: int, quantity: Decimal, k: int) -> dict[str, Any]:
    return {
        "type": "line",
        "product": product,
        "unit": unit,
        "quantity": float(quantity),
        "unit_price": _decimal(price_of(k)),
    }


def _day(day: int, *, month: int = 10, year: int = 2026) -> dict[str, Any]:
    return {"__class__": "date", "year": year, "month": month, "day": day}


def _decimal(value: Decimal) -> dict[str, str]:
    return {"__class__": "Decimal", "decimal": str(value)}
