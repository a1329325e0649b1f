"""What a draft would make of past orders, beside what is in force. Pure sums over memberships."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

from capabilities.order.facts import OrderFact
from capabilities.points.applying import Target, targets
from capabilities.points.earning import Categories
from capabilities.points.policy import Policy, PolicyVersion, Programme
from capabilities.points.records import QUALIFYING, SPENDABLE
from capabilities.points.standing import standing_of

Days = Sequence[tuple[date, int]]


class Outcome(Struct):
    """What a programme makes of some orders."""

    orders: int = 0
    points: int = 0
    qualifying: int = 0
    cost: Decimal = Decimal(0)
    tiers: Counter[str] = Counter()


class Trial(Struct, frozen=True, kw_only=True):
    """One programme, as it is in force (None where it is new) and as a draft would have it."""

    programme: str
    memberships: int
    in_force: Outcome
    draft: Outcome


def always(draft: Policy) -> Programme:
    """A draft as if it had been in force from the first order on."""
    return Programme((PolicyVersion(version=0, policy=replace(draft, starts=date.min)),))


class Trying:
    """Adds up one membership after another."""

    def __init__(self, standing: Programme | None, draft: Policy, today: date) -> None:
        self._programmes = (standing, always(draft))
        self._costs = (
            standing.versions[-1].policy.point_cost if standing else Decimal(0),
            draft.point_cost,
        )
        self._today = today
        self._name = draft.programme
        self._sums = (Outcome(tiers=Counter()), Outcome(tiers=Counter()))
        self._memberships = 0

    def add(self, facts: Iterable[OrderFact], by_hand: Days, categories: Categories) -> None:
        """Count the orders of one membership under both."""
        known = list(facts)
        self._memberships += 1
        pairs = zip(self._programmes, self._sums, self._costs, strict=True)
        for programme, outcome, cost in pairs:
            if programme is not None:
                found = targets(programme, known, by_hand, categories)
                _count(outcome, programme, found, by_hand, cost, self._today)

    def result(self) -> Trial:
        """The sums so far."""
        in_force, draft = self._sums
        return Trial(
            programme=self._name, memberships=self._memberships, in_force=in_force, draft=draft
        )


def _count(
    outcome: Outcome,
    programme: Programme,
    found: Sequence[Target],
    by_hand: Days,
    cost: Decimal,
    today: date,
) -> None:
    points = sum(one.worth.stays for one in found if one.currency == SPENDABLE)
    days = [(one.day, one.worth.stays) for one in found if one.currency == QUALIFYING]
    outcome.orders += sum(1 for one in found if one.currency == SPENDABLE and one.worth.stays)
    outcome.points += points
    outcome.qualifying += sum(amount for _, amount in days)
    outcome.cost += points * cost
    tier = standing_of(programme, [*days, *by_hand]).tier_on(today)
    if tier is not None:
        outcome.tiers[tier] += 1
