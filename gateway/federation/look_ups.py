"""Look-ups of one caller in one request: whose budget they are on, and what lies beyond it."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from cache.lookups import Look, LookUps
from capabilities.caller import Caller
from capabilities.errors import LookUpsSpent, SantongError
from capabilities.lookups import LookUpBudget, Sought, Spent, person
from capabilities.member.records import Member


class Alarm(Protocol):
    """Who is told of look-ups beyond a budget."""

    async def refused(self, caller: Caller, spent: Spent) -> None:
        """One was refused."""

    async def answered(self, caller: Caller, spent: Spent, reason: str, about: str | None) -> None:
        """One is answered for a reason; raises where that cannot be written down."""


class CallersLookUps:
    """What one caller looks up: counted for staff, beyond the budget with a reason only.

    A consumer finds nobody but herself, so nothing of hers is counted.
    """

    def __init__(
        self,
        caller: Caller,
        counts: LookUps,
        budget: LookUpBudget,
        alarm: Alarm,
        reason: str | None = None,
    ) -> None:
        self.caller = caller
        self.reason = reason
        self._counts = counts
        self._budget = budget
        self._alarm = alarm

    async def enter(self, sought: Sought) -> "LookUp":
        """A place for one look-up; LookUpsSpent where none is left and no reason is given."""
        if not self.caller.visibility.people:
            return LookUp(self, None)
        place = await self._counts.enter(self.caller.subject, sought, self._budget)
        if isinstance(place, Spent) and self.reason is None:
            await self._alarm.refused(self.caller, place)
            raise LookUpsSpent
        return LookUp(self, place)

    async def enter_all(self, soughts: Sequence[Sought]) -> None:
        """Places for people who are shown together, for all of them; as `enter`."""
        if not self.caller.visibility.people:
            return
        places = await self._counts.enter_all(self.caller.subject, soughts, self._budget)
        if not isinstance(places, Spent):
            return
        if self.reason is None:
            await self._alarm.refused(self.caller, places)
            raise LookUpsSpent
        await self._alarm.answered(self.caller, places, self.reason, None)

    async def of(
        self, sought: Sought, look: Callable[[], Awaitable[Member | None]]
    ) -> Member | None:
        """The person whom a look-up finds, once it has its place."""
        under_way = await self.enter(sought)
        try:
            found = await look()
        except SantongError:  # that many share a phone is something to learn, too
            await under_way.ended(None)
            raise
        await under_way.ended(None if found is None else found.one_id)
        return found

    async def ended(self, place: "Look | Spent | None", one_id: str | None) -> None:
        """A look-up found somebody, or nobody; one beyond the budget is shown once it has a row."""
        if isinstance(place, Spent):
            await self._alarm.answered(self.caller, place, self.reason or "", one_id)
        elif place is not None and one_id is not None:
            await self._counts.found(place, person(one_id))

    async def named(self, place: "Look | Spent | None", who: Sought) -> None:
        """A look-up by one key found somebody who is known by another."""
        if isinstance(place, Look):
            await self._counts.found(place, who)

    async def given_back(self, place: "Look | Spent | None") -> None:
        """Nobody was looked up after all."""
        if isinstance(place, Look):
            await self._counts.give_back(place)


class LookUp:
    """A look-up under way."""

    def __init__(self, of: CallersLookUps, place: Look | Spent | None) -> None:
        self._of = of
        self._place = place

    async def ended(self, one_id: str | None) -> None:
        """It found this person, or nobody."""
        await self._of.ended(self._place, one_id)

    async def is_of(self, who: Sought) -> None:
        """It found somebody who is known by another key: both are one person."""
        await self._of.named(self._place, who)

    async def give_back(self) -> None:
        """It told nothing of anybody."""
        await self._of.given_back(self._place)
