"""What a declaration cannot say of SAP CAR's dumps: times without marks, bogus lines."""

from decimal import Decimal
from typing import Any

from capabilities.money import money
from capabilities.order.records import OrderLine, Payment, ProductRef
from capabilities.product.codes import canonical_code

_CURRENCY, _CODE = "CNY", "barcode"
_RETURNED = "2002"
_LETTERS = {"1001": "S", "1002": "R"}
_NOTHING = Decimal(0)


def number(store: Any, day: Any, kind: Any, till: Any, sequence: Any) -> str:
    """The natural key: store, business day, type, till, sequence."""
    return f"{store}-{day}-{_LETTERS.get(str(kind), 'X')}-{till}-{sequence}"


def moment(ended: Any, began: Any) -> str | None:
    """The local time, from fourteen digits."""
    found = str(ended or began or "")
    return f"{found[:8]}T{found[8:]}" if found else None


def day(digits: Any) -> str:
    """The business day, which has become a number."""
    return str(digits)


def total(tenders: Any) -> Decimal | None:
    """What was paid in all."""
    return sum((_exact(one["TENDERAMOUNT"]) for one in tenders), _NOTHING) if tenders else None


def payments(tenders: Any) -> tuple[Payment, ...]:
    """Each tender, in the system's own words."""
    return tuple(
        Payment(
            method=str(one.get("TENDERTYPECODE")),
            amount=money(_exact(one["TENDERAMOUNT"]), _CURRENCY),
        )
        for one in tenders or ()
    )


def lines(items: Any) -> tuple[OrderLine, ...]:
    """What was sold; a line without an amount is the cashier's number and no line."""
    return tuple(
        _line(row, one)
        for row, one in enumerate(items or (), 1)
        if one.get("SALESAMOUNT") not in (None, "")
    )


def _line(row: int, item: Any) -> OrderLine:
    raw = str(item["ITEMID"]) if item.get("ITEMID") not in (None, "") else None
    code = canonical_code(_CODE, raw)
    sign = -1 if str(item.get("RETAILTYPECODE")) == _RETURNED else 1
    return OrderLine(
        ref=str(item.get("RETAILNUMBER") or row),
        raw_sku=raw,
        codes=(ProductRef(_CODE, code),) if code is not None else (),
        quantity=sign * _exact(item.get("RETAILQUANTITY") or 0),
        total=money(_exact(item["SALESAMOUNT"]), _CURRENCY),
    )


def _exact(number: Any) -> Decimal:
    return Decimal(str(number))
