"""Touches that are due to a person, and why one is due no more."""

from datetime import date, timedelta
from enum import Enum

from msgspec import Struct

from capabilities.lifecycle.rules import Occasion, RuleSet, TouchRule
from capabilities.lifecycle.stages import Person, Purchase


class TouchKey(Struct, frozen=True, gc=False):
    """What makes a touch one touch: its rule, its anchor order and its turn.

    An order belongs to one person, so the key is unique per person too, also after a merge.
    """

    rule: str
    channel: str
    number: str
    cycle: int


class DueTouch(Struct, frozen=True, kw_only=True, gc=False):
    """A touch with the local days between which it is sent."""

    key: TouchKey
    due_on: date
    lapses_on: date


class Cancelled(Enum):
    """Why a touch is not due any more."""

    SECOND_PURCHASE = "SECOND_PURCHASE"
    BOUGHT = "BOUGHT"
    REFUNDED = "REFUNDED"
    EARLIER_ORDER = "EARLIER_ORDER"
    ANCHOR_MOVED = "ANCHOR_MOVED"
    CONSENT_WITHDRAWN = "CONSENT_WITHDRAWN"
    ERASED = "ERASED"
    RULE_WITHDRAWN = "RULE_WITHDRAWN"
    LAPSED = "LAPSED"


def due_touches(person: Person, held: RuleSet, as_of: date) -> tuple[DueTouch, ...]:
    """What is due to her now or later, as far as it can be told; nothing that has lapsed."""
    bought = tuple(one for one in person.purchases if one.day <= as_of)
    return tuple(
        touch
        for rule in held.touches
        if (anchor := _anchor(rule, bought, held, as_of)) is not None
        for touch in _turns(rule, anchor)
        if touch.lapses_on >= as_of
    )


def _anchor(
    rule: TouchRule, bought: tuple[Purchase, ...], held: RuleSet, as_of: date
) -> Purchase | None:
    if not bought:
        return None
    if rule.occasion is Occasion.SECOND_PURCHASE:
        return bought[0] if len(bought) == 1 else None
    silent = (as_of - bought[-1].day).days
    return bought[-1] if silent >= held.stages.at_risk_days else None


def _turns(rule: TouchRule, anchor: Purchase) -> list[DueTouch]:
    first = anchor.day + timedelta(days=rule.after_days)
    days = [first + timedelta(days=rule.every_days * turn) for turn in range(rule.times)]
    return [
        DueTouch(
            key=TouchKey(rule.name, anchor.channel, anchor.number, turn),
            due_on=day,
            lapses_on=day + timedelta(days=rule.lapse_days),
        )
        for turn, day in enumerate(days, start=1)
    ]


def why_cancelled(key: TouchKey, person: Person, held: RuleSet, as_of: date) -> Cancelled | None:
    """Why a touch that was planned is due no more; None where it still is."""
    if any(one.key == key for one in due_touches(person, held, as_of)):
        return None
    rule, anchor = held.touch(key.rule), (key.channel, key.number)
    if rule is None or key.cycle > rule.times:
        return Cancelled.RULE_WITHDRAWN
    bought = [one.key for one in person.purchases if one.day <= as_of]
    if anchor not in bought:
        return Cancelled.REFUNDED if anchor in person.void else Cancelled.ANCHOR_MOVED
    if rule.occasion is Occasion.WIN_BACK:
        return Cancelled.LAPSED if bought[-1] == anchor else Cancelled.BOUGHT
    if bought[0] != anchor:
        return Cancelled.EARLIER_ORDER
    return Cancelled.SECOND_PURCHASE if len(bought) > 1 else Cancelled.LAPSED
