"""Steps of a pair as people take them: what needs evidence is taken whatever that is."""

from datetime import date, timedelta

from msgspec.structs import replace

from capabilities.adoption.bounds import PRODUCTION
from capabilities.adoption.deciding import Wanted, declined
from capabilities.adoption.history import AdoptionDeclined, Decided
from capabilities.adoption.moves import Action, legal, moved
from capabilities.adoption.standing import ConflictPolicy
from capabilities.adoption.states import AdoptionState, Share
from capabilities.estate import Capability
from store.adoption.draining import rolled_back
from store.adoption.guards import guards_of
from store.adoption.steering import Pair, Steering
from tests.work.adoption_walk import Place, place_of
from tests.work.dual import CHANNEL, Both

S = AdoptionState
_PAIR = Pair(CHANNEL, Capability.MEMBER)
_WITHIN = timedelta(seconds=20)


class Stepping:
    """Takes one step, under one idempotency key, however often it is begun anew."""

    def __init__(self, both: Both, number: str) -> None:
        self._steering = Steering(both.owned)
        self._guards = guards_of(both.store, both.brand)
        self._standings = both.standings
        self._now = both.owned.now
        self._wanted = Wanted(author="ada", reason="walks", key=f"step-{number}")

    async def taken(self, to: Place) -> bool:
        """Whether a pair stands at a place, where one step leads to it now."""
        current = await self._standings.current()
        here = place_of(current.of(Capability.MEMBER, CHANNEL))
        if here == to:
            return True
        done = await self._step(here, to)
        return not isinstance(done, AdoptionDeclined) and place_of(done) == to

    async def _step(self, here: Place, to: Place):
        steering, wanted = self._steering, self._wanted
        if to.state is S.HALTED:
            return await steering.halt(_PAIR, wanted)
        if to.state is S.STAYS_LEGACY:
            return await steering.stay(_PAIR, date(2027, 1, 1), wanted)
        if here.state is to.state and to.points < here.points:
            return await steering.share(_PAIR, Share.WRITE, to.points, PRODUCTION, wanted)
        if here.state is not S.HALTED and not _is_up(here, to):
            return await rolled_back(steering, _PAIR, to.state, wanted, _WITHIN)
        return await self._forced(here, to)

    async def _forced(self, here: Place, to: Place):
        """Up, or out of a halt, without evidence."""

        async def decide(_run, before):
            if place_of(before) != here:  # who died under way had taken it
                return declined(before, "target", code="ADOPTION_MOVED", detail="moved meanwhile")
            now = self._now()
            if before.state is to.state:
                fresh = replace(before, write_points=to.points, routed_at=now, changed_at=now)
            else:
                legal(before, to.state)
                fresh = moved(before, to.state, now)
            fresh = replace(fresh, conflict_policy=ConflictPolicy.LEADER_WINS)
            return fresh, Decided(action=Action.ROUTE, author="ada", reason="walks")

        return await self._standings.move(CHANNEL, Capability.MEMBER, decide, self._guards)


def _is_up(here: Place, to: Place) -> bool:
    if here.state is to.state:
        return to.points > here.points
    return None not in (here.state.step, to.state.step) and to.state.step > here.state.step
