"""When the answers of a system are held against the contract by the clock, and what came of it."""

from datetime import datetime

from msgspec import Struct

from capabilities.adoption.bounds import Bounds
from capabilities.adoption.evidence import Fact, Known
from capabilities.adoption.standing import Standing
from capabilities.adoption.states import AdoptionState, at_least

_S = AdoptionState


class ContractCheck(Struct, frozen=True, kw_only=True):
    """The last check of a pair, None where there was none, and when the next one is due.

    `next_at` is None where none comes by the clock; a moment that has passed means now.
    """

    passed: bool | None = None
    at: datetime | None = None
    next_at: datetime | None = None


def is_checked(standing: Standing) -> bool:
    """Whether a pair is checked by the clock: from when it is registered until it is retired.

    Of a pair without a step nobody asked for it.
    """
    here = standing.lead
    return standing.version > 0 and at_least(here, _S.REGISTERED) and here is not _S.LEGACY_RETIRED


def contract_check(
    standing: Standing, known: Known, bounds: Bounds, now: datetime
) -> ContractCheck:
    """How the checks of a pair stand."""
    found = known.get(Fact.CONTRACT_PASSED)
    if found is None:
        return ContractCheck(next_at=now if is_checked(standing) else None)
    due = found.at + bounds.contract_every
    return ContractCheck(
        passed=found.value == 1, at=found.at, next_at=due if is_checked(standing) else None
    )
