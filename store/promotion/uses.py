"""How far promotions are used: as of now for quotes, and for good with each order.

An order counts in its own transaction, by updates that only take effect within the limit; so it is
never passed, however many orders come at once. Rows are taken in one order, by promotion, scope
and subject, so that two orders wait for one another and never cross.
"""

import secrets
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from fractions import Fraction
from typing import Any

from msgspec import Struct
from sqlalchemy import Row, text

from capabilities.events import Subject
from capabilities.pricing.cart import Usage
from capabilities.pricing.definition import Limits
from capabilities.promotion.plans import PromotionPlan
from capabilities.promotion.progress import Progressed
from capabilities.promotion.settling import Settled
from store.engine import Run
from store.owned import Owned

TOTAL, MEMBER, STORE = "TOTAL", "MEMBER", "STORE"
# Rows that the count of one without a limit is split over.
_SLOTS = 16
_KNOWN = text("""
  SELECT 1 FROM promotion_uses
  WHERE brand = :brand AND number = :number AND channel = :channel LIMIT 1
""")
# The first one of an order to come is the one that counts.
_ORDER = text("SELECT pg_advisory_xact_lock(hashtextextended(:order, 0))")
_ADD = text("""
  INSERT INTO promotion_uses (brand, number, channel, promotion, version, policy, one_id, store,
                              slot, times, spend, revenue, units, back, returned_spend,
                              returned_revenue, returned_units, at)
  VALUES (:brand, :number, :channel, :promotion, :version, :policy, :one_id, :store, :slot, :times,
          :spend, :revenue, :units, false, 0, 0, 0, :at)
""")
_COUNT = text("""
  INSERT INTO promotion_counts AS c (brand, promotion, scope, subject, slot, used, spend, revenue,
                                     units)
  SELECT :brand, :promotion, :scope, :subject, :slot, 1, CAST(:spend AS bigint), :revenue, :units
  WHERE (CAST(:most AS bigint) IS NULL OR :most >= 1)
    AND (CAST(:budget AS bigint) IS NULL OR CAST(:spend AS bigint) <= :budget)
  ON CONFLICT (brand, promotion, scope, subject, slot) DO UPDATE
  SET used = c.used + 1, spend = c.spend + excluded.spend, revenue = c.revenue + excluded.revenue,
      units = c.units + excluded.units
  WHERE (CAST(:most AS bigint) IS NULL OR c.used + 1 <= :most)
    AND (CAST(:budget AS bigint) IS NULL OR c.spend + excluded.spend <= :budget)
  RETURNING 1
""")
# What was used where the limit's own row does not count it: by a person under ids that lead to her
# by now, and before there was a limit.
_EARLIER = text("""
  SELECT c.promotion, c.scope, sum(c.used) AS used, sum(c.spend) AS spend FROM promotion_counts c
  WHERE c.brand = :brand AND c.promotion = ANY (CAST(:promotions AS text[]))
    AND ((c.scope = 'MEMBER' AND c.subject IN
           (SELECT old_id FROM member_aliases WHERE brand = :brand AND one_id = :one_id))
         OR (c.scope = 'TOTAL' AND c.slot > 0)
         OR (c.scope = 'STORE' AND c.subject = :store AND c.slot > 0))
  GROUP BY c.promotion, c.scope
""")
_USED = text("""
  SELECT c.promotion,
    sum(c.used) FILTER (WHERE c.scope = 'TOTAL') AS total,
    sum(c.spend) FILTER (WHERE c.scope = 'TOTAL') AS spend,
    sum(c.used) FILTER (WHERE c.scope = 'STORE') AS store,
    sum(c.used) FILTER (WHERE c.scope = 'MEMBER') AS member
  FROM promotion_counts c
  WHERE c.brand = :brand AND c.promotion = ANY (CAST(:promotions AS text[]))
    AND (c.scope = 'TOTAL'
         OR (c.scope = 'STORE' AND c.subject = :store)
         OR (c.scope = 'MEMBER' AND (c.subject = :one_id OR c.subject IN
              (SELECT old_id FROM member_aliases WHERE brand = :brand AND one_id = :one_id))))
  GROUP BY c.promotion
""")
_OF_ORDER = text("""
  SELECT * FROM promotion_uses
  WHERE brand = :brand AND number = :number AND channel = :channel AND NOT back
  ORDER BY promotion FOR UPDATE
""")
_RETURN = text("""
  UPDATE promotion_uses SET back = :back, returned_spend = :spend, returned_revenue = :revenue,
                            returned_units = :units
  WHERE brand = :brand AND number = :number AND channel = :channel AND promotion = :promotion
""")
_UNCOUNT = text("""
  UPDATE promotion_counts SET used = used - :used, spend = spend - :spend,
                              revenue = revenue - :revenue, units = units - :units
  WHERE brand = :brand AND promotion = :promotion AND slot = :slot
    AND scope = :scope AND subject = :subject
""")
_USING = text("""
  SELECT DISTINCT u.channel, u.number
  FROM unnest(CAST(:channels AS text[]), CAST(:numbers AS text[])) AS a (channel, number)
  JOIN promotion_uses u ON u.brand = :brand AND u.number = a.number AND u.channel = a.channel
""")
_RENAME = text("""
  UPDATE promotion_uses SET number = :number
  WHERE brand = :brand AND number = :reference AND channel = :channel
""")
_SUMS = ("spend", "revenue", "units")
_PROGRESS = text("""
  SELECT promotion, sum(used) AS used, sum(spend) AS spend, sum(revenue) AS revenue,
         sum(units) AS units
  FROM promotion_counts
  WHERE brand = :brand AND scope = 'TOTAL' AND promotion = ANY (CAST(:promotions AS text[]))
  GROUP BY promotion
""")


_Past = Mapping[tuple[str, str], tuple[int, int]]


class UsedBy(Struct, frozen=True, kw_only=True):
    """Which order uses promotions; `one_id` None for an anonymous buyer."""

    channel: str
    number: str
    one_id: str | None = None
    store: str | None = None


class UsedUp(Struct, frozen=True, kw_only=True):
    """A promotion whose limit or budget this order would pass."""

    promotion: str
    scope: str


class PromotionUses:
    """The uses of promotions of one brand."""

    def __init__(self, owned: Owned) -> None:
        self._store = owned.store
        self._brand = owned.brand

    async def usage(
        self, promotions: Sequence[str], one_id: str | None, store: str | None
    ) -> dict[str, Usage]:
        """How far promotions are used as of now, by all, this person and this store."""
        if not promotions:
            return {}
        named = {"promotions": list(promotions), "one_id": one_id, "store": store}
        rows = await self._store.rows(_USED, {"brand": self._brand, **named})
        return {
            row.promotion: Usage(
                total=int(row.total or 0),
                member=int(row.member or 0),
                store=int(row.store or 0),
                spend=int(row.spend or 0),
            )
            for row in rows
        }

    async def progress(self, promotions: Sequence[str]) -> Sequence[Progressed]:
        """How far each promotion is."""
        named = {"brand": self._brand, "promotions": list(promotions)}
        rows = await self._store.rows(_PROGRESS, named)
        found = {
            row.promotion: Progressed(
                used=int(row.used),
                spend=int(row.spend),
                revenue=int(row.revenue),
                units=int(row.units),
            )
            for row in rows
        }
        return [found.get(one, Progressed()) for one in promotions]

    async def take_in(
        self,
        run: Run,
        order: UsedBy,
        settled: Settled,
        plans: Mapping[str, PromotionPlan],
        at: datetime,
    ) -> tuple[UsedUp, ...]:
        """Count what an order used, once; what is used up stands in the answer.

        Where there is any nothing may be kept: the caller rolls its transaction back.
        """
        named = {"brand": self._brand, "number": order.number, "channel": order.channel}
        await run(_ORDER, {"order": "\x1f".join(map(str, named.values()))})
        if await run(_KNOWN, named):
            return ()
        applied = sorted(settled.quote.applied, key=lambda one: one.promotion)
        bounded = [one.promotion for one in applied if limited(plans[one.promotion])]
        earlier = await self._earlier(run, order, bounded)
        revenue = settled.quote.total
        units = sum(int(line.quantity) for line in settled.cart.lines)
        used_up = []
        for one in applied:
            limits = plans[one.promotion].limits
            row = {
                "promotion": one.promotion,
                "spend": one.amount,
                "revenue": revenue,
                "units": units,
                "slot": _slot(limits),
            }
            if (scope := await self._counted(run, order, limits, row, earlier)) is not None:
                used_up.append(UsedUp(promotion=one.promotion, scope=scope))
                continue
            more = {"version": one.version, "policy": settled.policy, "times": one.times, "at": at}
            who = {"one_id": order.one_id, "store": order.store}
            await run(_ADD, {**named, **row, **more, **who})
        return tuple(used_up)

    async def give_back_in(
        self, run: Run, channel: str, number: str, part: Fraction = Fraction(1)
    ) -> None:
        """Give back what an order used, as far as so much of it came back in all; again is once.

        Of a part the amounts come back; the use itself only with the whole order.
        """
        await self.give_all_back_in(run, {(channel, number): part})

    async def give_all_back_in(self, run: Run, parts: Mapping[tuple[str, str], Fraction]) -> None:
        """As `give_back_in`, of several orders by (channel, number).

        Counts are taken in the sequence in which orders take them, all orders together.
        """
        counts: defaultdict[tuple[str, int, str, str, int], Counter[str]] = defaultdict(Counter)
        for (channel, number), part in sorted(parts.items()):
            named = {"brand": self._brand, "number": number, "channel": channel}
            for row in await run(_OF_ORDER, named):
                now = {name: int(getattr(row, name) * part) for name in _SUMS}
                more = {name: now[name] - getattr(row, f"returned_{name}") for name in now}
                if any(one < 0 for one in more.values()):
                    continue  # a smaller part than was told before
                whole = part >= 1
                await run(_RETURN, {**named, "promotion": row.promotion, "back": whole, **now})
                for place in _scopes(row):
                    counts[row.promotion, *place].update({"used": int(whole), **more})
        for key in sorted(counts):
            promotion, _, scope, subject, slot = key
            where = {"promotion": promotion, "scope": scope, "subject": subject, "slot": slot}
            await run(_UNCOUNT, {"brand": self._brand, **where, **counts[key]})

    async def known_in(self, run: Run, orders: Sequence[Subject]) -> list[Subject]:
        """Those orders that used promotions."""
        columns = {"channels": [o.channel for o in orders], "numbers": [o.key for o in orders]}
        rows = await run(_USING, {"brand": self._brand, **columns}) if orders else ()
        return [Subject(key=row.number, channel=row.channel) for row in rows]

    async def rename_in(self, run: Run, channel: str, reference: str, number: str) -> None:
        """Give the uses of an order the number that its system gave it."""
        told = {"channel": channel, "reference": reference, "number": number}
        await run(_RENAME, {"brand": self._brand, **told})

    async def _counted(
        self, run: Run, order: UsedBy, limits: Limits, row: Mapping[str, Any], past: _Past
    ) -> str | None:
        """Count one use in every scope; the scope whose limit stands against it."""
        if order.one_id is None and limits.per_member is not None:
            return MEMBER
        scopes: list[tuple[str, str | None, int, int | None]] = [
            (MEMBER, order.one_id, 0, limits.per_member),
            (STORE, order.store, row["slot"], limits.per_store),
            (TOTAL, "", row["slot"], limits.total),
        ]
        for scope, subject, slot, most in scopes:
            if subject is None:
                continue
            used, spend = past.get((row["promotion"], scope), (0, 0))
            budget = limits.spend if scope == TOTAL else None
            counted = {
                "scope": scope,
                "subject": subject,
                "most": None if most is None else most - used,
                "budget": None if budget is None else budget - spend,
            }
            if not await run(_COUNT, {"brand": self._brand, **row, **counted, "slot": slot}):
                return scope
        return None

    async def _earlier(self, run: Run, order: UsedBy, promotions: Sequence[str]) -> _Past:
        """Of promotions with a limit; nothing is asked where there is none."""
        if not promotions:
            return {}
        who = {"one_id": order.one_id, "store": order.store}
        rows = await run(_EARLIER, {"brand": self._brand, "promotions": list(promotions), **who})
        return {(row.promotion, row.scope): (int(row.used), int(row.spend)) for row in rows}


def limited(plan: PromotionPlan) -> bool:
    """Whether a quote depends on how far a promotion is used."""
    one = plan.limits
    return any(each is not None for each in (one.total, one.per_member, one.per_store, one.spend))


def _slot(limits: Limits) -> int:
    """Where it counts: in one row where that row is the limit, else in any of several."""
    bounds = limits.total, limits.spend, limits.per_store
    return secrets.randbelow(_SLOTS) if bounds == (None, None, None) else 0


def _scopes(row: Row[Any]) -> list[tuple[int, str, str, int]]:
    """Everywhere that a use was counted, with its place in the sequence."""
    found = [] if row.one_id is None else [(0, MEMBER, row.one_id, 0)]
    if row.store is not None:
        found.append((1, STORE, row.store, row.slot))
    return [*found, (2, TOTAL, "", row.slot)]
