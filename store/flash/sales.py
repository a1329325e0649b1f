"""Flash sales themselves: defined, loaded with stock, opened, topped up, closed."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, text

from capabilities.flash.records import FlashSale, SaleState
from capabilities.flash.room import Fairness
from store.engine import Run
from store.flash.rooms import count_in, open_room

_DEFINE = text("""
  INSERT INTO flash_sales (brand, id, sku, price, currency, per_member, payment_seconds, opens_at,
                           closes_at, state, version)
  VALUES (:brand, :id, :sku, :price, :currency, :per_member, :payment_seconds, :opens_at,
          :closes_at, :state, 1)
""")
_LOAD = text("""
  INSERT INTO flash_stock (brand, sale, pool, bucket, remaining, allocated, version)
  SELECT :brand, :sale, a.pool, 0, a.units, a.units, 0
  FROM unnest(CAST(:pools AS text[]), CAST(:units AS bigint[])) AS a (pool, units)
  ORDER BY a.pool
""")
# Only what stands as it was seen changes: two operators at once do not overrule one another.
_CHANGE = text("""
  UPDATE flash_sales SET state = :state, version = version + 1
  WHERE brand = :brand AND id = :id AND version = :version
  RETURNING version
""")
_TOP_UP = text("""
  UPDATE flash_stock SET remaining = remaining + :units, allocated = allocated + :units,
                         version = version + 1
  WHERE brand = :brand AND sale = :sale AND pool = :pool AND bucket = 0
  RETURNING 1
""")
# Processes that sell see by its version that there is stock again.
_STOCKED = text("""
  UPDATE flash_sales SET version = version + 1 WHERE brand = :brand AND id = :sale
""")
_RETURN = text("""
  WITH locked AS MATERIALIZED (
    SELECT pool, bucket, remaining FROM flash_stock WHERE brand = :brand AND sale = :sale
    ORDER BY pool = '', pool, bucket FOR UPDATE
  )
  UPDATE flash_stock k SET remaining = 0, allocated = k.allocated - locked.remaining,
                           version = k.version + 1
  FROM locked
  WHERE k.brand = :brand AND k.sale = :sale AND k.pool = locked.pool AND k.bucket = locked.bucket
  RETURNING locked.remaining
""")
_SELECTED = """
  SELECT s.*, coalesce(r.fairness, 'ARRIVAL') AS fairness, coalesce(r.rate, 0) AS rate,
         (SELECT jsonb_object_agg(pool, units) FROM (
                 SELECT pool, sum(allocated) AS units FROM flash_stock k
                 WHERE k.brand = s.brand AND k.sale = s.id GROUP BY pool) AS p) AS pools
  FROM flash_sales s LEFT JOIN flash_rooms r ON r.brand = s.brand AND r.sale = s.id
  WHERE s.brand = :brand
"""
_READ = text(f"{_SELECTED} AND s.id = :id")
_ALL = text(f"{_SELECTED} ORDER BY s.opens_at DESC, s.id")


async def define(run: Run, brand: str, sale: FlashSale) -> None:
    """A sale with its stock in one bucket of each pool; processes move it to where they sell."""
    facts = {
        name: getattr(sale, name)
        for name in (
            "id",
            "sku",
            "price",
            "currency",
            "per_member",
            "payment_seconds",
            "opens_at",
            "closes_at",
        )
    }
    await run(_DEFINE, {"brand": brand, **facts, "state": sale.state.value})
    await open_room(run, brand, sale.id, sale.fairness, sale.admission_rate)
    columns = {"pools": list(sale.pools), "units": list(sale.pools.values())}
    await run(_LOAD, {"brand": brand, "sale": sale.id, **columns})


async def read_sale(run: Run, brand: str, sale: str) -> FlashSale | None:
    """A sale with what was allocated to each pool; None where there is none."""
    rows = await run(_READ, {"brand": brand, "id": sale})
    return _sale(rows[0]) if rows else None


async def read_sales(run: Run, brand: str) -> Sequence[FlashSale]:
    """Every sale of a brand, the latest opening first."""
    return [_sale(row) for row in await run(_ALL, {"brand": brand})]


async def return_unsold(run: Run, brand: str, sale: str) -> int:
    """Take what is left out of a sale that has closed; how many units.

    A batch that still read it as open finds nothing to take afterwards.
    """
    rows = await run(_RETURN, {"brand": brand, "sale": sale})
    return sum(row.remaining for row in rows)


async def change_state(
    run: Run, brand: str, sale: str, state: SaleState, version: int
) -> int | None:
    """The new version; None where the sale is not at the version that was seen any more."""
    await count_in(run, brand, sale)
    named = {"brand": brand, "id": sale, "state": state.value, "version": version}
    rows = await run(_CHANGE, named)
    return rows[0].version if rows else None


async def top_up(run: Run, brand: str, sale: str, pool: str, units: int) -> bool:
    """Put more stock into a pool; False where the sale has no such pool."""
    where = {"brand": brand, "sale": sale, "pool": pool, "units": units}
    topped = bool(await run(_TOP_UP, where))
    await run(_STOCKED, {"brand": brand, "sale": sale})
    return topped


def _sale(row: Row[Any]) -> FlashSale:
    pools: Mapping[str, int] = row.pools or {}
    return FlashSale(
        id=row.id,
        sku=row.sku,
        price=row.price,
        currency=row.currency,
        per_member=row.per_member,
        payment_seconds=row.payment_seconds,
        opens_at=row.opens_at,
        closes_at=row.closes_at,
        pools=pools,
        fairness=Fairness(row.fairness),
        admission_rate=row.rate,
        state=SaleState(row.state),
        version=row.version,
    )
