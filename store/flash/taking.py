"""Stock out of buckets, and what was counted for nothing back: the statements of a batch."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from msgspec import Struct
from sqlalchemy import text

from capabilities.flash.records import SHARED, Wish
from store.engine import Run

# Locked in order before they change: an update alone takes them as they come.
_TAKE = text("""
  WITH locked AS MATERIALIZED (
    SELECT k.sale, k.pool, k.bucket, a.wanted
    FROM unnest(CAST(:sales AS text[]), CAST(:pools AS text[]), CAST(:buckets AS integer[]),
                CAST(:wanted AS bigint[])) AS a (sale, pool, bucket, wanted)
    JOIN flash_stock k
      ON k.brand = :brand AND k.sale = a.sale AND k.pool = a.pool AND k.bucket = a.bucket
    ORDER BY k.sale, k.pool, k.bucket FOR UPDATE OF k
  )
  UPDATE flash_stock k SET remaining = k.remaining - least(k.remaining, locked.wanted)
  FROM locked
  WHERE k.brand = :brand AND k.sale = locked.sale AND k.pool = locked.pool
    AND k.bucket = locked.bucket
  RETURNING k.sale, k.pool, k.bucket, old.remaining - new.remaining AS taken
""")
_PUT_BACK = text("""
  UPDATE flash_stock SET remaining = remaining + :left
  WHERE brand = :brand AND sale = :sale AND pool = :pool AND bucket = :bucket
""")
# By the key alone: joined with what came, it may be planned to read all buyers of a brand.
_GIVE_BACK = text("""
  UPDATE flash_buyers SET quantity = quantity - :quantity
  WHERE brand = :brand AND sale = :sale AND member = ANY (CAST(:members AS text[]))
""")


class Home(Struct, frozen=True, gc=False):
    """Where a process takes stock from: its own bucket of every pool of one sale.

    `quotas` names channels with a quota of their own, which is used up before the shared pool.
    """

    brand: str
    sale: str
    bucket: int
    quotas: frozenset[str] = frozenset()

    @property
    def named(self) -> dict[str, Any]:
        """The sale, as statements name it."""
        return {"brand": self.brand, "sale": self.sale}

    def pools(self, channel: str) -> tuple[str, ...]:
        """Where pieces for this channel come from, first to last."""
        return (channel, SHARED) if channel in self.quotas else (SHARED,)


_Bucket: TypeAlias = tuple[str, str, int]
# Who wants how many out of a pool, at the bucket of her home.
_Asked: TypeAlias = tuple[Home, str, int]


async def taken(run: Run, asked: Sequence[_Asked]) -> set[int]:
    """Who gets what she asked for, by her place: the first come are the first served."""
    if not asked:
        return set()
    brand = asked[0][0].brand
    by_bucket: defaultdict[_Bucket, list[int]] = defaultdict(list)
    for place, (home, pool, _) in enumerate(asked):
        by_bucket[home.sale, pool, home.bucket].append(place)
    wanted = {at: sum(asked[one][2] for one in places) for at, places in by_bucket.items()}
    stock = await _take(run, brand, wanted)
    got: set[int] = set()
    for bucket, places in by_bucket.items():
        left = stock.get(bucket, 0)
        for place in places:
            if asked[place][2] <= left:
                left -= asked[place][2]
                got.add(place)
        if left:
            sale, pool, number = bucket
            where = {"brand": brand, "sale": sale, "pool": pool, "bucket": number}
            await run(_PUT_BACK, {**where, "left": left})
    return got


async def _take(run: Run, brand: str, wanted: Mapping[_Bucket, int]) -> Mapping[_Bucket, int]:
    columns = {
        "sales": [sale for sale, _, _ in wanted],
        "pools": [pool for _, pool, _ in wanted],
        "buckets": [bucket for _, _, bucket in wanted],
        "wanted": list(wanted.values()),
    }
    rows = await run(_TAKE, {"brand": brand, **columns})
    return {(row.sale, row.pool, row.bucket): row.taken for row in rows}


async def give_back(run: Run, brand: str, losers: Sequence[tuple[str, Wish]]) -> None:
    """Count nothing for those who got nothing; their rows are locked since the batch began."""
    alike: defaultdict[tuple[str, int], list[str]] = defaultdict(list)
    for sale, wish in losers:
        alike[sale, wish.quantity].append(wish.member)
    for (sale, quantity), members in alike.items():
        words = {"brand": brand, "sale": sale, "quantity": quantity, "members": members}
        await run(_GIVE_BACK, words)
