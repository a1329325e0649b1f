"""Reservations that a batch makes: stock is taken for them, they stand, and others are told.

Where a bucket of what all share has enough for everybody who takes from it, one statement does all
three. Only where it has not somebody must look who came first.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Struct
from sqlalchemy import text

from capabilities.events import Topic
from capabilities.flash.records import SHARED, Wish
from store.engine import TELLS, Run
from store.events import TELLING
from store.flash.taking import Home, taken

# Locked in order before they change: an update alone takes them as they come.
_GRANT = text(f"""
  WITH wanted AS MATERIALIZED (
    SELECT * FROM unnest(
      CAST(:sales AS text[]), CAST(:ids AS uuid[]), CAST(:members AS text[]),
      CAST(:channels AS text[]), CAST(:quantities AS integer[]), CAST(:pools AS text[]),
      CAST(:buckets AS integer[]), CAST(:dues AS timestamptz[]), CAST(:had AS boolean[])
    ) AS a (sale, id, member, channel, quantity, pool, bucket, pay_until, had)
  ), locked AS MATERIALIZED (
    SELECT k.sale, k.bucket, a.units
    FROM (SELECT sale, bucket, sum(quantity) AS units FROM wanted
          WHERE NOT had GROUP BY sale, bucket) a
    JOIN flash_stock k
      ON k.brand = :brand AND k.sale = a.sale AND k.pool = :shared AND k.bucket = a.bucket
    ORDER BY k.sale, k.bucket FOR UPDATE OF k
  ), gave AS (
    UPDATE flash_stock k SET remaining = k.remaining - locked.units
    FROM locked
    WHERE k.brand = :brand AND k.sale = locked.sale AND k.pool = :shared
      AND k.bucket = locked.bucket AND k.remaining >= locked.units
    RETURNING k.sale, k.bucket
  ), granted AS (
    INSERT INTO flash_reservations (brand, sale, id, member, channel, quantity, pool, bucket,
                                    state, reserved_at, pay_until, batch)
    SELECT :brand, w.sale, w.id, w.member, w.channel, w.quantity, w.pool, w.bucket,
           'PENDING', :now, w.pay_until, :batch
    FROM wanted w
    WHERE w.had OR EXISTS (SELECT FROM gave WHERE gave.sale = w.sale AND gave.bucket = w.bucket)
    RETURNING sale
  ), told AS ({TELLING}
    (SELECT DISTINCT sale AS channel, CAST(:batch AS text) AS key FROM granted
     WHERE sale <> ALL (CAST(:shadows AS text[]))) AS a
  )
  SELECT sale, bucket FROM gave
""").execution_options(**{TELLS: True})  # noqa: S608 - ours alone


class Grant(Struct, frozen=True, gc=False):
    """A reservation that is made if there is stock for it."""

    home: Home
    wish: Wish
    named: UUID
    pay_until: datetime


class Batch(Struct, frozen=True):
    """Whose grants they are, and when; what happens in `shadows` is told to nobody."""

    brand: str
    number: int
    now: datetime
    shadows: Sequence[str]


async def granted(run: Run, batch: Batch, wanted: Sequence[Grant]) -> Collection[UUID]:
    """Those that are reserved by this; the first come are the first served.

    Of every batch quotas come first and what all share last.
    """
    if not wanted:
        return ()
    quotas = [one for one in wanted if one.wish.channel in one.home.quotas]
    pools = await _taken(run, quotas, shared=False)
    gave = await _grant(run, batch, wanted, pools)
    left = [one for one in wanted if one.named not in pools]
    whole = {one.named for one in left if (one.home.sale, one.home.bucket) in gave}
    short = [one for one in left if one.named not in whole]
    late = await _taken(run, short, shared=True)
    if late:
        await _grant(run, batch, [one for one in short if one.named in late], late)
    return {*pools, *whole, *late}


async def _taken(run: Run, some: Sequence[Grant], *, shared: bool) -> Mapping[UUID, str]:
    """The pool that each of these takes from, where it has enough for her."""
    asked = [(one.home, SHARED if shared else one.wish.channel, one.wish.quantity) for one in some]
    places = await taken(run, asked)
    return {some[place].named: asked[place][1] for place in places}


async def _grant(
    run: Run, batch: Batch, wanted: Sequence[Grant], had: Mapping[UUID, str]
) -> Collection[tuple[str, int]]:
    """Reserve for those who `had` theirs from a pool, and where a bucket has enough for the rest.

    Sales and buckets that had.
    """
    columns: dict[str, list[Any]] = {
        "sales": [one.home.sale for one in wanted],
        "ids": [one.named for one in wanted],
        "members": [one.wish.member for one in wanted],
        "channels": [one.wish.channel for one in wanted],
        "quantities": [one.wish.quantity for one in wanted],
        "pools": [had.get(one.named, SHARED) for one in wanted],
        "buckets": [one.home.bucket for one in wanted],
        "dues": [one.pay_until for one in wanted],
        "had": [one.named in had for one in wanted],
    }
    told = {"topic": Topic.FLASH_RESERVED.value, "shadows": list(batch.shadows)}
    about = {"brand": batch.brand, "batch": batch.number, "now": batch.now, "shared": SHARED}
    rows = await run(_GRANT, {**about, **told, **columns})
    return {(row.sale, row.bucket) for row in rows}
