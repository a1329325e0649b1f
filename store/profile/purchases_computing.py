"""What people's orders show, computed for many at once from the order facts.

`capabilities.profile.purchases` defines the figures; a property test holds both equal. Whoever
computes takes whole people, so the same facts give the same rows whatever came before.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import text

from capabilities.events import Subject
from capabilities.order.facts import CANCELLED, NEVER_SOLD
from capabilities.profile.purchases import (
    AFFINITY_MODEL,
    HALF_LIFE_DAYS,
    SEPARATOR,
    STATISTICS_MODEL,
    WEIGHT_EPOCH,
)
from store.engine import Run, Store

# Of one person one process computes at a time, and an id that was merged away keeps nothing.
_LOCK = text("""
  SELECT pg_advisory_xact_lock(hashtextextended(:brand || chr(31) || one_id, 46))
  FROM unnest(CAST(:one_ids AS text[])) AS a (one_id) ORDER BY one_id
""")
_TOUCHED = text("""
  SELECT one_id FROM unnest(CAST(:one_ids AS text[])) AS a (one_id)
  UNION
  SELECT m.one_id FROM member_aliases m
  WHERE m.brand = :brand AND m.old_id = ANY (CAST(:one_ids AS text[]))
  UNION
  SELECT l.one_id
  FROM unnest(CAST(:channels AS text[]), CAST(:numbers AS text[])) AS a (channel, number)
  JOIN order_facts f ON f.brand = :brand AND f.number = a.number AND f.channel = a.channel
  JOIN membership_links l ON l.brand = :brand AND l.number = f.holder_number
                         AND l.channel = f.holder_channel
  ORDER BY 1
""")
_FORGET = tuple(
    text(f"DELETE FROM {table} WHERE brand = :brand AND one_id = ANY (CAST(:one_ids AS text[]))")  # noqa: S608 - constants
    for table in ("member_purchases", "member_statistics", "member_affinity")
)
_COMPUTE = text("""
  WITH people AS MATERIALIZED (
    SELECT DISTINCT one_id FROM membership_links
    WHERE brand = :brand AND one_id = ANY (CAST(:one_ids AS text[]))
  ), facts AS MATERIALIZED (
    SELECT l.one_id, f.channel, f.number, f.placed_at, coalesce(f.currency, '') AS currency,
           f.paid - f.refunded AS net, f.lines
    FROM membership_links l
    JOIN order_facts f ON f.brand = :brand AND f.holder_number = l.number
                      AND f.holder_channel = l.channel
    WHERE l.brand = :brand AND l.one_id = ANY (CAST(:one_ids AS text[])) AND NOT f.gone
      AND f.kind <> ALL (CAST(:never_sold AS text[]))
      AND f.status <> ALL (CAST(:cancelled AS text[]))
  ), per_channel AS (
    INSERT INTO member_statistics
      (brand, one_id, channel, currency, orders, net, first_at, last_at)
    SELECT :brand, one_id, channel, currency, count(*) FILTER (WHERE net > 0), sum(net),
           min(placed_at) FILTER (WHERE net > 0), max(placed_at) FILTER (WHERE net > 0)
    FROM facts GROUP BY one_id, channel, currency
  ), bought AS MATERIALIZED (
    SELECT f.one_id, f.channel, f.number, f.placed_at, p.category_path
    FROM facts f CROSS JOIN LATERAL jsonb_array_elements(f.lines) AS line
    LEFT JOIN products p ON p.brand = :brand AND p.sku = line ->> 'sku'
    WHERE f.net > 0 AND NOT coalesce(CAST(line ->> 'gift' AS boolean), false)
  ), once AS (
    SELECT DISTINCT one_id, channel, number, placed_at,
           array_to_string(category_path, :separator) AS category
    FROM bought WHERE placed_at IS NOT NULL AND cardinality(category_path) > 0
  ), weighed AS (
    SELECT one_id, category, count(*) AS orders, max(placed_at) AS last_at,
           sum(power(CAST(2 AS float8), CAST(extract(epoch FROM placed_at - :epoch) AS float8)
                                        / 86400 / :half_life)
               ORDER BY placed_at, channel, number) AS weight
    FROM once GROUP BY one_id, category
  ), per_category AS (
    INSERT INTO member_affinity (brand, one_id, category, weight, share, orders, last_at)
    SELECT :brand, one_id, category, weight,
           weight / sum(weight) OVER (PARTITION BY one_id ORDER BY category
             ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING),
           orders, last_at
    FROM weighed
  ), orders AS (
    SELECT one_id, count(*) FILTER (WHERE net > 0) AS orders, count(*) AS facts,
           min(placed_at) FILTER (WHERE net > 0) AS first_at,
           max(placed_at) FILTER (WHERE net > 0) AS last_at
    FROM facts GROUP BY one_id
  ), lines AS (
    SELECT one_id, count(*) AS lines,
           count(*) FILTER (WHERE coalesce(cardinality(category_path), 0) = 0) AS unmatched
    FROM bought GROUP BY one_id
  )
  INSERT INTO member_purchases (brand, one_id, orders, first_at, last_at, facts, lines,
                                unmatched_lines, computed_at, statistics_model, affinity_model)
  SELECT :brand, p.one_id, coalesce(o.orders, 0), o.first_at, o.last_at, coalesce(o.facts, 0),
         coalesce(l.lines, 0), coalesce(l.unmatched, 0), :at, :statistics_model, :affinity_model
  FROM people p LEFT JOIN orders o USING (one_id) LEFT JOIN lines l USING (one_id)
""")
_PEOPLE_AFTER = text("""
  SELECT DISTINCT one_id FROM membership_links
  WHERE brand = :brand AND one_id > :after ORDER BY one_id LIMIT :first
""")


class PurchasesComputing:
    """Computes what the orders of one brand's people show."""

    def __init__(self, store: Store, brand: str) -> None:
        self._store = store
        self._brand = brand

    async def touched_in(
        self, run: Run, one_ids: Sequence[str], orders: Sequence[Subject]
    ) -> list[str]:
        """Everybody whose figures a change of these people or orders may have moved."""
        columns = {
            "one_ids": list(one_ids),
            "channels": [one.channel for one in orders],
            "numbers": [one.key for one in orders],
        }
        return [row.one_id for row in await run(_TOUCHED, {"brand": self._brand, **columns})]

    async def compute_in(self, run: Run, one_ids: Sequence[str], at: datetime) -> None:
        """Compute these people anew; who has no membership any more keeps no figures."""
        who = {"brand": self._brand, "one_ids": sorted(set(one_ids))}
        if not who["one_ids"]:
            return
        await run(_LOCK, who)
        for statement in _FORGET:
            await run(statement, who)
        await run(
            _COMPUTE,
            {
                **who,
                "at": at,
                "never_sold": sorted(kind.value for kind in NEVER_SOLD),
                "cancelled": sorted(status.value for status in CANCELLED),
                "separator": SEPARATOR,
                "epoch": WEIGHT_EPOCH,
                "half_life": float(HALF_LIFE_DAYS),
                "statistics_model": STATISTICS_MODEL,
                "affinity_model": AFFINITY_MODEL,
            },
        )

    async def compute_after(self, after: str, first: int, at: datetime) -> Sequence[str]:
        """Compute the next people behind an id, in one transaction; who they were, in order."""

        async def work(run: Run) -> list[str]:
            asked = {"brand": self._brand, "after": after, "first": first}
            people = [row.one_id for row in await run(_PEOPLE_AFTER, asked)]
            await self.compute_in(run, people, at)
            return people

        return await self._store.transaction(work)
