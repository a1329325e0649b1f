"""A rehearsal: a tenth of a sale's stock, made-up people, and how it went."""

from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from capabilities.flash.lifecycle import SaleDeclined
from capabilities.flash.records import FlashSale, SaleState

_PART = 10
_MOST_UNITS = 2_000
_MOST_PEOPLE = 5_000
_FOR_EACH_UNIT = 3
_REHEARSED = frozenset({SaleState.DRAFT, SaleState.PRELOADED, SaleState.OPEN, SaleState.PAUSED})


class Rehearsal(Struct, frozen=True, kw_only=True):
    """How a rehearsal went; `answers` are counts by their word, WAITING of those never let in.

    Milliseconds are from a wish to its answer; `rate` is reservations in a second. `faults` are
    what the auditor found.
    """

    sale: str
    units: int
    people: int
    seconds: float
    rate: float
    p50_ms: float
    p99_ms: float
    answers: Mapping[str, int]
    reserved: int
    faults: tuple[str, ...]


def shadow_sale(sale: FlashSale, shadow: str) -> FlashSale:
    """What is rehearsed of a sale: a tenth of every pool and of its rate, open at once."""
    if sale.state not in _REHEARSED:
        raise SaleDeclined(f"the sale is {sale.state.value}; it is rehearsed before its end")
    whole = sum(sale.pools.values())
    part = max(_PART, -(-whole // _MOST_UNITS))
    return replace(
        sale,
        id=shadow,
        pools={pool: -(-units // part) for pool, units in sale.pools.items()},
        admission_rate=sale.admission_rate / part,
        supply=None,
        state=SaleState.OPEN,
    )


def people_for(units: int) -> int:
    """How many made-up people come for so many units: more than get one."""
    return max(1, min(_MOST_PEOPLE, units * _FOR_EACH_UNIT))
