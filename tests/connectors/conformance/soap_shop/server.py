"""A web shop with the session API of Magento 1: SOAP 1.1, arrays of `item`, faults by number.

A session ends after some calls, so that every walk of the suite meets a renewal.
"""

import secrets
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from typing import Any

from lxml import etree
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from demo.box import Box
from demo.faults import Tally
from demo.sample import make_retailer
from demo.sample.records import WOO, Account, WooOrder
from demo.serve import read_options, serve

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
MAGENTO = "urn:Magento"
USER, KEY = "santong", "demo-soap"
CALLS = 40
_SITE = timedelta(hours=8)

Args = etree._Element


class ApiFault(Exception):
    """A fault by its number."""


class Api:
    """The operations; each takes its element and answers elements."""

    def __init__(self, seed: int, scale: int, calls: int = CALLS) -> None:
        retailer = make_retailer(seed, scale)
        self._orders = [one for one in retailer.woo_orders if one.status != "trash"]
        self._customers = retailer.accounts[WOO]
        self._calls = calls
        self._sessions: dict[str, int] = {}
        self._operations: dict[str, Callable[[Args], list[etree._Element]]] = {
            "login": self.login,
            "salesOrderList": self.orders,
            "salesOrderMultiInfo": self.orders_by_number,
            "customerCustomerList": self.customers,
            "customerCustomerMultiInfo": self.customers_by_number,
        }

    def answer(self, body: bytes) -> bytes:
        """An envelope for an envelope."""
        call = etree.fromstring(body).find(f"{{{SOAP}}}Body")[0]
        name = etree.QName(call)
        assert name.namespace == MAGENTO
        try:
            if name.localname not in self._operations:
                raise ApiFault("3")  # noqa: TRY301 - answered below
            if name.localname != "login":
                self._admit(_text(call, "sessionId"))
            return _envelope(f"{name.localname}Response", self._operations[name.localname](call))
        except ApiFault as fault:
            return _fault(str(fault))

    def login(self, call: Args) -> list[etree._Element]:
        if (_text(call, "username"), _text(call, "apiKey")) != (USER, KEY):
            raise ApiFault("2")
        session = secrets.token_hex(16)
        self._sessions[session] = self._calls
        return [_leaf("loginReturn", session)]

    def orders(self, call: Args) -> list[etree._Element]:
        stores, customers = _listed(call, "store_id"), _listed(call, "customer_id")
        found = [
            one
            for one in self._orders
            if (not stores or one.created_via in stores)
            and (not customers or str(one.account and one.account.number) in customers)
            and _within(call, one.placed)
        ]
        return _page(call, found, lambda one: (one.placed, one.number), _order)

    def orders_by_number(self, call: Args) -> list[etree._Element]:
        asked = set(_listed(call, "orderIncrementIds"))
        found = [one for one in self._orders if str(one.number) in asked]
        if not found:
            raise ApiFault("100")
        return [_array("result", [_order(one) for one in found])]

    def customers(self, call: Args) -> list[etree._Element]:
        emails = {one.casefold() for one in _listed(call, "email")}
        found = [
            one
            for one in self._customers
            if (not emails or one.email.casefold() in emails) and _within(call, one.joined)
        ]
        return _page(call, found, lambda one: (one.joined, one.number), _customer)

    def customers_by_number(self, call: Args) -> list[etree._Element]:
        asked = set(_listed(call, "customerIds"))
        found = [one for one in self._customers if str(one.number) in asked]
        return [_array("result", [_customer(one) for one in found])]

    def _admit(self, session: str | None) -> None:
        left = self._sessions.get(session or "", 0)
        if left <= 0:
            raise ApiFault("5")
        self._sessions[session or ""] = left - 1


def _page(
    call: Args, found: list[Any], key: Callable[[Any], Any], write: Callable[[Any], etree._Element]
) -> list[etree._Element]:
    newest = _text(call, "dir") == "desc"
    size, page = int(_text(call, "pageSize") or 20), int(_text(call, "page") or 1)
    rows = sorted(found, key=key, reverse=newest)[(page - 1) * size : page * size]
    return [_array("result", [write(one) for one in rows]), _leaf("total", str(len(found)))]


def _within(call: Args, moment: Any) -> bool:
    text = _written(moment)
    first, last = _text(call, "from"), _text(call, "to")
    return (not first or text >= first) and (not last or text <= last)


def _order(order: WooOrder) -> etree._Element:
    total = sum(line.after for line in order.lines) + order.shipping
    found = _many(
        increment_id=str(order.number),
        store_id=order.created_via,
        created_at=_written(order.placed),
        status=order.status,
        order_currency_code="CNY",
        grand_total=_money(total),
        shipping_amount=_money(order.shipping),
        customer_id=str(order.account.number) if order.account else None,
        customer_note=order.note,
    )
    lines = []
    for place, line in enumerate(order.lines):
        code, whole = line.code.code, line.milli // 1000
        lines.append(
            _many(
                item_id=str(place + 1), sku=code, qty_ordered=f"{whole}.{line.milli % 1000:03}",
                row_total=_money(line.after),
            )
        )  # fmt: skip
    found.append(_array("items", lines))
    return found


def _customer(account: Account) -> etree._Element:
    return _many(
        customer_id=str(account.number),
        created_at=_written(account.joined),
        email=account.email,
        firstname=account.person.given,
        lastname=account.person.family,
    )


def _written(moment: Any) -> str:
    return f"{moment - _SITE:%Y-%m-%d %H:%M:%S}"


def _money(cents: int) -> str:
    return f"{'-' if cents < 0 else ''}{abs(cents) // 100}.{abs(cents) % 100:02}00"


def _many(**values: str | None) -> etree._Element:
    found = etree.Element("item")
    found.extend(_leaf(name, value) for name, value in values.items())
    return found


def _leaf(name: str, value: str | None) -> etree._Element:
    found = etree.Element(name)
    if value is None:
        found.set(f"{{{XSI}}}nil", "true")
    else:
        found.set(f"{{{XSI}}}type", "xsd:string")
        found.text = value
    return found


def _array(name: str, items: Sequence[etree._Element]) -> etree._Element:
    found = etree.Element(name)
    found.extend(items)
    return found


def _envelope(name: str, parts: Sequence[etree._Element]) -> bytes:
    root = etree.Element(f"{{{SOAP}}}Envelope", nsmap={"SOAP-ENV": SOAP, "xsi": XSI})
    body = etree.SubElement(root, f"{{{SOAP}}}Body")
    etree.SubElement(body, f"{{{MAGENTO}}}{name}", nsmap={"ns1": MAGENTO}).extend(parts)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def _fault(code: str) -> bytes:
    root = etree.Element(f"{{{SOAP}}}Envelope", nsmap={"SOAP-ENV": SOAP})
    fault = etree.SubElement(etree.SubElement(root, f"{{{SOAP}}}Body"), f"{{{SOAP}}}Fault")
    etree.SubElement(fault, "faultcode").text = code
    etree.SubElement(fault, "faultstring").text = "Session expired. demo-leaked-secret"
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def _text(call: Args, name: str) -> str | None:
    found = call.find(f".//{name}")
    return None if found is None else found.text


def _listed(call: Args, name: str) -> list[str]:
    return list(_items(call, name))


def _items(call: Args, name: str) -> Iterator[str]:
    holder = call.find(f".//{name}")
    for one in holder if holder is not None else ():
        yield one.text or ""


def create(seed: int, scale: int) -> Box:
    api = Api(seed, scale)

    async def endpoint(request: Request) -> Response:
        body = api.answer(await request.body())
        status = 500 if b"Fault>" in body else 200
        return Response(body, status, media_type="text/xml; charset=utf-8")

    routes = [Route("/index.php/api/v2_soap", endpoint, methods=["POST"])]
    return Box(Starlette(routes=routes), Tally())


def main() -> None:
    options = read_options("python -m tests.connectors.conformance.soap_shop.server")
    serve(create(options.seed, options.scale), options.host, options.port)


if __name__ == "__main__":
    main()
