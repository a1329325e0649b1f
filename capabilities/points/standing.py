"""Tiers as days pass: qualify, keep, downgrade. A pure function of days and qualifying points.

An order counts on its own day, with what was given back taken off, so that neither a late order
nor a refund makes a difference by when it arrived.
"""

from collections.abc import Iterable
from datetime import date, timedelta

from msgspec import Struct

from capabilities.points.policy import Downgrade, Programme, Tiers

_DAY = timedelta(days=1)


class TierProgress(Struct, frozen=True, kw_only=True):
    """How far the next tier is, and what keeps this one; from qualifying points and nothing else.

    `next_code` is None at the top; `keep` is None where the tier does not end.
    """

    next_code: str | None
    needed: int | None
    reached: int
    keep: int | None
    kept: int | None


class Standing:
    """One membership's tier, which moves only forward in time.

    `advance` ends periods that are over; `add` counts what was earned on a day that is not over.
    """

    def __init__(self, programme: Programme) -> None:
        self._programme = programme
        self._days: dict[date, int] = {}
        self.code: str | None = None
        self.since: date | None = None
        self._counts: date | None = None
        self.valid_to: date | None = None

    def advance(self, day: date) -> None:
        """Live through every period that ended before a day."""
        while self.valid_to is not None and self.valid_to < day:
            ended = self.valid_to
            tiers = self._programme.tiers_on(ended)
            self._renew(tiers, ended) if tiers else self._enter(None, ended, None)

    def add(self, day: date, amount: int) -> None:
        """Count qualifying points of a day; the highest tier that they reach is entered at once."""
        self.advance(day)
        self._days[day] = self._days.get(day, 0) + amount
        tiers = self._programme.tiers_on(day)
        if tiers is None:
            return
        reached = self._highest(tiers, day)
        if reached > tiers.rank(self.code):
            self._enter(tiers.levels[reached].code, day, tiers)
            self._counts = day + _DAY  # what reached the tier does not keep it as well

    def tier_on(self, day: date) -> str | None:
        """The tier of a day; the lowest where none was entered, None without tiers."""
        self.advance(day)
        tiers = self._programme.tiers_on(day)
        return None if tiers is None else tiers.levels[tiers.rank(self.code)].code

    def progress(self, day: date) -> TierProgress | None:
        """What is reached on a day; None without tiers."""
        self.advance(day)
        tiers = self._programme.tiers_on(day)
        if tiers is None:
            return None
        rank = tiers.rank(self.code)
        upper = tiers.levels[rank + 1] if rank + 1 < len(tiers.levels) else None
        ends = self.valid_to is not None
        return TierProgress(
            next_code=None if upper is None else upper.code,
            needed=None if upper is None else upper.qualify,
            reached=self._sum(tiers.window.before(day) + _DAY, day),
            keep=tiers.levels[rank].keep if ends else None,
            kept=self._kept(day) if ends else None,
        )

    def _renew(self, tiers: Tiers, ended: date) -> None:
        """What follows a period: another one of the same tier, or a lower tier."""
        rank, first = tiers.rank(self.code), ended + _DAY
        if self._kept(ended) >= tiers.levels[rank].keep:
            lower = rank
        elif tiers.downgrade is Downgrade.STEP:
            lower = rank - 1
        else:
            lower = min(self._highest(tiers, ended), rank - 1)
        self._enter(tiers.levels[max(lower, 0)].code, first, tiers if lower > 0 else None)

    def _enter(self, code: str | None, day: date, tiers: Tiers | None) -> None:
        """Begin a period, which ends only where tiers say so: the lowest tier stays."""
        self.code, self.since, self._counts = code, day, day
        self.valid_to = None if tiers is None else tiers.valid.after(day) - _DAY

    def _highest(self, tiers: Tiers, day: date) -> int:
        reached = self._sum(tiers.window.before(day) + _DAY, day)
        ranks = [rank for rank, level in enumerate(tiers.levels) if level.qualify <= reached]
        return max(ranks, default=0)

    def _kept(self, day: date) -> int:
        return 0 if self._counts is None else self._sum(self._counts, day)

    def _sum(self, first: date, last: date) -> int:
        return sum(amount for day, amount in self._days.items() if first <= day <= last)


def standing_of(programme: Programme, days: Iterable[tuple[date, int]]) -> Standing:
    """The standing that qualifying points by day leave; days in any order."""
    standing = Standing(programme)
    for day, amount in sorted(days):
        standing.add(day, amount)
    return standing
