"""All that follows from a person's orders on one day: her stages, and the touches due to her."""

from collections.abc import Iterable
from datetime import date

from msgspec import Struct

from capabilities.lifecycle.due import DueTouch, due_touches
from capabilities.lifecycle.netting import purchases
from capabilities.lifecycle.rules import Rules, RuleSet
from capabilities.lifecycle.stages import Person, Transition
from capabilities.lifecycle.timeline import timeline
from capabilities.order.facts import OrderFact


class HeldMembership(Struct, frozen=True, kw_only=True, gc=False):
    """What of a membership decides a stage."""

    programme: str | None = None
    tier: str | None = None
    joined: date | None = None


class Judgement(Struct, frozen=True, kw_only=True, gc=False):
    """Where a person stands; `next_change` is the day on which time alone changes it."""

    held: RuleSet
    person: Person
    history: tuple[Transition, ...]
    touches: tuple[DueTouch, ...]
    next_change: date | None

    @property
    def now(self) -> Transition:
        """The stage that she is in."""
        return self.history[-1]


def person_of(
    facts: Iterable[OrderFact],
    memberships: Iterable[HeldMembership],
    rules: Rules,
    *,
    known_since: date | None = None,
    tier_since: date | None = None,
) -> Person:
    """A person by her orders and memberships; `tier_since` is when a top tier is said to begin."""
    counted, void = purchases(facts)
    held = tuple(memberships)
    programmes = frozenset(one.programme for one in held if one.programme is not None)
    top = rules.of(programmes).stages.top_tiers
    return Person(
        known_since=known_since,
        member=bool(held),
        joined=min((one.joined for one in held if one.joined is not None), default=None),
        programmes=programmes,
        top_tier_since=tier_since if any(one.tier in top for one in held) else None,
        purchases=counted,
        void=void,
    )


def judge(person: Person, rules: Rules, as_of: date) -> Judgement:
    """Her stages up to a day and what is due to her; the same for the same orders, always."""
    held = rules.of(person.programmes)
    history, next_change = timeline(person, held.stages, as_of)
    return Judgement(
        held=held,
        person=person,
        history=history,
        touches=due_touches(person, held, as_of),
        next_change=next_change,
    )
