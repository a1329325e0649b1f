"""The watch of the back door: pairs go down by what was measured, also where no gateway runs.

Gateways see bursts at once; drift, differences and contracts are measured here, and whoever sees
first takes the step: the other finds another version and does nothing.
"""

import structlog

from capabilities.adoption.bounds import PRODUCTION
from capabilities.adoption.demotion import Demotion, demotion, watched
from capabilities.adoption.standing import Standing
from capabilities.errors import SantongError
from store.adoption.followed import Adoption
from store.adoption.steering import Pair, Steering

_log = structlog.get_logger("work")
WATCH_ADOPTION = "* * * * * */5"


class BackWatch:
    """Looks at the evidence that is kept of every pair that may go down."""

    def __init__(self, steering: Steering, adoption: Adoption) -> None:
        self._steering = steering
        self._adoption = adoption

    async def run(self) -> None:
        """Send down what must go down; a pair that cannot be moved now holds up no other."""
        adopted = self._adoption.current.standings.values()
        pairs = [one for one in adopted if watched(one)]
        if not pairs:
            return
        for case in await self._steering.cases(pairs, PRODUCTION):
            seen, cause = case.standing, demotion(case)
            if cause is None:
                continue
            try:
                await self._demote(seen, cause)
            except SantongError as exc:  # such as one whose writers hold it: the next look may
                pair = {"channel": seen.channel, "capability": seen.capability.value}
                _log.warning("adoption not demoted", **pair, reason=exc.code)

    async def _demote(self, seen: Standing, cause: Demotion) -> None:
        done = await self._steering.demote(Pair(seen.channel, seen.capability), seen.version, cause)
        if isinstance(done, Standing):
            pair = {"channel": seen.channel, "capability": seen.capability.value}
            states = {"from_state": seen.state.value, "to_state": done.state.value}
            _log.warning("adoption demoted", **pair, **states, reason=cause.reason)
        await self._adoption.refresh()
