"""A quote: the promotions of a book taken off a cart, step by step.

Steps: single goods and bundles, the whole order, delivery, extras. Within a step the higher
priority comes first, then the id. Each sees what those before it have left.
"""

from collections.abc import Sequence

from capabilities.pricing.basket import Basket
from capabilities.pricing.book import EXTRAS, Book, Ready
from capabilities.pricing.cart import Cart, Occasion, Usage
from capabilities.pricing.definition import Gift, IssueCoupon, Limits, PointsTimes
from capabilities.pricing.quote import Applied, Part, Quote, QuotedLine, Rejected, Why
from capabilities.pricing.rewards import Taken
from capabilities.pricing.windows import closed

_UNUSED = Usage()


def quote(book: Book, cart: Cart, occasion: Occasion) -> Quote:
    """What a cart costs here and now, the same for the same book, cart and occasion.

    A promotion that is exclusive is weighed against all others together: the cheaper cart wins,
    and of two that cost the same the one with more promotions.
    """
    candidates, rejected = book.candidates(cart, occasion)
    shared = [one for one in candidates if not one.definition.exclusive]
    together = _Run(cart, occasion, shared)
    alone = [_Run(cart, occasion, [one]) for one in candidates if one.definition.exclusive]
    runs = [together, *alone]
    # `max` keeps the first of equals: all others together, then the exclusive ones in order
    winner = max(runs, key=lambda run: (run.saved, bool(run.applied)))
    for run in runs:
        rejected.extend(run.rejected)
        if run is not winner:
            by = next((one.promotion for one in winner.applied), None)
            rejected.extend(Rejected(one.promotion, Why.EXCLUSIVE, by=by) for one in run.applied)
    return winner.quoted(cart, rejected, book.version)


class _Run:
    """One set of promotions taken off one cart."""

    def __init__(self, cart: Cart, occasion: Occasion, candidates: Sequence[Ready]) -> None:
        self._occasion = occasion
        self._basket = Basket(cart)
        self._groups: dict[str, str] = {}
        self.applied: list[Applied] = []
        self.rejected: list[Rejected] = []
        self.saved = 0
        left = list(candidates)
        while left:
            one = self._first(left)
            left.remove(one)
            self._apply(one)

    def quoted(self, cart: Cart, rejected: Sequence[Rejected], book: str) -> Quote:
        """The quote of this run; lines in the order of the cart."""
        basket = self._basket
        left = {line.ref: net for line, net in zip(basket.lines, basket.net, strict=True)}
        lines = tuple(QuotedLine(line.ref, line.gross, left[line.ref]) for line in cart.lines)
        return Quote(
            lines=lines,
            shipping=basket.shipping,
            applied=tuple(self.applied),
            rejected=tuple(sorted(rejected, key=lambda one: one.promotion)),
            book=book,
        )

    def _first(self, left: Sequence[Ready]) -> Ready:
        """The next in order; of its group's equals the one that takes most off."""
        one = left[0]
        group = one.definition.group
        if group is None or group in self._groups:
            return one
        rank = one.step, one.definition.priority, group
        rivals = [
            other
            for other in left
            if (other.step, other.definition.priority, other.definition.group) == rank
        ]
        return one if len(rivals) == 1 else max(rivals, key=self._worth)

    def _worth(self, one: Ready) -> tuple[bool, int]:
        outcome = self._tried(one)
        return (False, 0) if isinstance(outcome, Rejected) else (True, outcome.amount)

    def _apply(self, one: Ready) -> None:
        outcome = self._tried(one)
        if isinstance(outcome, Rejected):
            self.rejected.append(outcome)
            return
        basket, definition = self._basket, one.definition
        for place, amount in outcome.parts:
            basket.net[place] -= amount
        for place, pieces in outcome.pieces:
            basket.free[place] -= pieces
        basket.shipping -= outcome.shipping
        self.saved += outcome.amount
        if definition.group is not None:
            self._groups[definition.group] = definition.id
        self.applied.append(self._told(one, outcome))

    def _tried(self, one: Ready) -> Taken | Rejected:
        """What it would take off now, or why it does not apply."""
        definition, basket = one.definition, self._basket
        used = self._occasion.usage.get(definition.id, _UNUSED)
        hindered = self._hindered(one, used)
        if hindered is not None:
            return hindered
        places = basket.chosen(one.matches)
        if not places:
            return Rejected(definition.id, Why.NO_ITEM)
        outcome = one.take(basket, places)
        if one.step != EXTRAS and outcome.amount <= 0:
            return Rejected(definition.id, Why.NOTHING_TO_REDUCE)
        spend = definition.limits.spend
        if spend is not None and used.spend + outcome.amount > spend:
            return Rejected(definition.id, Why.BUDGET_SPENT)
        return outcome

    def _hindered(self, one: Ready, used: Usage) -> Rejected | None:
        definition = one.definition
        taken_by = self._groups.get(definition.group or "")
        if taken_by is not None:
            return Rejected(definition.id, Why.GROUP_TAKEN, by=taken_by)
        why = closed(definition, self._occasion)
        if why is None and self._occasion.anonymous and definition.limits.per_member is not None:
            why = Why.MEMBER_NEEDED
        if why is None and _used_up(definition.limits, used):
            why = Why.LIMIT_REACHED
        if why is not None:
            return Rejected(definition.id, why)
        unmet = None if one.check is None else one.check(self._basket, self._occasion)
        return None if unmet is None else Rejected(definition.id, unmet.why, unmet.missing)

    def _told(self, one: Ready, outcome: Taken) -> Applied:
        definition, reward = one.definition, one.definition.reward
        lines = self._basket.lines
        return Applied(
            promotion=definition.id,
            version=definition.version,
            amount=outcome.amount,
            parts=tuple(Part(lines[place].ref, part) for place, part in outcome.parts if part),
            times=outcome.times,
            gift=(reward.sku, reward.quantity) if isinstance(reward, Gift) else None,
            coupon=reward.template if isinstance(reward, IssueCoupon) else None,
            points_times=reward.factor if isinstance(reward, PointsTimes) else None,
        )


def _used_up(limits: Limits, used: Usage) -> bool:
    return (
        (limits.total is not None and used.total >= limits.total)
        or (limits.per_member is not None and used.member >= limits.per_member)
        or (limits.per_store is not None and used.store >= limits.per_store)
    )
