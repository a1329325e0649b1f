"""Lengths of time as policies write them: calendar months and days."""

from calendar import monthrange
from datetime import date, timedelta

from msgspec import Struct


class Span(Struct, frozen=True, forbid_unknown_fields=True):
    """So many calendar months and days; a day that a month lacks is its last."""

    months: int = 0
    days: int = 0

    def after(self, day: date) -> date:
        """The day that lies this long after another."""
        return _shifted(day, self.months) + timedelta(days=self.days)

    def before(self, day: date) -> date:
        """The day that lies this long before another."""
        return _shifted(day, -self.months) - timedelta(days=self.days)


def _shifted(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
