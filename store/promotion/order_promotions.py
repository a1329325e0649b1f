"""Promotions of orders: used with the order, in step with it, given back with it.

An order that is placed counts what it uses in its own transaction. What comes later (paid, given
back, given up) is read from what the platform keeps of orders, whoever's they are.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text

from capabilities.events import Subject
from capabilities.member.commands import CommandState
from capabilities.order.changing import OrderDeclined
from capabilities.order.commands import SettledWrite
from capabilities.order.facts import OrderFact
from capabilities.order.quoted import Quoted, part_back
from capabilities.order.records import PaymentStatus
from capabilities.order.writing import OrderWriteKind
from capabilities.promotion.coupons import CouponDeclined
from store.engine import Run
from store.order.facts import OrderFacts
from store.owned import Owned
from store.promotion.coupon_moves import CouponMoves, ForOrder
from store.promotion.uses import PromotionUses, UsedBy

_AUTHOR = "system:orders"
_PAID = frozenset({PaymentStatus.PAID, PaymentStatus.PARTIALLY_REFUNDED, PaymentStatus.REFUNDED})
_COUPONS = text("""
  SELECT c.template, u.size FROM coupon_units u
  LEFT JOIN coupons c ON c.brand = u.brand AND c.unit = u.unit
  WHERE u.brand = :brand AND u.unit = :unit
""")
_PROMISE = text("""
  INSERT INTO order_rewards (brand, number, channel, promotion, template, one_id, state, changed_at)
  VALUES (:brand, :number, :channel, :promotion, :template, :one_id, 'DUE', :at)
""")
_REWARDS = text("""
  SELECT r.* FROM unnest(CAST(:channels AS text[]), CAST(:numbers AS text[])) AS a (channel, number)
  JOIN order_rewards r ON r.brand = :brand AND r.number = a.number AND r.channel = a.channel
  WHERE r.state IN ('DUE', 'GIVEN')
  ORDER BY r.template, r.number, r.channel, r.promotion FOR UPDATE OF r
""")
_REWARDED = text("""
  UPDATE order_rewards SET state = :state, coupon = CAST(:coupon AS text), changed_at = :at
  WHERE brand = :brand AND number = :number AND channel = :channel AND promotion = :promotion
""")
_UNITS = text("""
  SELECT unit FROM coupon_units
  WHERE brand = :brand AND order_number = :number AND order_channel = :channel
    AND state = 'REDEEMED' ORDER BY unit
""")
_RENAME = (
    text("""
      UPDATE order_rewards SET number = :number
      WHERE brand = :brand AND number = :reference AND channel = :channel
    """),
    text("""
      UPDATE coupons SET order_number = :number
      WHERE brand = :brand AND unit IN (
        SELECT unit FROM coupon_units WHERE brand = :brand AND order_number = :reference
          AND order_channel = :channel)
    """),
    text("""
      UPDATE coupon_units SET order_number = :number
      WHERE brand = :brand AND order_number = :reference AND order_channel = :channel
    """),
)


class OrderPromotions:
    """The promotions of one brand's orders."""

    def __init__(self, owned: Owned) -> None:
        self._owned = owned
        self._brand = owned.brand
        self._uses = PromotionUses(owned)
        self._moves = CouponMoves(owned)
        self._facts = OrderFacts(owned.store, owned.brand)

    async def use_in(
        self, run: Run, order: UsedBy, quoted: Quoted, author: str, at: datetime
    ) -> OrderDeclined | None:
        """Count what an order uses; behind a refusal the caller rolls its transaction back."""
        settled = quoted.settled
        if await self._uses.take_in(run, order, settled, quoted.plans, at):
            return OrderDeclined(code="PROMOTION_USED_UP", path=("input", "quote"))
        wanted = quoted.coupons
        for unit in sorted(settled.units) if wanted else ():
            if await self._untouched(run, unit, wanted):
                continue
            place = ForOrder(channel=order.channel, number=order.number)
            done = await self._moves.redeem_for_in(run, unit, place, author)
            if isinstance(done, CouponDeclined):
                return OrderDeclined(code="COUPON_NOT_VALID", path=("input", "quote"))
        for one in settled.quote.applied:
            if one.coupon is not None and order.one_id is not None:
                named = {"number": order.number, "channel": order.channel, "at": at}
                promised = {"promotion": one.promotion, "template": one.coupon}
                who = {"brand": self._brand, "one_id": order.one_id}
                await run(_PROMISE, {**who, **named, **promised})
        return None

    async def follow_in(self, run: Run, orders: Sequence[Subject]) -> None:
        """Bring promotions and coupons of orders in step with how these stand; again is once."""
        known = await self._uses.known_in(run, orders)
        facts = [one for one in await self._facts.by_key_in(run, known) if one is not None]
        parts = {(one.channel, one.number): part_back(one) for one in facts}
        await self._uses.give_all_back_in(run, {key: part for key, part in parts.items() if part})
        for (channel, number), part in sorted(parts.items()):
            if part >= 1:
                await self._give_coupons_back(run, channel, number)
        await self._reward(run, {(one.channel, one.number): one for one in facts})

    async def settle(self, run: Run, settled: SettledWrite) -> None:
        """Take in the number that its system gave an order, or that a person gave it up."""
        if settled.kind is not OrderWriteKind.PLACE:
            return
        channel, reference, number = settled.channel, settled.command, settled.number
        if settled.state is CommandState.DONE and number is not None:
            await self._uses.rename_in(run, channel, reference, number)
            told = {"channel": channel, "reference": reference, "number": number}
            for statement in _RENAME:
                await run(statement, {"brand": self._brand, **told})
        elif settled.state is CommandState.DISCARDED:
            await self._uses.give_back_in(run, channel, reference)
            await self._give_coupons_back(run, channel, reference)
            for row in await self._promised(run, [(channel, reference)]):
                await self._rewarded(run, row, "GONE")

    async def _untouched(self, run: Run, unit: str, wanted: frozenset[str]) -> bool:
        """Whether all coupons of a unit are there and nothing that applied asked for any."""
        rows = await run(_COUPONS, {"brand": self._brand, "unit": unit})
        found = [row.template for row in rows if row.template is not None]
        return bool(rows) and len(found) == rows[0].size and not wanted.intersection(found)

    async def _give_coupons_back(self, run: Run, channel: str, number: str) -> None:
        named = {"brand": self._brand, "channel": channel, "number": number}
        for row in await run(_UNITS, named):
            await self._moves.give_back_in(run, row.unit, _AUTHOR)

    async def _reward(self, run: Run, facts: Mapping[tuple[str, str], OrderFact]) -> None:
        """Give coupons for what is paid; take them back, unused ones, with the whole order."""
        for row in await self._promised(run, list(facts)):
            fact = facts[row.channel, row.number]
            back = part_back(fact) >= 1
            if row.state == "GIVEN" and back:
                gone = await self._moves.void_in(run, row.coupon, _AUTHOR)
                used = isinstance(gone, CouponDeclined)
                await self._rewarded(run, row, "USED" if used else "TAKEN_BACK", row.coupon)
            elif row.state == "DUE" and back:
                await self._rewarded(run, row, "GONE")
            elif row.state == "DUE" and fact.payment_status in _PAID:
                coupon = await self._moves.issue_in(run, row.template, row.one_id, _AUTHOR)
                await self._rewarded(run, row, "SHORT" if coupon is None else "GIVEN", coupon)

    async def _promised(self, run: Run, keys: Sequence[tuple[str, str]]) -> Sequence[Row[Any]]:
        columns = {"channels": [one for one, _ in keys], "numbers": [one for _, one in keys]}
        return await run(_REWARDS, {"brand": self._brand, **columns}) if keys else ()

    async def _rewarded(
        self, run: Run, row: Row[Any], state: str, coupon: str | None = None
    ) -> None:
        named = {"number": row.number, "channel": row.channel, "promotion": row.promotion}
        told = {"state": state, "coupon": coupon, "at": self._owned.now()}
        await run(_REWARDED, {"brand": self._brand, **named, **told})
