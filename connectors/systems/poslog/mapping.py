"""What a declaration cannot say of POSLog: which of a transaction's lines are sold, paid or told.

Names differ between 2.x and 6; each is looked for under both. A return's amounts are written
without a sign.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from capabilities.money import money
from capabilities.order.records import Discount, OrderLine, Payment, ProductRef
from capabilities.product.codes import canonical_code

_TRUE = ("true", "1")
_CODE = "barcode"
_PRICES = ("ActualSalesUnitPrice", "RegularSalesUnitPrice")
_TOTALS = ("TransactionGrandAmount", "TransactionGrandTotal", "TransactionGrandTotalAmount")
_MEMBERS = ("LoyaltyMembership", "LoyaltyAccount", "Customer")
_NUMBERS = ("MembershipID", "LoyaltyID", "CustomerID", "#text")
_NOTHING = Decimal(0)


def is_sale(items: Any) -> bool:
    """Whether a transaction sells or takes back: tills also log openings and counts."""
    return next(_sold(items), None) is not None


def number(store: str, day: str, till: str, sequence: str, items: Any) -> str:
    """The natural key: store, business day, type, till, sequence."""
    kind = "R" if sum(sign for sign, _, _ in _sold(items)) < 0 else "S"
    return f"{store}-{day.replace('-', '')}-{kind}-{till}-{sequence}"


def state(voided: Any) -> str:
    """A transaction that a later one takes back is no sale any more."""
    return "voided" if voided else "done"


def member(items: Any, account: Any, customer: Any) -> str | None:
    """The member's number, wherever this version writes it."""
    told = [one.get(name) for one in items or () for name in _MEMBERS]
    return next((found for one in (*told, account, customer) if (found := _named(one))), None)


def _named(member: Any) -> str | None:
    if isinstance(member, dict):
        member = next((member[key] for key in _NUMBERS if member.get(key)), None)
    return str(member) if member else None


def total(totals: Any) -> str | None:
    """What the customer pays."""
    by_type = {one.get("@TotalType"): one.get("#text") for one in totals or ()}
    return next((by_type[name] for name in _TOTALS if name in by_type), None)


def paid(items: Any) -> Decimal | None:
    """The sum of the tenders, less change."""
    amounts = [_amount(one["Tender"]) for one in items or () if one.get("Tender")]
    return sum(amounts, _NOTHING) if amounts else None


def payments(items: Any, currency: str) -> tuple[Payment, ...]:
    """Each tender, in the till's own words."""
    return tuple(
        Payment(method=one.get("Tender@TenderType"), amount=money(_amount(one["Tender"]), currency))
        for one in items or ()
        if one.get("Tender")
    )


def lines(items: Any, currency: str) -> tuple[OrderLine, ...]:
    """What was sold and taken back, in order."""
    return tuple(
        _line(sign, sold, str(item.get("SequenceNumber") or row), currency)
        for row, (sign, sold, item) in enumerate(_sold(items), 1)
    )


def _sold(items: Any) -> Iterator[tuple[int, Any, Any]]:
    """Lines that were not voided: their sign, what they sell, and the line itself."""
    for item in items or ():
        if item.get("@VoidFlag") in _TRUE:
            continue
        for name, sign in (("Sale", 1), ("Return", -1)):
            if isinstance(item.get(name), dict):
                yield sign, item[name], item


def _line(sign: int, sold: Any, ref: str, currency: str) -> OrderLine:
    identity = sold.get("POSIdentity")
    raw = (identity or {}).get("POSItemID") or sold.get("ItemID")
    code = canonical_code(_CODE, raw)
    off = Decimal(sold.get("ExtendedDiscountAmount") or 0)
    return OrderLine(
        ref=ref,
        raw_sku=raw,
        codes=(ProductRef(_CODE, code),) if code is not None else (),
        name=sold.get("Description"),
        quantity=sign * Decimal(sold["Quantity"]) if sold.get("Quantity") else None,
        unit=sold.get("Quantity@UnitOfMeasureCode"),
        unit_price=_price(sold, currency),
        total=money(sign * Decimal(sold["ExtendedAmount"]), currency),
        discounts=(Discount(amount=money(off, currency)),) if off > 0 else (),
    )


def _price(sold: Any, currency: str) -> Any:
    found = next((sold[name] for name in _PRICES if sold.get(name)), None)
    return money(found, currency) if found is not None else None


def _amount(tender: Any) -> Decimal:
    change = tender.get("TenderChange")
    given = change.get("Amount") if isinstance(change, dict) else change
    return Decimal(tender.get("Amount") or 0) - Decimal(given or 0)
