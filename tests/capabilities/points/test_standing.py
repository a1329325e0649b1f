"""Tiers: qualify, keep, downgrade, by dates."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from capabilities.points.policy import Downgrade
from capabilities.points.spans import Span
from capabilities.points.standing import standing_of
from tests.capabilities.points.policies import policy, programme


def club(downgrade=Downgrade.STEP, months=12):
    tiers = replace(policy().tiers, downgrade=downgrade, window=Span(months=months))
    return programme(policy(tiers=tiers))


def after(days, at, of=None):
    standing = standing_of(of or club(), days)
    return standing.tier_on(at), standing.valid_to


GOLD_FROM = (date(2026, 3, 10), 1000)


@pytest.mark.parametrize(
    ("days", "at", "tier"),
    [
        ([], date(2026, 3, 1), "BASE"),
        ([(date(2026, 3, 1), 499)], date(2026, 3, 1), "BASE"),
        ([(date(2026, 3, 1), 499), (date(2026, 3, 9), 1)], date(2026, 3, 9), "SILVER"),
        ([(date(2026, 3, 1), 499), (date(2027, 3, 1), 499)], date(2027, 3, 1), "BASE"),
        ([GOLD_FROM], date(2027, 3, 9), "GOLD"),
        ([GOLD_FROM], date(2027, 3, 10), "SILVER"),
        ([GOLD_FROM], date(2028, 3, 10), "BASE"),
        ([GOLD_FROM, (date(2026, 4, 1), 800)], date(2027, 3, 10), "GOLD"),
        ([GOLD_FROM, (date(2026, 4, 1), 799)], date(2027, 3, 10), "SILVER"),
    ],
)
def test_a_tier_by_days(days, at, tier):
    assert after(days, at)[0] == tier


def test_a_period_ends_on_its_last_day_and_the_lowest_tier_never():
    assert after([GOLD_FROM], date(2026, 4, 1)) == ("GOLD", date(2027, 3, 9))
    assert after([GOLD_FROM], date(2027, 4, 1)) == ("SILVER", date(2028, 3, 9))
    assert after([GOLD_FROM], date(2030, 1, 1)) == ("BASE", None)


def test_a_tier_that_is_not_kept_may_lead_to_what_was_earned():
    assert after([GOLD_FROM], date(2027, 3, 10), club(Downgrade.EARNED, 6))[0] == "BASE"


def test_progress_says_what_is_needed_and_what_keeps():
    standing = standing_of(club(), [(date(2026, 3, 1), 600), (date(2026, 4, 1), 100)])
    told = standing.progress(date(2026, 5, 1))
    assert (told.next_code, told.needed, told.reached) == ("GOLD", 1000, 700)
    assert (told.keep, told.kept) == (300, 100)
    top = standing_of(club(), [GOLD_FROM]).progress(date(2026, 5, 1))
    assert (top.next_code, top.needed, top.kept) == (None, None, 0)


DAYS = st.lists(
    st.tuples(st.dates(date(2026, 1, 1), date(2029, 1, 1)), st.integers(1, 1200)), max_size=8
)


@settings(max_examples=60, deadline=None)
@given(days=DAYS, dice=st.randoms(use_true_random=False))
def test_days_may_come_in_any_order(days, dice):
    shuffled = days[:]
    dice.shuffle(shuffled)
    at = date(2029, 6, 1)
    assert after(days, at) == after(shuffled, at)


@settings(max_examples=60, deadline=None)
@given(days=DAYS, more=st.integers(1, 500))
def test_more_on_a_day_never_lowers_that_days_tier(days, more):
    codes = [level.code for level in policy().tiers.levels]
    for day, _ in days:
        before = after([one for one in days if one[0] <= day], day)[0]
        then = after([*(one for one in days if one[0] <= day), (day, more)], day)[0]
        assert codes.index(then) >= codes.index(before)


def test_a_month_that_lacks_a_day_ends_on_its_last():
    assert Span(months=1).after(date(2026, 1, 31)) == date(2026, 2, 28)
    assert Span(months=12).before(date(2028, 2, 29)) == date(2027, 2, 28)
    assert Span(days=3).after(date(2026, 1, 31)) == date(2026, 1, 31) + timedelta(days=3)
