"""Flash sales themselves: defined, loaded with stock, opened, topped up, closed."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, text

from capabilities.flash.records import FlashSale, SaleState, Supply
from capabilities.flash.room import Fairness
from store.engine import Run
from store.flash.movements import Account, Place, locked_stock, move
from store.flash.rooms import count_in, open_room

_DEFINE = text("""
  INSERT INTO flash_sales (brand, id, sku, price, currency, per_member, payment_seconds, opens_at,
                           closes_at, state, version, on_hand, safety, elsewhere, target_units,
                           target_amount)
  VALUES (:brand, :id, :sku, :price, :currency, :per_member, :payment_seconds, :opens_at,
          :closes_at, :state, 1, CAST(:on_hand AS bigint), CAST(:safety AS bigint),
          CAST(:elsewhere AS bigint), CAST(:target_units AS bigint), CAST(:target_amount AS bigint))
""")
# Only what stands as it was seen changes: two operators at once do not overrule one another.
_CHANGE = text("""
  UPDATE flash_sales SET state = :state, version = version + 1
  WHERE brand = :brand AND id = :id AND version = :version
  RETURNING version
""")
# Processes that sell see by its version that there is stock again.
_STOCKED = text("""
  UPDATE flash_sales SET version = version + 1 WHERE brand = :brand AND id = :sale
""")
_CHANGE_SUPPLY = text("""
  UPDATE flash_sales SET on_hand = :on_hand, safety = :safety, elsewhere = :elsewhere,
                         version = version + 1
  WHERE brand = :brand AND id = :sale
""")
_SUPPLY = ("on_hand", "safety", "elsewhere")
_SELECTED = """
  SELECT s.*, coalesce(r.fairness, 'ARRIVAL') AS fairness, coalesce(r.rate, 0) AS rate,
         (SELECT jsonb_object_agg(pool, units) FROM (
                 SELECT pool, sum(allocated) AS units FROM flash_stock k
                 WHERE k.brand = s.brand AND k.sale = s.id GROUP BY pool) AS p) AS pools
  FROM flash_sales s LEFT JOIN flash_rooms r ON r.brand = s.brand AND r.sale = s.id
  WHERE s.brand = :brand AND s.shadow_of IS NULL
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
            "target_units",
            "target_amount",
        )
    }
    supply = dict(zip(_SUPPLY, _figures(sale.supply), strict=True))
    await run(_DEFINE, {"brand": brand, **facts, **supply, "state": sale.state.value})
    await open_room(run, brand, sale.id, sale.fairness, sale.admission_rate)
    for pool, units in sale.pools.items():
        await move(run, brand, sale.id, Account(Place.SUPPLY), Account(Place.POOL, pool), units)


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
    left = await locked_stock(run, brand, sale)
    for pool, units in left.items():
        if units:
            await move(run, brand, sale, Account(Place.POOL, pool), Account(Place.SUPPLY), units)
    return sum(left.values())


async def change_supply(run: Run, brand: str, sale: str, supply: Supply) -> None:
    """Say anew what a sale's stock is taken from."""
    figures = dict(zip(_SUPPLY, _figures(supply), strict=True))
    await run(_CHANGE_SUPPLY, {"brand": brand, "sale": sale, **figures})


async def change_state(
    run: Run, brand: str, sale: str, state: SaleState, version: int
) -> int | None:
    """The new version; None where the sale is not at the version that was seen any more."""
    await count_in(run, brand, sale)
    named = {"brand": brand, "id": sale, "state": state.value, "version": version}
    rows = await run(_CHANGE, named)
    return rows[0].version if rows else None


async def top_up(run: Run, brand: str, sale: str, pool: str, units: int) -> None:
    """Put more stock into a pool."""
    await move(run, brand, sale, Account(Place.SUPPLY), Account(Place.POOL, pool), units)
    await restocked(run, brand, sale)


async def restocked(run: Run, brand: str, sale: str) -> None:
    """Let everybody who sells see that its stock lies otherwise."""
    await run(_STOCKED, {"brand": brand, "sale": sale})


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
        supply=None if row.on_hand is None else Supply(**{n: getattr(row, n) for n in _SUPPLY}),
        state=SaleState(row.state),
        version=row.version,
        target_units=row.target_units,
        target_amount=row.target_amount,
    )


def _figures(supply: Supply | None) -> tuple[int | None, ...]:
    if supply is None:
        return (None, None, None)
    return (supply.on_hand, supply.safety, supply.elsewhere)
