"""How a batch of wishes takes stock: one transaction, after whose commit everybody is answered.

Rows are locked in one sequence, each in sorted order: buyers first, then the buckets of stock. So
two batches wait for one another and never cross, and a key that comes twice at once meets itself
at its buyer. Wishes that get nothing leave nothing: no row keeps them from winning later.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from msgspec import Struct
from sqlalchemy import Row, text

from capabilities.events import Subject, Topic
from capabilities.flash.records import (
    SHARED,
    DuplicateRequest,
    LimitReached,
    NotOpen,
    Outcome,
    Reserved,
    SaleState,
    Wish,
)
from store.engine import Run
from store.events import tell

# What a buyer may still have is counted where her row is locked; one who may not is locked too.
_BUYERS = text("""
  WITH sale AS MATERIALIZED (
    SELECT s.*, clock_timestamp() AS now FROM flash_sales s
    WHERE s.brand = :brand AND s.id = :sale
  ), held AS (
    INSERT INTO flash_buyers AS b (brand, sale, member, quantity)
    SELECT :brand, :sale, a.member, a.quantity
    FROM unnest(CAST(:members AS text[]), CAST(:quantities AS integer[])) AS a (member, quantity),
         sale
    WHERE sale.state = 'OPEN' AND sale.now >= sale.opens_at AND sale.now < sale.closes_at
      AND a.quantity <= sale.per_member
    ORDER BY a.member
    ON CONFLICT (brand, sale, member) DO UPDATE SET quantity = b.quantity + excluded.quantity
    WHERE b.quantity + excluded.quantity <= (SELECT per_member FROM sale)
    RETURNING member
  )
  SELECT state, opens_at, closes_at, per_member, payment_seconds, now,
         state = 'OPEN' AND now >= opens_at AND now < closes_at AS sells,
         CAST(nextval('flash_batches') AS bigint) AS batch,
         ARRAY(SELECT member FROM held) AS held
  FROM sale
""")
# A statement of its own: it sees what was committed while the one before waited for its locks.
_KNOWN = text("""
  SELECT id, channel, quantity, state, pay_until FROM flash_reservations
  WHERE brand = :brand AND sale = :sale AND id = ANY (CAST(:ids AS uuid[]))
""")
_TAKE = text("""
  UPDATE flash_stock SET remaining = remaining - least(remaining, :wanted)
  WHERE brand = :brand AND sale = :sale AND pool = :pool AND bucket = :bucket
  RETURNING old.remaining - new.remaining AS taken
""")
_PUT_BACK = text("""
  UPDATE flash_stock SET remaining = remaining + :left
  WHERE brand = :brand AND sale = :sale AND pool = :pool AND bucket = :bucket
""")
_RESERVE = text("""
  INSERT INTO flash_reservations (brand, sale, id, member, channel, quantity, pool, bucket, state,
                                  reserved_at, pay_until, batch)
  SELECT :brand, :sale, a.id, a.member, a.channel, a.quantity, a.pool, :bucket, 'PENDING', :now,
         :pay_until, :batch
  FROM unnest(CAST(:ids AS uuid[]), CAST(:members AS text[]), CAST(:channels AS text[]),
              CAST(:quantities AS integer[]), CAST(:pools AS text[]))
       AS a (id, member, channel, quantity, pool)
""")
_UNPAID = text("""
  SELECT 1 FROM flash_reservations
  WHERE brand = :brand AND sale = :sale AND state IN ('PENDING', 'ORDERED') LIMIT 1
""")
_GIVE_BACK = text("""
  UPDATE flash_buyers b SET quantity = b.quantity - a.quantity
  FROM unnest(CAST(:members AS text[]), CAST(:quantities AS integer[])) AS a (member, quantity)
  WHERE b.brand = :brand AND b.sale = :sale AND b.member = a.member
""")


class Short(Struct, frozen=True, gc=False):
    """This bucket has too little for her: another one may have more."""


class Home(Struct, frozen=True, gc=False):
    """Where a process takes stock from: its own bucket of every pool of one sale."""

    brand: str
    sale: str
    bucket: int

    @property
    def named(self) -> dict[str, Any]:
        """The sale, as statements name it."""
        return {"brand": self.brand, "sale": self.sale}


class _Grant(Struct, gc=False):
    place: int
    pool: str


async def reserve(
    run: Run, home: Home, wishes: Sequence[Wish], quotas: Collection[str]
) -> list[Outcome | Short]:
    """What becomes of each wish, in order; at most one of a member comes in one batch.

    `quotas` names channels with a quota of their own, which is used up before the shared pool. The
    first come are the first served.
    """
    sale = await _hold(run, home, wishes)
    if not sale.sells:
        return [NotOpen(SaleState(sale.state), sale.opens_at, sale.closes_at)] * len(wishes)
    ids = [wish.reservation(home.brand, home.sale) for wish in wishes]
    rows = await run(_KNOWN, {**home.named, "ids": ids})
    known = {row.id: row for row in rows}
    held = set(sale.held)
    outcomes: list[Outcome | Short] = []
    open_ones = []
    for place, (wish, one) in enumerate(zip(wishes, ids, strict=True)):
        earlier = known.get(one)
        outcomes.append(_first_answer(wish, earlier, sale.per_member))
        if earlier is None and wish.member in held:
            open_ones.append(place)
    grants = await _taken(run, home, [(place, wishes[place]) for place in open_ones], quotas)
    await _record(run, home, sale, wishes, ids, grants)
    granted = {grant.place for grant in grants}
    for place in open_ones:
        taken = place in granted
        outcomes[place] = Reserved(ids[place], _due(sale)) if taken else Short()
    losers = [
        wish for place, wish in enumerate(wishes) if wish.member in held and place not in granted
    ]
    await _give_back(run, home, losers)
    return outcomes


async def reserved_before(
    run: Run, home: Home, wishes: Sequence[Wish]
) -> Mapping[UUID, Reserved | DuplicateRequest]:
    """What is known of wishes by their ids, where a commit left open whether it took effect."""
    ids = {wish.reservation(home.brand, home.sale): wish for wish in wishes}
    rows = await run(_KNOWN, {**home.named, "ids": list(ids)})
    return {row.id: _again(ids[row.id], row) for row in rows}


async def may_return(run: Run, home: Home) -> bool:
    """Whether pieces may come back: some are reserved and not paid yet."""
    return bool(await run(_UNPAID, home.named))


async def _hold(run: Run, home: Home, wishes: Sequence[Wish]) -> Row[Any]:
    columns = {
        "members": [wish.member for wish in wishes],
        "quantities": [wish.quantity for wish in wishes],
    }
    rows = await run(_BUYERS, {**home.named, **columns})
    if not rows:
        raise LookupError(f"there is no flash sale {home.sale}")
    return rows[0]


def _first_answer(wish: Wish, earlier: Row[Any] | None, limit: int) -> Outcome:
    return LimitReached(limit) if earlier is None else _again(wish, earlier)


def _again(wish: Wish, earlier: Row[Any]) -> Reserved | DuplicateRequest:
    if (earlier.channel, earlier.quantity) != (wish.channel, wish.quantity):
        return DuplicateRequest()
    return Reserved(earlier.id, earlier.pay_until, replay=True)


async def _taken(
    run: Run, home: Home, wanted: Sequence[tuple[int, Wish]], quotas: Collection[str]
) -> list[_Grant]:
    """Stock for these wishes, first from the quota of their channel, then from what all share."""
    by_pool: defaultdict[str, list[tuple[int, Wish]]] = defaultdict(list)
    for place, wish in wanted:
        by_pool[wish.channel if wish.channel in quotas else SHARED].append((place, wish))
    left = by_pool.pop(SHARED, [])
    grants: list[_Grant] = []
    for pool in sorted(by_pool):
        got, short = await _from_pool(run, home, pool, by_pool[pool])
        grants += got
        left += short
    # the shared pool is named by the empty word, and yet comes last: for every batch alike
    got, _ = await _from_pool(run, home, SHARED, sorted(left, key=lambda one: one[0]))
    return grants + got


async def _from_pool(
    run: Run, home: Home, pool: str, wanted: Sequence[tuple[int, Wish]]
) -> tuple[list[_Grant], list[tuple[int, Wish]]]:
    if not wanted:
        return [], []
    where = {**home.named, "pool": pool, "bucket": home.bucket}
    need = sum(wish.quantity for _, wish in wanted)
    rows = await run(_TAKE, {**where, "wanted": need})
    stock = rows[0].taken if rows else 0
    grants, short = [], []
    for place, wish in wanted:
        if wish.quantity <= stock:
            stock -= wish.quantity
            grants.append(_Grant(place, pool))
        else:
            short.append((place, wish))
    if stock:
        await run(_PUT_BACK, {**where, "left": stock})
    return grants, short


async def _record(
    run: Run,
    home: Home,
    sale: Row[Any],
    wishes: Sequence[Wish],
    ids: Sequence[UUID],
    grants: Sequence[_Grant],
) -> None:
    if not grants:
        return
    granted = [wishes[grant.place] for grant in grants]
    await run(
        _RESERVE,
        {
            **home.named,
            "bucket": home.bucket,
            "now": sale.now,
            "pay_until": _due(sale),
            "batch": sale.batch,
            "ids": [ids[grant.place] for grant in grants],
            "members": [wish.member for wish in granted],
            "channels": [wish.channel for wish in granted],
            "quantities": [wish.quantity for wish in granted],
            "pools": [grant.pool for grant in grants],
        },
    )
    subject = Subject(key=str(sale.batch), channel=home.sale)
    await tell(run, home.brand, Topic.FLASH_RESERVED, [subject])


def _due(sale: Row[Any]) -> datetime:
    moment: datetime = sale.now
    return moment + timedelta(seconds=sale.payment_seconds)


async def _give_back(run: Run, home: Home, losers: Sequence[Wish]) -> None:
    if losers:
        columns = {
            "members": [wish.member for wish in losers],
            "quantities": [wish.quantity for wish in losers],
        }
        await run(_GIVE_BACK, {**home.named, **columns})
