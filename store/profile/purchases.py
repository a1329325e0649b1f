"""What people's orders show, as it was computed, for all people of a wave in one statement."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text

from capabilities.profile.purchases import (
    HALF_LIFE_DAYS,
    SEPARATOR,
    CategoryAffinity,
    ChannelStatistics,
    Input,
    MemberAffinity,
    MemberStatistics,
    weight_of,
)
from store.engine import Store

_ASKED = """
  WITH asked AS (
    SELECT a.place, coalesce(m.one_id, a.one_id) AS one_id
    FROM unnest(CAST(:one_ids AS text[])) WITH ORDINALITY AS a (one_id, place)
    LEFT JOIN member_aliases m ON m.brand = :brand AND m.old_id = a.one_id
  )
"""
_STATISTICS = text(
    _ASKED  # noqa: S608  # constants
    + """
  SELECT a.place, p.computed_at, p.statistics_model, p.facts, s.channel, s.currency, s.orders,
         s.net, s.first_at, s.last_at
  FROM asked a JOIN member_purchases p ON p.brand = :brand AND p.one_id = a.one_id
  LEFT JOIN member_statistics s ON s.brand = :brand AND s.one_id = a.one_id
  ORDER BY a.place, s.channel, s.currency
"""
)
_AFFINITY = text(
    _ASKED  # noqa: S608  # constants
    + """
  SELECT a.place, p.computed_at, p.affinity_model, p.orders AS all_orders, p.lines,
         p.unmatched_lines, f.category, f.weight, f.share, f.orders, f.last_at
  FROM asked a JOIN member_purchases p ON p.brand = :brand AND p.one_id = a.one_id
  LEFT JOIN member_affinity f ON f.brand = :brand AND f.one_id = a.one_id
  ORDER BY a.place, f.weight DESC, f.category
"""
)


class Purchases:
    """What the orders of one brand's people show."""

    def __init__(self, store: Store, brand: str) -> None:
        self._store = store
        self._brand = brand

    async def statistics(self, one_ids: Sequence[str]) -> list[MemberStatistics | None]:
        """The figures of each person, None where nothing was computed yet."""
        groups = await self._groups(_STATISTICS, one_ids)
        return [_statistics(rows) if rows else None for rows in groups]

    async def affinity(self, one_ids: Sequence[str], at: datetime) -> list[MemberAffinity | None]:
        """The categories of each person as of a moment, None where nothing was computed yet."""
        groups = await self._groups(_AFFINITY, one_ids)
        return [_affinity(rows, at) if rows else None for rows in groups]

    async def _groups(self, statement: Any, one_ids: Sequence[str]) -> list[list[Row[Any]]]:
        if not one_ids:
            return []
        rows = await self._store.rows(statement, {"brand": self._brand, "one_ids": list(one_ids)})
        found: defaultdict[int, list[Row[Any]]] = defaultdict(list)
        for row in rows:
            found[row.place].append(row)
        return [found[place] for place in range(1, len(one_ids) + 1)]


def _statistics(rows: Sequence[Row[Any]]) -> MemberStatistics:
    return MemberStatistics(
        channels=tuple(
            ChannelStatistics(
                channel_code=row.channel,
                currency=row.currency,
                orders=row.orders,
                net=row.net,
                first_at=row.first_at,
                last_at=row.last_at,
            )
            for row in rows
            if row.channel is not None
        ),
        computed_at=rows[0].computed_at,
        model_version=rows[0].statistics_model,
        inputs=(Input("orderFacts", str(rows[0].facts)),),
    )


def _affinity(rows: Sequence[Row[Any]], at: datetime) -> MemberAffinity:
    first = rows[0]
    return MemberAffinity(
        categories=tuple(
            CategoryAffinity(
                category=tuple(row.category.split(SEPARATOR)),
                weight=row.weight,
                share=row.share,
                orders=row.orders,
                last_at=row.last_at,
                score=row.weight / weight_of(at),
            )
            for row in rows
            if row.category is not None
        ),
        computed_at=first.computed_at,
        model_version=first.affinity_model,
        inputs=(
            Input("orders", str(first.all_orders)),
            Input("lines", str(first.lines)),
            Input("linesWithoutCategory", str(first.unmatched_lines)),
            Input("halfLifeDays", str(HALF_LIFE_DAYS)),
        ),
    )
