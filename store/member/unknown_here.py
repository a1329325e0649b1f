"""Memberships that their system has and the platform never took in."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import text

from capabilities.member.records import Membership
from store.engine import Run
from store.member.people_lock import lock_people
from store.member.taking import Intake
from store.owned import Owned

_UNKNOWN = text("""
  SELECT a.number FROM unnest(CAST(:numbers AS text[])) AS a (number)
  WHERE NOT EXISTS (
    SELECT FROM membership_records r
    WHERE r.brand = :brand AND r.number = a.number AND r.channel = :channel AND r.gone_at IS NULL)
""")


class UnknownHere:
    """Finds them among what a system shows, and takes them in."""

    def __init__(self, owned: Owned, intake: Intake) -> None:
        self._owned = owned
        self._intake = intake

    async def among(self, channel: str, numbers: Sequence[str]) -> frozenset[str]:
        """Those numbers of a channel of which nothing is kept."""
        return await self._among(self._owned.store.rows, channel, numbers)

    async def take(self, channel: str, found: Sequence[Membership]) -> int:
        """Take in those that are still unknown; how many are not of people who were erased.

        Whatever was taken in since they were read is newer, and stands.
        """
        at = self._owned.now()
        return await self._owned.store.transaction(lambda run: self._take(run, channel, found, at))

    async def _take(self, run: Run, channel: str, found: Sequence[Membership], at: datetime) -> int:
        await lock_people(run, self._owned.brand)
        unknown = await self._among(run, channel, [one.number for one in found])
        taken = [one for one in found if one.number in unknown]
        done = await self._intake.take(run, taken, at=at)
        return len(taken) - len(done.left_out)

    async def _among(self, run: Run, channel: str, numbers: Sequence[str]) -> frozenset[str]:
        named = {"brand": self._owned.brand, "channel": channel, "numbers": list(numbers)}
        return frozenset(row.number for row in await run(_UNKNOWN, named))
