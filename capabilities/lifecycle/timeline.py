"""The stages of one person up to a day, and the day on which time alone changes them next.

A pure function of the set of her orders: in which order they arrived makes no difference.
Silence decides first: whoever bought nothing for `at_risk_days` is at risk, however often she had
bought before. Who bought again is active once the active window was full, and also when she came
back from silence; then she stays so until the next silence.
"""

from bisect import bisect_right
from collections.abc import Iterator
from datetime import date, timedelta

from capabilities.lifecycle.rules import Thresholds
from capabilities.lifecycle.stages import Inputs, Person, Purchase, Stage, Transition


def timeline(
    person: Person, stages: Thresholds, as_of: date
) -> tuple[tuple[Transition, ...], date | None]:
    """Every stage until `as_of`, never none, and the first later day that may bring another one.

    An order that is dated later, as by a till whose clock is ahead, counts from its day on.
    """
    bought = tuple(one for one in person.purchases if one.day <= as_of)
    ahead = min((one.day for one in person.purchases if one.day > as_of), default=None)
    found: list[Transition] = list(_before(person, bought, as_of))
    for part in _segments(bought, stages):
        for day, stage in part.stages(person, stages):
            if day > as_of:
                return tuple(found), day if ahead is None else min(day, ahead)
            if not found or found[-1].stage is not stage:
                found.append(
                    Transition(stage=stage, since=day, inputs=part.inputs(person, day, stages))
                )
    return tuple(found), ahead


def _before(person: Person, bought: tuple[Purchase, ...], as_of: date) -> Iterator[Transition]:
    """What she was before she bought: known, then a member."""
    known, joined = person.known_since, person.joined
    end = bought[0].day if bought else None

    def begins(day: date | None) -> bool:
        return day is not None and day <= as_of and (end is None or day < end)

    later = joined is not None and known is not None and known < joined
    if begins(known) and (not person.member or later):
        yield Transition(stage=Stage.PROSPECT, since=known, inputs=Inputs())
    elif not bought and not person.member:
        yield Transition(stage=Stage.PROSPECT, since=None, inputs=Inputs())
    if person.member and (begins(joined) or (not bought and (joined is None or not later))):
        yield Transition(stage=Stage.NEW, since=joined, inputs=Inputs())


def _segments(bought: tuple[Purchase, ...], stages: Thresholds) -> Iterator["_Segment"]:
    """From each day with a purchase to the next one."""
    days = [one.day for one in bought]
    back, active, last = None, False, None
    for day in sorted(set(days)):
        gap = (day - last).days if last is not None else 0
        back = day if gap >= stages.dormant_days else back
        count = bisect_right(days, day)
        full = _within(days, count, day, stages.active.days) >= stages.active.orders
        active = active or full or gap >= stages.at_risk_days
        end = days[count] if count < len(days) else None
        yield _Segment(bought, days, count, (day, end), back, active=active)
        last = day


class _Segment:
    """The days from one purchase until the next, with the first `count` orders.

    `back` is when she last came back from long silence, `active` whether she counts as active.
    """

    def __init__(
        self,
        bought: tuple[Purchase, ...],
        days: list[date],
        count: int,
        part: tuple[date, date | None],
        back: date | None,
        *,
        active: bool,
    ) -> None:
        self._bought = bought
        self._days = days
        self._count = count
        self._day, self._end = part
        self._back = back
        self._active = active

    def stages(self, person: Person, stages: Thresholds) -> Iterator[tuple[date, Stage]]:
        """Each stage in this segment with its first day; what time alone brings is among them."""
        top, last = person.top_tier_since, None
        for day in self._turns(stages, top):
            stage = self._at(day, stages, top=top is not None and top <= day)
            if stage is not last:
                yield day, stage
            last = stage

    def inputs(self, person: Person, day: date, stages: Thresholds) -> Inputs:
        """What a stage that begins on this day was decided by."""
        first, last = self._bought[0], self._bought[self._count - 1]
        top = person.top_tier_since
        return Inputs(
            orders=self._count,
            in_active_window=_within(self._days, self._count, day, stages.active.days),
            in_loyal_window=_within(self._days, self._count, day, stages.loyal.days),
            top_tier=top is not None and top <= day,
            first=first.key,
            first_on=first.day,
            last=last.key,
            last_on=last.day,
            reactivated_on=self._back,
        )

    def _turns(self, stages: Thresholds, top_since: date | None) -> list[date]:
        """Days on which a stage may begin."""
        silence = (0, stages.at_risk_days, stages.dormant_days, stages.churned_days)
        days = {self._day + timedelta(days=count) for count in silence}
        if self._back is not None:
            days.add(self._back + timedelta(days=stages.reactivated_days))
        if self._count >= stages.loyal.orders:
            first_of_them = self._days[self._count - stages.loyal.orders]
            days.add(first_of_them + timedelta(days=stages.loyal.days))
        if top_since is not None:
            days.add(top_since)
        inside = (
            one for one in days if one >= self._day and (self._end is None or one < self._end)
        )
        return sorted(inside)

    def _at(self, day: date, stages: Thresholds, *, top: bool) -> Stage:
        silent = (day - self._day).days
        if silent >= stages.at_risk_days:
            return _silent(silent, stages)
        if self._back is not None and (day - self._back).days < stages.reactivated_days:
            return Stage.REACTIVATED
        recent = _within(self._days, self._count, day, stages.loyal.days)
        if top or recent >= stages.loyal.orders:
            return Stage.LOYAL
        return Stage.ACTIVE if self._active else Stage.FIRST_PURCHASE


def _silent(days: int, stages: Thresholds) -> Stage:
    if days >= stages.churned_days:
        return Stage.CHURNED
    return Stage.DORMANT if days >= stages.dormant_days else Stage.AT_RISK


def _within(days: list[date], count: int, day: date, length: int) -> int:
    """How many of the first days lie in the window that ends with a day."""
    return max(0, count - bisect_right(days, day - timedelta(days=length)))
