"""The life of a flash sale: which step leads where, and which one takes a second person."""

from datetime import datetime
from enum import Enum

from msgspec import Struct

from capabilities.caller import Caller, Person
from capabilities.errors import BadInput
from capabilities.flash.records import FlashSale, SaleState


class Step(Enum):
    """What operations do with a sale."""

    PRELOAD = "PRELOAD"
    OPEN = "OPEN"
    PAUSE = "PAUSE"
    RESUME = "RESUME"
    TOP_UP = "TOP_UP"
    CLOSE = "CLOSE"
    RECONCILE = "RECONCILE"


# Whoever asks for one of these never confirms it.
CONFIRMED = frozenset({Step.OPEN, Step.TOP_UP})
_LEADS = {
    Step.PRELOAD: (frozenset({SaleState.DRAFT}), SaleState.PRELOADED),
    Step.OPEN: (frozenset({SaleState.PRELOADED}), SaleState.OPEN),
    Step.PAUSE: (frozenset({SaleState.OPEN}), SaleState.PAUSED),
    Step.RESUME: (frozenset({SaleState.PAUSED}), SaleState.OPEN),
    Step.CLOSE: (
        frozenset({SaleState.PRELOADED, SaleState.OPEN, SaleState.PAUSED}),
        SaleState.CLOSED,
    ),
    Step.RECONCILE: (frozenset({SaleState.CLOSED}), SaleState.RECONCILED),
}
_TOPPED_UP = frozenset({SaleState.PRELOADED, SaleState.OPEN, SaleState.PAUSED})


class SaleDeclined(BadInput):
    """A step that a sale does not take now; the message says which it does."""

    code = "FLASH_SALE_DECLINED"


class Proposal(Struct, frozen=True, kw_only=True):
    """A step that waits for a second person, of the sale as it was at `version`."""

    id: str
    sale: str
    step: Step
    pool: str = ""
    units: int = 0
    version: int
    proposed_by: str
    proposed_at: datetime
    confirmed_by: str | None = None


def state_after(step: Step, state: SaleState) -> SaleState:
    """The state that a step leads to; SaleDeclined where the sale does not take it."""
    if step is Step.TOP_UP:
        allowed, after = _TOPPED_UP, state
    else:
        allowed, after = _LEADS[step]
    if state not in allowed:
        wanted = ", ".join(sorted(one.value for one in allowed))
        raise SaleDeclined(f"the sale is {state.value}; this needs {wanted}")
    return after


def stands(proposal: Proposal, sale: FlashSale) -> bool:
    """Whether a proposal can still be confirmed: an opening is of the sale as it was seen."""
    try:
        state_after(proposal.step, sale.state)
    except SaleDeclined:
        return False
    return proposal.step is not Step.OPEN or proposal.version == sale.version


def check_rate(rate: float) -> None:
    """SaleDeclined for a rate at which nobody can be let in."""
    if not 0 <= rate <= _LARGEST_RATE:
        told = f"an admission rate is 0 to {_LARGEST_RATE:,}"
        raise SaleDeclined(told, code="FLASH_SALE_INVALID")


def check_waiting(proposal: Proposal) -> None:
    """SaleDeclined for what was confirmed before."""
    if proposal.confirmed_by is not None:
        raise SaleDeclined("this was confirmed already", code="FLASH_SALE_CONFIRMED")


def check_second(proposal: Proposal, by: Person) -> None:
    """SaleDeclined for whoever proposed it, by any door, and where it was confirmed before."""
    check_waiting(proposal)
    if proposal.proposed_by == by.subject:
        raise second_person("a second person confirms: whoever proposed it does not")


def second_person(told: str) -> SaleDeclined:
    """The refusal of what two people do together."""
    return SaleDeclined(told, code="FLASH_SALE_SECOND_PERSON")


def proven(caller: Caller) -> Person:
    """Who calls, for a step that two people take; SaleDeclined where that is no one person."""
    person = caller.person
    if person is None:
        raise second_person("neither an API key nor the token of a role is a person")
    return person


def check_top_up(sale: FlashSale, pool: str, units: int) -> None:
    """SaleDeclined for stock that has no place in the sale."""
    if pool not in sale.pools:
        pools = ", ".join(one or "what all share" for one in sorted(sale.pools))
        raise SaleDeclined(f"the sale has stock for {pools}", code="FLASH_SALE_INVALID")
    if not 1 <= units <= _LARGEST_STOCK - sum(sale.pools.values()):
        told = f"one piece more, and at most {_LARGEST_STOCK:,} in all"
        raise SaleDeclined(told, code="FLASH_SALE_INVALID")


def check_definition(sale: FlashSale) -> None:
    """SaleDeclined for a sale that could not be held as it is defined."""
    faults = [
        told
        for wrong, told in (
            (not sale.id or "/" in sale.id or len(sale.id) > _LONGEST_ID, "an id without /"),
            (sale.opens_at >= sale.closes_at, "an opening before its end"),
            (sale.price < 0, "a price of at least nothing"),
            (sale.per_member < 1, "at least one piece for a member"),
            (sale.payment_seconds < 1, "some time to pay"),
            (
                not 0 <= sale.admission_rate <= _LARGEST_RATE,
                f"an admission rate of 0 to {_LARGEST_RATE:,}",
            ),
            (not sale.pools or any(units < 0 for units in sale.pools.values()), "some stock"),
            (min(sale.target_units or 1, sale.target_amount or 1) < 1, "targets above nothing"),
            (sum(sale.pools.values()) > _LARGEST_STOCK, f"at most {_LARGEST_STOCK:,} pieces"),
        )
        if wrong
    ]
    if faults:
        raise SaleDeclined(f"a sale needs {', '.join(faults)}", code="FLASH_SALE_INVALID")


_LONGEST_ID = 80
_LARGEST_RATE = 1_000_000
_LARGEST_STOCK = 100_000_000
