"""What a declaration cannot say of ORDERS05: the qualifier decides what a segment means.

Numbers have the decimal mark of the user who wrote them, and a minus behind.
"""

from decimal import Decimal
from typing import Any

from capabilities.money import money
from capabilities.order.records import Discount, OrderLine, ProductRef
from capabilities.product.codes import canonical_code

_SOLD_TO, _OURS, _TOTAL = "AG", "002", "002"
_MATNR = "matnr"
_REDUCES = "-"


def unpadded(number: Any) -> str | None:
    """A number without the zeros that SAP fills it with."""
    found = str(number or "")
    return (found.lstrip("0") if found.isdigit() else found) or None


def sold_to(partners: Any) -> str | None:
    """The partner who ordered, and not the one who gets the goods."""
    return unpadded(_of(partners, "PARVW", _SOLD_TO).get("PARTN"))


def total(sums: Any) -> Decimal | None:
    """The sum of the document."""
    return _number(_of(sums, "SUMID", _TOTAL).get("SUMME"))


def lines(items: Any, currency: str) -> tuple[OrderLine, ...]:
    """The items in their order."""
    return tuple(_line(item, currency) for item in items or ())


def _line(item: Any, currency: str) -> OrderLine:
    article = _of(item.get("E1EDP19"), "QUALF", _OURS)
    raw = article.get("IDTNR") or item.get("MATNR")
    code = canonical_code(_MATNR, raw)
    price, value = _number(item.get("VPREI")), _number(item.get("NETWR"))
    off = [
        abs(amount)
        for one in item.get("E1EDP05") or ()
        if one.get("ALCKZ") == _REDUCES and (amount := _number(one.get("BETRG")))
    ]
    return OrderLine(
        ref=unpadded(item.get("POSEX")) or "0",
        raw_sku=raw,
        codes=(ProductRef(_MATNR, code),) if code is not None else (),
        name=article.get("KTEXT"),
        quantity=_number(item.get("MENGE")),
        unit=item.get("MENEE"),
        unit_price=money(price, currency) if price is not None else None,
        total=money(value, currency) if value is not None else None,
        discounts=tuple(Discount(amount=money(amount, currency)) for amount in off),
    )


def _of(segments: Any, name: str, qualifier: str) -> Any:
    """The first segment with a qualifier."""
    return next((one for one in segments or () if one.get(name) == qualifier), {})


def _number(text: Any) -> Decimal | None:
    """`1.234,50-` and `1234.50`; the mark that comes last is the decimal one."""
    found = str(text or "").strip()
    if not found:
        return None
    sign = -1 if found.endswith("-") or found.startswith("-") else 1
    found = found.strip("+-").strip()
    if found.rfind(",") > found.rfind("."):
        found = found.replace(".", "").replace(",", ".")
    return sign * Decimal(found.replace(",", ""))
