"""The stock of a sale as it lies: pools, and the buckets that processes sell from."""

from collections.abc import Sequence
from itertools import groupby

from sqlalchemy import text

from capabilities.flash.records import SHARED
from capabilities.flash.running import Bucket, Pool
from store.engine import Store

_BUCKETS = text("""
  SELECT k.pool, k.bucket, k.allocated, k.remaining,
         coalesce(h.held_until > clock_timestamp(), false) AS held
  FROM flash_stock k
  LEFT JOIN flash_homes h ON h.brand = k.brand AND h.sale = k.sale AND h.bucket = k.bucket
  WHERE k.brand = :brand AND k.sale = :sale ORDER BY k.pool = '', k.pool, k.bucket
""")


async def read_pools(store: Store, brand: str, sale: str) -> Sequence[Pool]:
    """The quotas of channels by their codes, then what all share."""
    rows = await store.rows(_BUCKETS, {"brand": brand, "sale": sale})
    return [
        Pool(
            channel=None if name == SHARED else name,
            buckets=tuple(
                Bucket(
                    number=row.bucket,
                    allocated=row.allocated,
                    remaining=row.remaining,
                    held=row.held,
                )
                for row in of_pool
            ),
        )
        for name, of_pool in groupby(rows, lambda row: row.pool)
    ]
