"""Pages of the platform's promotions, in the order of every merged list."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from msgspec.structs import replace
from sqlalchemy import text

from capabilities.member.changing import PLATFORM
from capabilities.page import PageAsk, SortKey, SourcePage
from capabilities.promotion.records import Promotion, PromotionFilter, PromotionStatus
from capabilities.promotion.shown import shown
from store.owned import Owned
from store.promotion.kept_plans import kept_of

# Where a promotion is at :at, in the words of `capabilities.promotion.plans.status_at`.
_STATUS = """
  CASE WHEN p.stage = 'ENDED' OR (p.ends_at <= :at AND p.stage <> 'DRAFT') THEN 'ENDED'
       WHEN p.stage = 'SCHEDULED' AND (p.starts_at IS NULL OR p.starts_at <= :at) THEN 'ACTIVE'
       ELSE p.stage END
"""
_FROM = f"""
  FROM promotions p
  JOIN promotion_versions v ON v.brand = p.brand AND v.key = p.key AND v.version = p.version
  WHERE p.brand = :brand
    AND (CAST(:statuses AS text[]) IS NULL OR {_STATUS} = ANY (CAST(:statuses AS text[])))
    AND (CAST(:channels AS text[]) IS NULL OR v.plan->'channels' IS NULL
         OR jsonb_exists_any(v.plan->'channels', CAST(:channels AS text[])))
"""
_COLUMNS = "p.version, p.stage, p.changed_at, v.plan, v.author, v.reason"
_USED = """
  (SELECT sum(c.used) FROM promotion_counts c
   WHERE c.brand = p.brand AND c.promotion = p.key AND c.scope = 'TOTAL') AS used
"""
_NEWEST = text(f"""
  SELECT {_COLUMNS}, {_USED} {_FROM}
    AND (CAST(:key AS text) IS NULL
         OR (-p.starts, CAST(:here AS integer), length(p.key), p.key)
            > (-CAST(:starts AS bigint), 0, length(CAST(:key AS text)), CAST(:key AS text)))
  ORDER BY p.starts DESC, length(p.key), p.key LIMIT :most
""")
_OLDEST = text(f"""
  SELECT {_COLUMNS}, {_USED} {_FROM}
    AND (CAST(:key AS text) IS NULL
         OR (-p.starts, CAST(:here AS integer), length(p.key), p.key)
            < (-CAST(:starts AS bigint), 0, length(CAST(:key AS text)), CAST(:key AS text)))
  ORDER BY p.starts, length(p.key) DESC, p.key DESC LIMIT :most
""")
_COUNT = text(f"SELECT count(*) AS total {_FROM}")
_BY_KEY = text(f"""
  SELECT p.key, {_COLUMNS}, {_USED}
  FROM promotions p
  JOIN promotion_versions v ON v.brand = p.brand AND v.key = p.key AND v.version = p.version
  WHERE p.brand = :brand AND p.key = ANY (CAST(:keys AS text[]))
""")  # noqa: S608 - our own words
# What everybody may know of: what is on, and what will be.
OPEN = frozenset({PromotionStatus.SCHEDULED, PromotionStatus.ACTIVE})


class PromotionLists:
    """The promotions of one brand as lists."""

    def __init__(self, owned: Owned) -> None:
        self._owned = owned

    async def page(
        self, filters: PromotionFilter, ask: PageAsk, *, staff: bool
    ) -> SourcePage[Promotion]:
        """A page; without `staff` of what is on or will be.

        Channels of the filter are those that a promotion must hold in.
        """
        at = self._owned.now()
        statuses = filters.statuses
        if not staff:
            statuses = OPEN if statuses is None else statuses & OPEN
        named: dict[str, Any] = {
            "brand": self._owned.brand,
            "at": at,
            "statuses": None if statuses is None else [one.value for one in statuses],
            "channels": None if filters.channels is None else sorted(filters.channels),
        }
        place = _place(ask.after)
        statement = _NEWEST if ask.newest_first else _OLDEST
        rows = await self._owned.store.rows(statement, {**named, **place, "most": ask.first + 1})
        (total,) = await self._owned.store.rows(_COUNT, named)
        found = [self._shown(row, at) for row in rows]
        return SourcePage(
            rows=tuple(found[: ask.first]), has_more=len(found) > ask.first, total=total.total
        )

    async def by_key(self, keys: Sequence[str]) -> Sequence[Promotion | None]:
        """One promotion per key."""
        named = {"brand": self._owned.brand, "keys": list(keys)}
        rows = await self._owned.store.rows(_BY_KEY, named)
        at = self._owned.now()
        found = {row.key: self._shown(row, at) for row in rows}
        return [found.get(key) for key in keys]

    def _shown(self, row: Any, at: datetime) -> Promotion:
        used = None if row.used is None else int(row.used)
        return shown(replace(kept_of(row), used=used or 0), at)


def _place(after: SortKey | None) -> dict[str, Any]:
    """Where a walk stands; the row that it stands at may be one of another channel."""
    if after is None:
        return {"starts": None, "here": 0, "key": None}
    here = (after.channel < PLATFORM) - (after.channel > PLATFORM)
    return {"starts": after.value, "here": here, "key": after.natural_key}
