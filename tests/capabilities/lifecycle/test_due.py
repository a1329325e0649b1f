"""The second touch: 45 days after the first purchase, and every way in which it is due no more."""

from datetime import timedelta

import pytest

from capabilities.lifecycle.due import Cancelled, TouchKey, due_touches, why_cancelled
from capabilities.lifecycle.rules import Occasion, Rules, RuleSet, TouchRule
from tests.capabilities.lifecycle.buying import RULES, back, day, order, person

HELD = RULES.rules[0]
KEY = TouchKey("second-purchase", "shop", "o0", 1)


def _due(*facts, as_of=0, held=HELD):
    return {one.key: one for one in due_touches(person(*facts), held, day(as_of))}


def _why(*facts, as_of=45, held=HELD, key=KEY):
    return why_cancelled(key, person(*facts), held, day(as_of))


def test_it_is_due_on_day_45_of_the_business_date():
    late_at_night = order(0, business_date=day(0))
    touch = _due(late_at_night)[KEY]
    assert touch.due_on == day(45)
    assert touch.due_on - day(0) == timedelta(days=45)
    assert _due(late_at_night, as_of=59)[KEY].lapses_on == day(59)
    assert KEY not in _due(late_at_night, as_of=60)


@pytest.mark.parametrize("channel", ["shop", "till"])
def test_the_first_order_of_all_channels_is_the_anchor(channel):
    first = order(-3, channel=channel)
    (touch,) = _due(first)
    assert (touch.channel, touch.number) == (channel, "o-3")


def test_nothing_is_due_to_who_bought_twice_or_never():
    assert _due() == {}
    assert _due(order(0), order(44), as_of=44) == {}
    assert _due(order(0, refunded=1000)) == {}


def test_a_refunded_first_order_hands_the_anchor_on():
    (touch,) = _due(order(0, refunded=1000), order(7), as_of=7)
    assert touch.number == "o7"


@pytest.mark.parametrize(
    ("facts", "as_of", "why"),
    [
        ([order(0)], 45, None),
        ([order(0)], 44, None),
        ([order(0), order(44)], 44, Cancelled.SECOND_PURCHASE),
        ([order(0), order(44, channel="till")], 45, Cancelled.SECOND_PURCHASE),
        ([order(0), order(80)], 45, None),
        ([order(0, refunded=1000)], 45, Cancelled.REFUNDED),
        ([order(0), back(3)], 45, Cancelled.REFUNDED),
        ([order(0), order(-9), order(-5)], 45, Cancelled.EARLIER_ORDER),
        ([order(-9)], 45, Cancelled.ANCHOR_MOVED),
        ([order(0)], 60, Cancelled.LAPSED),
    ],
)
def test_why_it_is_due_no_more(facts, as_of, why):
    assert _why(*facts, as_of=as_of) is why


def test_a_rule_that_is_gone_cancels():
    assert _why(order(0), held=RuleSet(touches=())) is Cancelled.RULE_WITHDRAWN


def test_a_win_back_hangs_on_the_last_order_and_ends_with_the_next():
    key = TouchKey("win-back", "shop", "o50", 1)
    facts = (order(0), order(50))
    assert _due(*facts, as_of=94) == {}
    assert _due(*facts, as_of=95)[key].due_on == day(230)
    assert _why(*facts, order(200), as_of=230, key=key) is Cancelled.BOUGHT
    assert _why(*facts, as_of=230, key=key) is None


def test_a_touch_may_come_again():
    rule = TouchRule(
        name="often", occasion=Occasion.SECOND_PURCHASE, after_days=10, times=2, every_days=5
    )
    days = [one.due_on for one in _due(order(0), held=RuleSet(touches=(rule,))).values()]
    assert days == [day(10), day(15)]
    gone = TouchKey("often", "shop", "o0", 3)
    assert _why(order(0), held=RuleSet(touches=(rule,)), key=gone) is Cancelled.RULE_WITHDRAWN


def test_rules_that_contradict_themselves_are_refused():
    late = TouchRule(name="early", occasion=Occasion.WIN_BACK, after_days=10)
    twice = (RuleSet(programme="a"), RuleSet(programme="a"))
    names = RuleSet(touches=(HELD.touches[0], HELD.touches[0]))
    other = RuleSet(
        programme="b",
        touches=(TouchRule(name="win-back", occasion=Occasion.SECOND_PURCHASE, after_days=45),),
    )
    for wrong in [(RuleSet(touches=(late,)),), twice, (names,), (RuleSet(), other)]:
        with pytest.raises(Exception, match="do not hold together"):
            Rules(rules=wrong).check()
    Rules().check()
