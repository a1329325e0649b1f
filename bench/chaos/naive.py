"""Naive sales, as they are often written: the same blows must tell them from a right one.

`no limit` and `no conditional` take one condition out of the right one. `get and set` counts in
Redis, reading and writing apart; `counter and journal` counts in Redis in one step, and writes its
rows in another.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from types import ModuleType
from typing import Any

from redis.asyncio import Redis
from sqlalchemy import TextClause, text

from capabilities.flash.records import Outcome, Reserved, SoldOut
from store.engine import Run
from store.flash import selling, taking
from store.flash.selling import Asked, Short

VARIANT = "CHAOS_NAIVE"
VARIANTS = ("no limit", "no conditional", "get and set", "counter and journal")
Put = Callable[[Any, str, Any], None]
Write = Callable[[], Awaitable[None]]
Take = Callable[[Redis, str, int, Write], Awaitable[bool]]
_LIMIT = """
    WHERE b.quantity + excluded.quantity <= (SELECT per_member FROM sale WHERE sale.id = b.sale)"""
_CONDITION = "k.remaining - least(k.remaining, locked.wanted)"
_TAKEN = "old.remaining - new.remaining AS taken"
_STOCK = text("""
  SELECT sum(remaining) AS units FROM flash_stock WHERE brand = :brand AND sale = :sale
""")
_WRITE = text("""
  WITH written AS (
  INSERT INTO flash_reservations (brand, sale, id, member, channel, quantity, pool, bucket, state,
                                  reserved_at, pay_until, batch)
  VALUES (:brand, :sale, :id, :member, :channel, :quantity, '', 0, 'PENDING', clock_timestamp(),
          clock_timestamp() + interval '900 seconds', 0)
  ON CONFLICT DO NOTHING RETURNING sale, member, quantity
  ), taken AS (
    UPDATE flash_stock k SET remaining = greatest(k.remaining - w.quantity, 0) FROM written w
    WHERE k.brand = :brand AND k.sale = w.sale AND k.pool = '' AND k.bucket = 0
  )
  INSERT INTO flash_buyers AS b (brand, sale, member, quantity)
  SELECT :brand, sale, member, quantity FROM written
  ON CONFLICT (brand, sale, member) DO UPDATE SET quantity = b.quantity + excluded.quantity
""")


def put_in(variant: str, put: Put, redis_url: str = "") -> None:
    """Make the sale of this process a naive one; `put` sets an attribute."""
    from gateway.flash import batcher  # noqa: PLC0415 - a fail point is put in before it
    from gateway.settings import Settings  # noqa: PLC0415 - as above

    if variant == "no limit":
        put(selling, "_BUYERS", _changed(selling, "_BUYERS", {_LIMIT: ""}))
    elif variant == "no conditional":
        least = {_CONDITION: "greatest(k.remaining - locked.wanted, 0)"}
        taken = {_TAKEN: "locked.wanted AS taken"}
        put(taking, "_TAKE", _changed(taking, "_TAKE", least | taken))
    else:
        url = redis_url or Settings().redis_url.get_secret_value()
        take = {"get and set": _get_and_set, "counter and journal": _count_down}[variant]
        put(batcher, "reserve", partial(_reserve, url, take))


def _changed(module: ModuleType, name: str, parts: Mapping[str, str]) -> TextClause:
    words: str = getattr(module, name).text
    for part, other in parts.items():
        if part not in words:
            raise LookupError(f"the statement has no {part!r} any more")
        words = words.replace(part, other)
    return text(words)


async def _reserve(
    url: str, take: Take, run: Run, _: str, asked: Sequence[Asked]
) -> list[Outcome | Short]:
    async with Redis.from_url(url) as redis:
        return [await _one(redis, take, run, one) for one in asked]


async def _one(redis: Redis, take: Take, run: Run, one: Asked) -> Outcome:
    key = f"naive:{one.home.sale}"
    if not await redis.exists(key):
        (row,) = await run(_STOCK, one.home.named)
        await redis.set(key, int(row.units), nx=True)

    async def write() -> None:
        words = {name: getattr(one.wish, name) for name in ("member", "channel", "quantity")}
        await run(_WRITE, {**one.home.named, "id": one.reservation, **words})

    if not await take(redis, key, one.wish.quantity, write):
        return SoldOut(may_return=False)
    return Reserved(one.reservation, datetime.now(UTC) + timedelta(seconds=900))


async def _get_and_set(redis: Redis, key: str, units: int, write: Write) -> bool:
    left = int(await redis.get(key) or 0)
    if left < units:
        return False
    await write()
    await redis.set(key, left - units)
    return True


async def _count_down(redis: Redis, key: str, units: int, write: Write) -> bool:
    if await redis.decrby(key, units) < 0:
        await redis.incrby(key, units)
        return False
    await write()
    return True
