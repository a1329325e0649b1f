"""What a declaration cannot say of WPUBON01: every segment has a sign of its own.

`+` is sold or paid in, `-` taken back, given away or paid out (unverified: some installations
upload movements of stock, where a sale is `-`).
"""

from decimal import Decimal
from typing import Any

from capabilities.money import money
from capabilities.order.records import Discount, OrderLine, Payment, ProductRef
from capabilities.product.codes import canonical_code

_NOTHING = Decimal(0)
_MINUS = "-"
_FORMS = {"EAN1": "barcode", "ARTN": "matnr"}


def number(store: str, day: str, till: str, receipt: str, tenders: Any) -> str:
    """The natural key: store, business day, type, till, receipt."""
    kind = "R" if total(tenders) < 0 else "S"
    return f"{store}-{day}-{kind}-{till}-{receipt}"


def kind(tenders: Any) -> str:
    """A receipt that pays out is a return."""
    return "back" if total(tenders) < 0 else "sale"


def unpadded(number: Any) -> str | None:
    """A customer's number without the zeros that SAP fills it with."""
    found = str(number or "")
    return (found.lstrip("0") if found.isdigit() else found) or None


def moment(day: str, clock: str) -> str:
    """The local time of a receipt; one after midnight is booked on the day before."""
    return f"{day}T{(clock or '000000').zfill(6)}"


def total(tenders: Any) -> Decimal:
    """What was paid in all."""
    return sum((_signed(one, "SUMME") for one in tenders or ()), _NOTHING)


def payments(tenders: Any, currency: str) -> tuple[Payment, ...]:
    """Each tender, in the till's own words."""
    return tuple(
        Payment(method=one.get("ZAHLART"), amount=money(_signed(one, "SUMME"), currency))
        for one in tenders or ()
    )


def lines(items: Any, currency: str) -> tuple[OrderLine, ...]:
    """What was sold: an item is worth the sum of its conditions."""
    return tuple(_line(row, item, currency) for row, item in enumerate(items or (), 1))


def _line(row: int, item: Any, currency: str) -> OrderLine:
    form = _FORMS.get(item.get("QUALARTNR"), "barcode")
    code = canonical_code(form, item.get("ARTNR"))
    parts = [_signed(one, "KONDVALUE") for one in item.get("E1WPB03") or ()]
    off = sum((-part for part in parts[1:] if part * parts[0] < 0), _NOTHING)
    return OrderLine(
        ref=str(row),
        raw_sku=item.get("ARTNR"),
        codes=(ProductRef(form, code),) if code is not None else (),
        quantity=_signed(item, "MENGE"),
        total=money(sum(parts, _NOTHING), currency),
        discounts=(
            (Discount(amount=money(off, currency), code=item.get("AKTIONSNR")),) if off > 0 else ()
        ),
    )


def _signed(segment: Any, name: str) -> Decimal:
    amount = Decimal(segment.get(name) or 0)
    return -amount if (segment.get("VORZEICHEN") or "").strip() == _MINUS else amount
