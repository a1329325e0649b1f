"""Open Source POS's arithmetic: discounts are rounded a line each, the total once.

Total = Σ(quantity·price − ROUND(discount, 2)), then rounded, + tax where it is not included.
Amounts here are thousandths of a cent until they are rounded, half away from zero as in PHP.
"""

from collections.abc import Iterable
from decimal import Decimal

from demo.sample.records import Line


def after_discount(line: Line) -> int:
    """A position's value in thousandths of a cent."""
    value = line.milli * line.cents
    if line.off:
        return value - _rounded(line.milli * line.off, 1000) * 1000
    return value - _rounded(value * line.percent, 100_000) * 1000


def tax_of(thousandths: int, *, added: bool) -> int:
    """13 % in cents: on top, or what is contained."""
    return _rounded(thousandths * 13, 100_000 if added else 113_000)


def total_of(lines: Iterable[Line], *, added: bool) -> int:
    """What the customer pays, in cents, before cash is rounded."""
    values = [after_discount(line) for line in lines]
    total = _rounded(sum(values), 1000)
    return total + sum(tax_of(value, added=True) for value in values) if added else total


def cents(amount: int) -> Decimal:
    """Cents as the database's decimal."""
    return Decimal(amount).scaleb(-2)


def _rounded(value: int, unit: int) -> int:
    """Half away from zero."""
    magnitude = (abs(value) * 2 + unit) // (2 * unit)
    return magnitude if value >= 0 else -magnitude
