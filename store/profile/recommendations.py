"""New products for people: of their categories, launched lately, in none of their orders."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy import text

from capabilities.profile.purchases import SEPARATOR, Recommendation, RecommendationReason
from store.engine import Store

NEW_FOR_DAYS = 60
_NEW = text("""
  WITH asked AS (
    SELECT a.place, coalesce(m.one_id, a.one_id) AS one_id
    FROM unnest(CAST(:one_ids AS text[])) WITH ORDINALITY AS a (one_id, place)
    LEFT JOIN member_aliases m ON m.brand = :brand AND m.old_id = a.one_id
  ), had AS MATERIALIZED (
    SELECT DISTINCT a.place, line ->> 'sku' AS sku FROM asked a
    JOIN membership_links l ON l.brand = :brand AND l.one_id = a.one_id
    JOIN order_facts f ON f.brand = :brand AND f.holder_number = l.number
                      AND f.holder_channel = l.channel AND NOT f.gone
    CROSS JOIN LATERAL jsonb_array_elements(f.lines) AS line
    WHERE line ->> 'sku' IS NOT NULL
  ), new AS MATERIALIZED (
    SELECT sku, launched_at, array_to_string(category_path, :separator) AS category FROM products
    WHERE brand = :brand AND launched_at > :from AND launched_at <= :today
      AND (discontinued_at IS NULL OR discontinued_at > :today)
  ), ranked AS (
    SELECT a.place, n.sku, f.category, f.share, f.orders, f.last_at,
           row_number() OVER (PARTITION BY a.place
                              ORDER BY f.share DESC, n.launched_at DESC, n.sku) AS rank
    FROM asked a
    JOIN member_affinity f ON f.brand = :brand AND f.one_id = a.one_id
    JOIN new n ON n.category = f.category
    WHERE NOT EXISTS (SELECT FROM had h WHERE h.place = a.place AND h.sku = n.sku)
  )
  SELECT * FROM ranked WHERE rank <= :first ORDER BY place, rank
""")


class Recommendations:
    """New products for the people of one brand."""

    def __init__(self, store: Store, brand: str) -> None:
        self._store = store
        self._brand = brand

    async def new_products(
        self, one_ids: Sequence[str], first: int, today: date
    ) -> list[tuple[Recommendation, ...]]:
        """At most `first` per person: her strongest category, then the newest, then by sku.

        New is what was launched in the last 60 days up to today and is still sold.
        """
        if not one_ids:
            return []
        asked = {
            "brand": self._brand,
            "one_ids": list(one_ids),
            "separator": SEPARATOR,
            "from": today - timedelta(days=NEW_FOR_DAYS),
            "today": today,
            "first": first,
        }
        found: defaultdict[int, list[Recommendation]] = defaultdict(list)
        for row in await self._store.rows(_NEW, asked):
            reason = RecommendationReason(
                category=tuple(row.category.split(SEPARATOR)),
                share=row.share,
                orders=row.orders,
                last_at=row.last_at,
            )
            found[row.place].append(Recommendation(sku=row.sku, reason=reason))
        return [tuple(found[place]) for place in range(1, len(one_ids) + 1)]
