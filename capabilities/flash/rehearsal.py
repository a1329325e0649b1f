"""A rehearsal: a tenth of a sale's stock, made-up people, and how it went."""

from collections.abc import Mapping
from datetime import datetime
from enum import Enum

from msgspec import Struct
from msgspec.structs import replace

from capabilities.flash.lifecycle import SaleDeclined
from capabilities.flash.records import FlashSale, SaleState
from capabilities.flash.tally import Answer, AnswerCount

_PART = 10
# A rehearsal that nobody has ended by then was lost with its process.
LOST_SECONDS = 240.0
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

    @property
    def counts(self) -> tuple[AnswerCount, ...]:
        """The answers by their kind."""
        return tuple(
            AnswerCount(answer=one, count=self.answers[one.value])
            for one in Answer
            if one.value in self.answers
        )

    @property
    def never_let_in(self) -> int:
        """How many still waited at its end."""
        return self.answers.get("WAITING", 0)


class RehearsalState(Enum):
    """How far a rehearsal is."""

    RUNNING = "RUNNING"
    DONE = "DONE"
    FAILED = "FAILED"


class RehearsalRun(Struct, frozen=True, kw_only=True):
    """A rehearsal that `author` asked for; `reason` is the code of why it failed."""

    id: str
    sale: str
    author: str
    started_at: datetime
    ended_at: datetime | None
    state: RehearsalState
    result: Rehearsal | None
    reason: str | None


def check_rehearsed(state: SaleState) -> None:
    """SaleDeclined for a sale that is over."""
    if state not in _REHEARSED:
        raise SaleDeclined(f"the sale is {state.value}; it is rehearsed before its end")


def shadow_sale(sale: FlashSale, shadow: str) -> FlashSale:
    """What is rehearsed of a sale: a tenth of every pool and of its rate, open at once."""
    check_rehearsed(sale.state)
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
