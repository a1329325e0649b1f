"""Coupons as lists: of people, and of all, in the order of every merged list."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from msgspec import Struct
from sqlalchemy import text

from capabilities.member.changing import PLATFORM
from capabilities.page import PageAsk, SortKey, SourcePage
from capabilities.promotion.records import Coupon
from store.owned import Owned
from store.promotion.coupon_rows import COLUMNS, JOINED, held_of

_MOST_OF_ONE = 500
_OF_PEOPLE = text(f"""
  WITH asked AS (
    SELECT a.one_id, a.place FROM unnest(CAST(:one_ids AS text[]))
      WITH ORDINALITY AS a (one_id, place)
    UNION
    SELECT m.old_id, a.place FROM unnest(CAST(:one_ids AS text[]))
      WITH ORDINALITY AS a (one_id, place)
    JOIN member_aliases m ON m.brand = :brand AND m.one_id = a.one_id
  )
  SELECT a.place, {COLUMNS} FROM asked a
  CROSS JOIN LATERAL (
    SELECT * FROM coupons o WHERE o.brand = :brand AND o.one_id = a.one_id
    ORDER BY o.issued DESC, o.id LIMIT {_MOST_OF_ONE}
  ) AS c
  JOIN coupon_templates t ON t.brand = :brand AND t.id = c.template
  ORDER BY a.place, c.issued DESC, c.id
""")  # noqa: S608 - our own words
_NEWEST = text(f"""
  SELECT {COLUMNS} FROM {JOINED} WHERE c.brand = :brand AND (CAST(:key AS text) IS NULL OR
    (-c.issued, CAST(:here AS integer), length(c.id), c.id)
    > (-CAST(:issued AS bigint), 0, length(CAST(:key AS text)), CAST(:key AS text)))
  ORDER BY c.issued DESC, c.id LIMIT :most
""")  # noqa: S608 - our own words
_OLDEST = text(f"""
  SELECT {COLUMNS} FROM {JOINED} WHERE c.brand = :brand AND (CAST(:key AS text) IS NULL OR
    (-c.issued, CAST(:here AS integer), length(c.id), c.id)
    < (-CAST(:issued AS bigint), 0, length(CAST(:key AS text)), CAST(:key AS text)))
  ORDER BY c.issued, c.id DESC LIMIT :most
""")  # noqa: S608 - our own words
_BY_KEY = text(f"""
  SELECT c.one_id AS holder, {COLUMNS} FROM {JOINED}
  WHERE c.brand = :brand AND c.id = ANY (CAST(:keys AS text[]))
""")  # noqa: S608 - our own words


class WhoseCoupon(Struct, frozen=True, kw_only=True):
    """A coupon, and the OneID of who holds it; None where nobody does."""

    coupon: Coupon
    one_id: str | None

    def __repr__(self) -> str:
        return "WhoseCoupon(***)"


class CouponLists:
    """The coupons of one brand as lists."""

    def __init__(self, owned: Owned) -> None:
        self._owned = owned

    async def of_people(self, one_ids: Sequence[str]) -> Sequence[tuple[Coupon, ...]]:
        """What each person holds, the newest first, at most 500."""
        if not one_ids:
            return []
        at, found = self._owned.now(), defaultdict(list)
        named = {"brand": self._owned.brand, "one_ids": list(one_ids)}
        for row in await self._owned.store.rows(_OF_PEOPLE, named):
            found[row.place].append(held_of(self._owned, row).shown(at))
        return [tuple(found[place]) for place in range(1, len(one_ids) + 1)]

    async def page(self, ask: PageAsk) -> SourcePage[Coupon]:
        """A page of all that were given out."""
        at, statement = self._owned.now(), _NEWEST if ask.newest_first else _OLDEST
        named = {"brand": self._owned.brand, "most": ask.first + 1, **_place(ask.after)}
        rows = await self._owned.store.rows(statement, named)
        found = tuple(held_of(self._owned, row).shown(at) for row in rows[: ask.first])
        return SourcePage(rows=found, has_more=len(rows) > ask.first)

    async def by_key(self, keys: Sequence[str]) -> Sequence[WhoseCoupon | None]:
        """One coupon per key."""
        named = {"brand": self._owned.brand, "keys": list(keys)}
        rows = await self._owned.store.rows(_BY_KEY, named)
        at = self._owned.now()
        found = {
            row.id: WhoseCoupon(coupon=held_of(self._owned, row).shown(at), one_id=row.holder)
            for row in rows
        }
        return [found.get(key) for key in keys]


def _place(after: SortKey | None) -> dict[str, Any]:
    """Where a walk stands; the row that it stands at may be one of another channel."""
    if after is None:
        return {"issued": None, "here": 0, "key": None}
    here = (after.channel < PLATFORM) - (after.channel > PLATFORM)
    return {"issued": after.value, "here": here, "key": after.natural_key}
