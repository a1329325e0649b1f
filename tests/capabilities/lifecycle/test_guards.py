"""Quiet hours across midnight, caps of touches, and words whose variables are known."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from capabilities.errors import BadInput
from capabilities.lifecycle.campaigns import CampaignPlan, Cap, Way
from capabilities.lifecycle.guards import free_at, quiet_end
from capabilities.lifecycle.templates import check_words, render
from capabilities.member.consent import ConsentMedium

ZONE = ZoneInfo("Asia/Shanghai")
SMS = Way(medium=ConsentMedium.SMS, template="second", cost=10)
NOON = datetime(2026, 4, 15, 12, tzinfo=ZONE)


def _plan(**more):
    facts = {"name": "spring", "rule": "second-purchase", "sender": "sms", "ways": (SMS,)}
    return CampaignPlan(**facts | more)


@pytest.mark.parametrize(
    ("clock", "end"),
    [
        ("08:59", "15T09:00"),
        ("09:00", None),
        ("20:59", None),
        ("21:00", "16T09:00"),
        ("23:59", "16T09:00"),
        ("00:00", "15T09:00"),
    ],
)
def test_quiet_hours_go_over_midnight(clock, end):
    now = datetime.fromisoformat(f"2026-04-15T{clock}:00").replace(tzinfo=ZONE)
    found = quiet_end(_plan(), now.astimezone(ZoneInfo("UTC")), ZONE)
    assert (None if found is None else f"{found:%dT%H:%M}") == end


@pytest.mark.parametrize(("clock", "quiet"), [("12:59", False), ("13:00", True), ("14:00", False)])
def test_quiet_hours_may_lie_within_a_day_or_be_none(clock, quiet):
    now = datetime.fromisoformat(f"2026-04-15T{clock}:00").replace(tzinfo=ZONE)
    nap = _plan(quiet_from="13:00", quiet_until="14:00")
    assert (quiet_end(nap, now, ZONE) is not None) is quiet
    assert quiet_end(_plan(quiet_from="09:00", quiet_until="09:00"), now, ZONE) is None


@pytest.mark.parametrize(
    ("days_ago", "wait"),
    [([], None), ([7], None), ([6], 1), ([10, 20, 25], 5), ([3, 10, 25], 5), ([30, 31], None)],
)
def test_caps_of_touches_say_when_there_is_room(days_ago, wait):
    caps = (Cap(touches=1, days=7), Cap(touches=3, days=30))
    found = free_at(caps, [NOON - timedelta(days=one) for one in days_ago], NOON)
    assert found == (None if wait is None else NOON + timedelta(days=wait))


@pytest.mark.parametrize(
    "words", ["", " ", "x" * 2001, "{phone}", "{", "{days!r}", "{days:>9}", "{days.x}", "{0}", "{}"]
)
def test_words_with_what_there_is_not_are_refused(words):
    with pytest.raises(BadInput) as raised:
        check_words(words)
    assert raised.value.code == "TEMPLATE_INVALID"


def test_words_are_filled_in():
    words = "{days} 天未见，{{{store}}} 见"
    check_words(words)
    assert render(words, {"days": "45", "store": "M0001"}) == "45 天未见，{M0001} 见"


@pytest.mark.parametrize(
    "wrong",
    [
        {"ways": (SMS, SMS)},
        {"ways": (Way(medium=ConsentMedium.ANY, template="second"),)},
        {"touch_cap": 9},
    ],
)
def test_a_plan_that_contradicts_itself_is_refused(wrong):
    with pytest.raises(BadInput) as raised:
        _plan(**wrong).check()
    assert raised.value.code == "CAMPAIGN_INVALID"
