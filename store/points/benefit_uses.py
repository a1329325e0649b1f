"""Uses of benefits in PostgreSQL, under their membership: a merge moves none of them."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text

from capabilities.caller import MembershipKey
from capabilities.points.benefits import BenefitUse
from capabilities.points.records import OrderRef, PolicyRef
from store.engine import Run, Store

_OF = text("""
  SELECT a.place, u.* FROM unnest(CAST(:numbers AS text[]), CAST(:channels AS text[]))
    WITH ORDINALITY AS a (number, channel, place)
  JOIN benefit_uses u ON u.brand = :brand AND u.number = a.number AND u.channel = a.channel
  WHERE u.taken_back_at IS NULL
  ORDER BY a.place, u.used_at, u.id
""")
# Whoever counts a use of a membership sees every use that was counted before.
_LOCK = text("""
  SELECT pg_advisory_xact_lock(
    hashtextextended('benefits:' || :brand || chr(31) || :channel || chr(31) || :number, 0))
""")
_USE = text("""
  INSERT INTO benefit_uses (brand, number, channel, id, benefit, programme, policy_version, day,
    order_channel, order_number, reason, author, used_at)
  VALUES (:brand, :number, :channel, :id, :benefit, :programme, :policy_version, :day,
    :order_channel, :order_number, :reason, :author, :at)
""")
_TAKE_BACK = text("""
  UPDATE benefit_uses SET taken_back_at = :at
  WHERE brand = :brand AND number = :number AND channel = :channel AND id = :id
    AND taken_back_at IS NULL
  RETURNING benefit
""")


class BenefitUses:
    """The uses of one brand's memberships."""

    def __init__(self, store: Store, brand: str) -> None:
        self._store = store
        self._brand = brand

    async def of(self, keys: Sequence[MembershipKey]) -> list[tuple[BenefitUse, ...]]:
        """The uses of each membership that were not taken back, the oldest first."""
        return await self._of(self._store.rows, keys)

    async def held_in(self, run: Run, key: MembershipKey) -> tuple[BenefitUse, ...]:
        """As `of` one membership, whose uses nobody else counts until the transaction ends."""
        await run(_LOCK, {"brand": self._brand, "channel": key.channel, "number": key.number})
        return (await self._of(run, [key]))[0]

    async def use_in(self, run: Run, use: BenefitUse) -> None:
        """Count a use."""
        row = {
            "number": use.membership.number,
            "channel": use.membership.channel,
            "id": use.id,
            "benefit": use.benefit,
            "programme": use.policy.programme,
            "policy_version": use.policy.version,
            "day": use.day,
            "order_channel": use.order and use.order.channel,
            "order_number": use.order and use.order.number,
            "reason": use.reason,
            "author": use.author,
            "at": use.used_at,
        }
        await run(_USE, {"brand": self._brand, **row})

    async def take_back_in(
        self, run: Run, key: MembershipKey, use: str, at: datetime
    ) -> str | None:
        """Count a use no more: of which benefit it was; None where there is none to take back."""
        named = {"number": key.number, "channel": key.channel, "id": use, "at": at}
        rows = await run(_TAKE_BACK, {"brand": self._brand, **named})
        return rows[0].benefit if rows else None

    async def _of(self, run: Run, keys: Sequence[MembershipKey]) -> list[tuple[BenefitUse, ...]]:
        columns = {
            "numbers": [one.number for one in keys],
            "channels": [one.channel for one in keys],
        }
        found: defaultdict[int, list[BenefitUse]] = defaultdict(list)
        for row in await run(_OF, {"brand": self._brand, **columns}):
            found[row.place].append(_use(row))
        return [tuple(found[place]) for place in range(1, len(keys) + 1)]


def _use(row: Row[Any]) -> BenefitUse:
    named = row.order_channel is not None
    return BenefitUse(
        id=row.id,
        membership=MembershipKey(row.channel, row.number),
        benefit=row.benefit,
        policy=PolicyRef(row.programme, row.policy_version),
        day=row.day,
        order=OrderRef(row.order_channel, row.order_number) if named else None,
        reason=row.reason,
        author=row.author,
        used_at=row.used_at,
    )
