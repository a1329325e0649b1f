"""The sales that are dropped: those of the last months, and all of the demo's person."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Final

from demo.sample.records import PosSale, Retailer

SINCE: Final = datetime(2026, 8, 1)  # noqa: DTZ001 - tills write local time
# A store that closes after midnight books until then on the day before.
_DAY_BEGINS: Final = timedelta(hours=4)
COMPLETED, SUSPENDED, CANCELLED = 0, 1, 2

Sold = PosSale


def business_day(sale: Sold) -> date:
    """The day that a sale is booked on."""
    return (sale.placed - _DAY_BEGINS).date()


def total_of(sale: Sold) -> int:
    """What a sale costs, in cents: prices contain the tax."""
    return sum(line.after for line in sale.lines)


def number_of(sale: Sold) -> str:
    """Its natural key: store, business day, type, till, receipt."""
    kind = "R" if total_of(sale) < 0 else "S"
    return f"{sale.store.code}-{business_day(sale):%Y%m%d}-{kind}-1-{sale.number}"


def sold_in(retailer: Retailer) -> tuple[Sold, ...]:
    """What the tills of these months sold; some of it late at night."""
    person = retailer.accounts["ospos"][0]
    return tuple(
        sale
        for sale in retailer.pos_sales
        if sale.kind in (0, 1, 4) and (sale.placed >= SINCE or sale.account == person)
    )


def by_store_and_day(sales: tuple[Sold, ...]) -> Iterator[tuple[str, date, list[Sold]]]:
    """Sales as files hold them."""
    ordered = sorted(sales, key=lambda one: (one.store.code, business_day(one), one.number))
    for (store, day), found in groupby(ordered, lambda one: (one.store.code, business_day(one))):
        yield store, day, list(found)


def yuan(cents: int) -> str:
    """Cents as a decimal text."""
    sign = "-" if cents < 0 else ""
    return f"{sign}{abs(cents) // 100}.{abs(cents) % 100:02d}"


def pieces(milli: int) -> str:
    """Thousandths as a decimal text without needless zeros."""
    sign = "-" if milli < 0 else ""
    text = f"{sign}{abs(milli) // 1000}.{abs(milli) % 1000:03d}"
    return text.rstrip("0").rstrip(".")
