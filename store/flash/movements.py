"""Stock that moves between the places of a sale: two entries in one transaction, and their rows.

Pools are locked in the sequence in which a batch takes from them, quotas first and what all share
last; so stock moves while it is sold.
"""

from collections import Counter
from collections.abc import Mapping
from enum import Enum
from uuid import uuid4

from msgspec import Struct
from sqlalchemy import text

from store.engine import Run

_ENTER = text("""
  INSERT INTO flash_movements (brand, sale, id, place, name, units, moved_at)
  SELECT :brand, :sale, :id, a.*, clock_timestamp()
  FROM unnest(CAST(:places AS text[]), CAST(:names AS text[]), CAST(:units AS bigint[])) AS a
""")
_LOCK = text("""
  SELECT pool, bucket, remaining FROM flash_stock
  WHERE brand = :brand AND sale = :sale
    AND (CAST(:pools AS text[]) IS NULL OR pool = ANY (CAST(:pools AS text[])))
  ORDER BY pool = '', pool, bucket FOR UPDATE
""")
_TAKE = text("""
  UPDATE flash_stock k SET remaining = k.remaining - a.units, allocated = k.allocated - a.units
  FROM unnest(CAST(:buckets AS integer[]), CAST(:units AS bigint[])) AS a (bucket, units)
  WHERE k.brand = :brand AND k.sale = :sale AND k.pool = :pool AND k.bucket = a.bucket
""")
_PUT = text("""
  INSERT INTO flash_stock AS k (brand, sale, pool, bucket, remaining, allocated, version)
  VALUES (:brand, :sale, :pool, 0, :units, :units, 0)
  ON CONFLICT (brand, sale, pool, bucket) DO UPDATE
  SET remaining = k.remaining + excluded.remaining, allocated = k.allocated + excluded.allocated,
      version = k.version + 1
""")


class Place(Enum):
    """What kind of place stock lies in; SUPPLY is outside of the sale."""

    SUPPLY = "SUPPLY"
    POOL = "POOL"
    QUOTA = "QUOTA"


class Account(Struct, frozen=True):
    """One place of a sale: a pool, or a channel's quota, by its channel."""

    place: Place
    name: str = ""


async def locked_stock(run: Run, brand: str, sale: str, *pools: str) -> Mapping[str, int]:
    """What is left in some pools of a sale, or in all; nobody takes of it before the end."""
    found: Counter[str] = Counter()
    asked = {"brand": brand, "sale": sale, "pools": list(pools) or None}
    for row in await run(_LOCK, asked):
        found[row.pool] += row.remaining
    return found


async def move(
    run: Run, brand: str, sale: str, source: Account, target: Account, units: int
) -> bool:
    """Move units from one place to another; False where a pool has fewer, and nothing moves."""
    named = {"brand": brand, "sale": sale}
    pools = [one.name for one in (source, target) if one.place is Place.POOL]
    rows = await run(_LOCK, {**named, "pools": pools})
    if source.place is Place.POOL:
        left = {row.bucket: row.remaining for row in rows if row.pool == source.name}
        if sum(left.values()) < units:
            return False
        taken = _parts(left, units)
        columns = {"buckets": list(taken), "units": list(taken.values())}
        await run(_TAKE, {**named, "pool": source.name, **columns})
    if target.place is Place.POOL:
        await run(_PUT, {**named, "pool": target.name, "units": units})
    entries = {
        "places": [source.place.value, target.place.value],
        "names": [source.name, target.name],
        "units": [-units, units],
    }
    await run(_ENTER, {**named, "id": uuid4().hex, **entries})
    return True


def _parts(left: Mapping[int, int], units: int) -> Mapping[int, int]:
    """How much each bucket gives, the fullest first: who sells from a small one goes on."""
    taken = {}
    for bucket, remaining in sorted(left.items(), key=lambda one: (-one[1], one[0])):
        taken[bucket] = min(units, remaining)
        units -= taken[bucket]
    return taken
