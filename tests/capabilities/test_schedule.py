"""Schedules by a clock that people read."""

from datetime import UTC, datetime

import pytest

from capabilities.schedule import Schedule

NIGHTLY = Schedule(cron="0 3 * * *", zone="Asia/Shanghai")


@pytest.mark.parametrize(
    ("since", "now", "due"),
    [
        (None, "2026-11-27T00:00", True),
        ("2026-11-26T18:59", "2026-11-26T18:59", False),
        ("2026-11-26T18:59", "2026-11-26T19:00", True),  # three o'clock in Shanghai
        ("2026-11-26T19:00", "2026-11-27T18:59", False),
        ("2026-11-26T19:00", "2026-11-28T05:00", True),
    ],
)
def test_it_is_due_once_its_minute_has_come(since, now, due):
    moment = None if since is None else datetime.fromisoformat(since).replace(tzinfo=UTC)
    assert NIGHTLY.due(moment, datetime.fromisoformat(now).replace(tzinfo=UTC)) is due


@pytest.mark.parametrize("wrong", [{"cron": "at night"}, {"zone": "Mars/Base"}])
def test_one_that_no_clock_reads_is_refused(wrong):
    with pytest.raises(ValueError, match="no"):
        Schedule(**{"cron": "* * * * *", "zone": "UTC", **wrong}).check()
