"""Stages by the days of orders, beside a walk from day to day that knows no shortcuts."""

import itertools
from datetime import timedelta
from itertools import pairwise, permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capabilities.lifecycle.judging import HeldMembership, judge
from capabilities.lifecycle.rules import Rules, RuleSet, Thresholds, Window
from capabilities.lifecycle.stages import Stage
from tests.capabilities.lifecycle.buying import MEMBER, RULES, back, day, order, person


def _stage(days, as_of, rules=RULES, **more):
    facts = [order(one, named=f"{place}") for place, one in enumerate(days)]
    return judge(person(*facts, rules=rules, **more), rules, day(as_of)).now.stage


@pytest.mark.parametrize(
    ("days", "as_of", "stage"),
    [
        ([], 0, "NEW"),
        ([0], 0, "FIRST_PURCHASE"),
        ([0], 44, "FIRST_PURCHASE"),
        ([0], 45, "AT_RISK"),
        ([0], 89, "AT_RISK"),
        ([0], 90, "DORMANT"),
        ([0], 179, "DORMANT"),
        ([0], 180, "CHURNED"),
        ([0, 44], 44, "ACTIVE"),
        ([0, 0], 0, "ACTIVE"),
        ([0, 10], 54, "ACTIVE"),
        ([0, 10], 55, "AT_RISK"),
        ([0, 45], 45, "ACTIVE"),
        ([0, 89], 89, "ACTIVE"),
        ([0, 90], 90, "REACTIVATED"),
        ([0, 200], 229, "REACTIVATED"),
        ([0, 200], 230, "ACTIVE"),
        ([0, 200], 245, "AT_RISK"),
        ([0, 40, 80, 120, 160], 160, "LOYAL"),
        ([0, 40, 80, 120, 160], 179, "LOYAL"),
        ([0, 40, 80, 120, 160], 180, "ACTIVE"),
        ([0, 40, 80, 120, 160], 205, "AT_RISK"),
    ],
)
def test_stage(days, as_of, stage):
    assert _stage(days, as_of) is Stage(stage)


def test_who_is_no_member_is_a_prospect():
    prospect = person(memberships=(), known_since=day(-20))
    assert [(one.stage, one.since) for one in judge(prospect, RULES, day(0)).history] == [
        (Stage.PROSPECT, day(-20))
    ]


def test_known_then_a_member_then_a_buyer():
    history = judge(person(order(0), known_since=day(-20)), RULES, day(50)).history
    assert [(one.stage.value, one.since) for one in history] == [
        ("PROSPECT", day(-20)),
        ("NEW", day(-9)),
        ("FIRST_PURCHASE", day(0)),
        ("AT_RISK", day(45)),
    ]


def test_what_a_stage_was_decided_by():
    first, _, third = judge(person(order(0), order(100, channel="till")), RULES, day(100)).history[
        1:4
    ]
    assert (first.inputs.orders, first.inputs.first, first.inputs.last_on) == (
        1,
        ("shop", "o0"),
        day(0),
    )
    assert third.stage is Stage.DORMANT
    now = judge(person(order(0), order(100, channel="till")), RULES, day(100)).now.inputs
    assert (now.orders, now.last, now.reactivated_on) == (2, ("till", "o100"), day(100))


def test_a_top_tier_makes_loyal_from_the_day_it_was_seen():
    rules = Rules(rules=(RuleSet(stages=Thresholds(top_tiers=frozenset({"GOLD"}))),))
    gold = (HeldMembership(programme="shop", tier="GOLD", joined=day(-9)),)
    more = {"memberships": gold, "tier_since": day(3)}
    assert _stage([0], 2, rules, **more) is Stage.FIRST_PURCHASE
    assert _stage([0], 3, rules, **more) is Stage.LOYAL
    assert _stage([0], 45, rules, **more) is Stage.AT_RISK
    assert _stage([0], 3, RULES, **more) is Stage.FIRST_PURCHASE


def test_thresholds_are_those_of_her_programme_the_first_that_fits():
    short = Thresholds(at_risk_days=10, dormant_days=20, churned_days=30)
    rules = Rules(rules=(RuleSet(programme="shop", stages=short, touches=()), RuleSet()))
    assert _stage([0], 10, rules) is Stage.AT_RISK
    other = (HeldMembership(programme="till", joined=day(-9)),)
    assert _stage([0], 10, rules, memberships=other) is Stage.FIRST_PURCHASE
    assert _stage([0], 10, rules, memberships=MEMBER + other) is Stage.AT_RISK


def test_active_may_ask_for_more_orders():
    rules = Rules(rules=(RuleSet(stages=Thresholds(active=Window(orders=3, days=40))),))
    assert _stage([0, 30], 30, rules) is Stage.FIRST_PURCHASE
    assert _stage([0, 30, 39], 39, rules) is Stage.ACTIVE
    assert _stage([0, 30, 40], 40, rules) is Stage.FIRST_PURCHASE


def _walked(days, until):
    """Stage of every day, from day to day."""
    known = Thresholds()
    stages, back_on, active = {}, None, False
    for today in range(until + 1):
        bought = [one for one in days if one <= today]
        if not bought:
            stages[today] = Stage.NEW
            continue
        if today in days:
            before = [one for one in days if one < today]
            gap = today - before[-1] if before else 0
            active |= gap >= known.at_risk_days
            active |= sum(today - one < known.active.days for one in bought) >= known.active.orders
            back_on = today if gap >= known.dormant_days else back_on
        silent = today - bought[-1]
        loyal = sum(today - one < known.loyal.days for one in bought) >= known.loyal.orders
        if silent >= known.churned_days:
            stages[today] = Stage.CHURNED
        elif silent >= known.dormant_days:
            stages[today] = Stage.DORMANT
        elif silent >= known.at_risk_days:
            stages[today] = Stage.AT_RISK
        elif back_on is not None and today - back_on < known.reactivated_days:
            stages[today] = Stage.REACTIVATED
        elif loyal:
            stages[today] = Stage.LOYAL
        else:
            stages[today] = Stage.ACTIVE if active else Stage.FIRST_PURCHASE
    return stages


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 400), max_size=9), st.integers(0, 600))
def test_the_timeline_is_that_of_a_walk_from_day_to_day(days, as_of):
    days = sorted(days)
    facts = [order(one, named=f"{place}") for place, one in enumerate(days)]
    judged = judge(person(*facts), RULES, day(as_of))
    walked = _walked([one for one in days if one <= as_of], as_of + 250)
    turns = [0] + [now for last, now in pairwise(range(as_of + 1)) if walked[now] != walked[last]]
    shown = [(one.stage, one.since) for one in judged.history]
    expected = [(walked[one], day(one)) for one in turns]
    assert shown[-len(expected) :][1:] == expected[1:]
    assert shown[-1][0] is walked[as_of]
    later = (one for one in range(as_of + 1, as_of + 250) if walked[one] != walked[as_of])
    turns = [*itertools.islice(later, 1), *[one for one in days if one > as_of][:1]]
    assert judged.next_change == (day(min(turns)) if turns else None)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_in_which_order_orders_arrive_makes_no_difference(data):
    days = data.draw(st.lists(st.integers(0, 300), max_size=7, unique=True))
    facts = [order(one, channel=data.draw(st.sampled_from(["shop", "till"]))) for one in days]
    facts += [back(one + 1, channel="till") for one in days[:2]]
    as_of = day(data.draw(st.integers(0, 500)))
    shuffled = data.draw(st.permutations(facts))
    assert judge(person(*facts), RULES, as_of) == judge(person(*shuffled), RULES, as_of)


def test_every_order_of_a_few_gives_one_judgement():
    facts = (order(0), order(44), order(50, refunded=1000), back(60))
    judged = [judge(person(*some), RULES, day(120)) for some in permutations(facts)]
    assert all(one == judged[0] for one in judged)


def test_a_thousand_orders_are_judged_quickly():
    facts = [order(number) for number in range(1000)]
    judged = judge(person(*facts), RULES, day(1000))
    assert judged.now.stage is Stage.LOYAL
    assert judged.next_change == day(999) + timedelta(days=45)
