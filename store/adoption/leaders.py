"""Who leads writes, as it stands in the transaction that writes: no step is taken meanwhile."""

import msgspec
from sqlalchemy import text

from capabilities.adoption.standing import Standing, implicit
from capabilities.adoption.states import AdoptionState, Side, at_least
from capabilities.estate import Capability
from store.engine import Run

# Writers stand side by side, and whoever takes a step by which another side leads
# (`store.adoption.standings`) waits for those that are under way.
_SHARED = text("""
  SELECT pg_advisory_xact_lock_shared(hashtextextended(
    'adoption ' || :brand || ' ' || :capability || ' ' || :channel, 0))
""")
_ONE = text("""
  SELECT * FROM adoption_standings
  WHERE brand = :brand AND channel = :channel AND capability = :capability
""")


class Leaders:
    """The standings of one brand as writers read them."""

    def __init__(self, brand: str) -> None:
        self._brand = brand

    async def in_force(self, run: Run, capability: Capability, channel: str) -> Standing:
        """How a pair is led until this transaction ends, where its writes may have two sides.

        Before there is a copy that anybody reads its system leads, whatever step comes next.
        """
        found = await self._read(run, capability, channel)
        if not counted(found):
            return found
        await run(_SHARED, self._named(capability, channel))
        return await self._read(run, capability, channel)

    async def _read(self, run: Run, capability: Capability, channel: str) -> Standing:
        rows = await run(_ONE, self._named(capability, channel))
        if not rows:
            return implicit(channel, capability)
        return msgspec.convert(rows[0]._asdict(), Standing)

    def _named(self, capability: Capability, channel: str) -> dict[str, str]:
        return {"brand": self._brand, "channel": channel, "capability": capability.value}


def counted(standing: Standing) -> bool:
    """Whether writes are remembered here: from where the platform's copy is held to be right."""
    return at_least(standing.lead, AdoptionState.SHADOW_READ)


def written_by_both(standing: Standing) -> bool:
    """Whether the platform's record of a membership is more than a copy of its system's."""
    return standing.dual or standing.writes("") is Side.PLATFORM
