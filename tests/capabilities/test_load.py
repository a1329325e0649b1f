"""What was agreed at a moment: windows by their zone's clock, blackouts, shares without Redis."""

from datetime import UTC, datetime

import pytest
from msgspec import convert

from capabilities.load import Agreed, Cause, LoadAgreement, because, cause

NOON = datetime(2026, 11, 27, 4, 0, 30, tzinfo=UTC)  # 12:00 in Shanghai, a Friday


def agreement(**keys):
    return convert({"per_second": 50, "max_concurrent": 8, **keys}, LoadAgreement)


def window(cron, factor, zone="Asia/Shanghai"):
    return {"cron": cron, "zone": zone, "factor": factor}


def test_without_windows_the_numbers_hold_as_they_stand():
    assert agreement().at(NOON) == Agreed(50, 8)
    assert convert({"per_second": 5}, LoadAgreement).at(NOON) == Agreed(5, None)


@pytest.mark.parametrize(
    ("windows", "agreed"),
    [
        ([window("* 9-21 * * *", 0.5)], Agreed(25, 4)),
        ([window("* 9-21 * * *", 0.5, "UTC")], Agreed(50, 8)),
        ([window("* * * * 0,6", 0.5)], Agreed(50, 8)),
        ([window("* 12 * * *", 2), window("0 * * * *", 0.1)], Agreed(5, 1)),
        ([window("* 12 * * *", 0.01)], Agreed(1, 1)),
        ([window("* 12 * * *", 3)], Agreed(150, 24)),
    ],
)
def test_a_window_holds_in_the_minutes_that_it_names(windows, agreed):
    assert agreement(windows=windows).at(NOON) == agreed


def test_a_blackout_allows_nothing():
    dark = agreement(blackout=[{"cron": "* 12 * * *", "zone": "Asia/Shanghai"}])
    assert dark.at(NOON).none_allowed
    assert dark.at(NOON.replace(hour=6)) == Agreed(50, 8)


@pytest.mark.parametrize(
    ("cron", "zone", "says"),
    [("* 25 * * *", "UTC", "no cron"), ("noon", "UTC", "no cron"), ("* * * * *", "Mars", "zone")],
)
def test_a_window_that_no_clock_reads_is_told(cron, zone, says):
    with pytest.raises(ValueError, match=says):
        agreement(blackout=[{"cron": cron, "zone": zone}]).check()


def test_processes_that_cannot_tell_each_other_ask_no_more_than_their_part():
    assert Agreed(50, 8).shared_by(4) == Agreed(12, 2)
    assert Agreed(3, None).shared_by(4) == Agreed(0, None)


def test_the_cause_is_the_callers_unless_a_block_says_otherwise():
    assert cause() is Cause.CALLER
    with because(Cause.DOCTOR):
        assert cause() is Cause.DOCTOR
    assert cause() is Cause.CALLER
