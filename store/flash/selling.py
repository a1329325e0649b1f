"""How a batch of wishes takes stock: one transaction, after whose commit everybody is answered.

A batch may hold wishes for many sales: their commits cost as much as that of one. Rows are locked
in one sequence, each in sorted order: buyers first, then the buckets of stock, quotas before what
all share. So two batches wait for one another and never cross, and a key that comes twice at once
meets itself at its buyer. Wishes that get nothing leave nothing: no row keeps them from winning
later.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from msgspec import Struct
from sqlalchemy import Row, text

from capabilities.events import Subject, Topic
from capabilities.flash.records import (
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
from store.flash.taking import Home, give_back, taken

# What a buyer may still have is counted where her row is locked; one who may not is locked too.
# A plan that was made while the tables were empty would read all of them when they are full: no
# statement of this transaction is planned to.
_BUYERS = text("""
  WITH sale AS MATERIALIZED (
    SELECT s.*, n.now, s.state = 'OPEN' AND n.now >= s.opens_at AND n.now < s.closes_at AS sells
    FROM flash_sales s, (SELECT clock_timestamp() AS now) n
    WHERE s.brand = :brand AND s.id = ANY (CAST(:named AS text[]))
  ), held AS (
    INSERT INTO flash_buyers AS b (brand, sale, member, quantity)
    SELECT :brand, a.sale, a.member, a.quantity
    FROM unnest(CAST(:sales AS text[]), CAST(:members AS text[]), CAST(:quantities AS integer[]))
         AS a (sale, member, quantity)
    JOIN sale ON sale.id = a.sale AND sale.sells AND a.quantity <= sale.per_member
    ORDER BY a.sale COLLATE "C", a.member COLLATE "C"
    ON CONFLICT (brand, sale, member) DO UPDATE SET quantity = b.quantity + excluded.quantity
    WHERE b.quantity + excluded.quantity <= (SELECT per_member FROM sale WHERE sale.id = b.sale)
    RETURNING sale, member
  ), holding AS (
    SELECT sale, array_agg(member) AS members FROM held GROUP BY sale
  )
  SELECT s.id, s.state, s.opens_at, s.closes_at, s.per_member, s.payment_seconds, s.now, s.sells,
         s.shadow_of IS NOT NULL AS shadow,
         (SELECT nextval('flash_batches')) AS batch, coalesce(h.members, '{}') AS held,
         (SELECT set_config('enable_seqscan', 'off', true)) AS planned
  FROM sale s LEFT JOIN holding h ON h.sale = s.id
""")
# A statement of its own: it sees what was committed while the one before waited for its locks.
# One look by its key for each: a join may be planned to read all that one sale has granted.
_KNOWN = text("""
  SELECT r.id, r.channel, r.quantity, r.state, r.pay_until
  FROM unnest(CAST(:sales AS text[]), CAST(:ids AS uuid[])) AS a (sale, id)
  CROSS JOIN LATERAL (
    SELECT k.id, k.channel, k.quantity, k.state, k.pay_until FROM flash_reservations k
    WHERE k.brand = :brand AND k.sale = a.sale AND k.id = a.id LIMIT 1
  ) r
""")
_RESERVE = text("""
  INSERT INTO flash_reservations (brand, sale, id, member, channel, quantity, pool, bucket, state,
                                  reserved_at, pay_until, batch)
  SELECT :brand, a.sale, a.id, a.member, a.channel, a.quantity, a.pool, a.bucket, 'PENDING', :now,
         a.pay_until, :batch
  FROM unnest(CAST(:sales AS text[]), CAST(:ids AS uuid[]), CAST(:members AS text[]),
              CAST(:channels AS text[]), CAST(:quantities AS integer[]), CAST(:pools AS text[]),
              CAST(:buckets AS integer[]), CAST(:dues AS timestamptz[]))
       AS a (sale, id, member, channel, quantity, pool, bucket, pay_until)
""")
_UNPAID = text("""
  SELECT 1 FROM flash_reservations
  WHERE brand = :brand AND sale = :sale AND state IN ('PENDING', 'ORDERED') LIMIT 1
""")


class Short(Struct, frozen=True, gc=False):
    """This bucket has too little for her: another one may have more."""


class Asked(Struct, frozen=True, gc=False):
    """A wish, and where the process that has it takes stock from."""

    home: Home
    wish: Wish

    @property
    def reservation(self) -> UUID:
        """The id that this wish has wherever and however often it comes."""
        return self.wish.reservation(self.home.brand, self.home.sale)


async def reserve(run: Run, brand: str, asked: Sequence[Asked]) -> list[Outcome | Short]:
    """What becomes of each wish, in order; at most one of a member and sale comes in one batch.

    The first come are the first served.
    """
    sales = await _hold(run, brand, asked)
    ids = [one.reservation for one in asked]
    known = await _known(run, brand, asked, ids)
    outcomes: list[Outcome | Short] = []
    wanted, held = [], []
    for place, (one, named) in enumerate(zip(asked, ids, strict=True)):
        sale = sales[one.home.sale]
        holds = sale.sells and one.wish.member in sale.members
        outcomes.append(_first_answer(one.wish, known.get(named), sale))
        if holds:
            held.append(place)
            if named not in known:
                wanted.append(place)
                outcomes[place] = Short()
    pools = await taken(run, [(place, asked[place].home, asked[place].wish) for place in wanted])
    await _record(run, brand, sales, asked, ids, pools)
    for place in pools:
        outcomes[place] = Reserved(ids[place], sales[asked[place].home.sale].due)
    losers = [asked[place] for place in held if place not in pools]
    await give_back(run, brand, [(one.home.sale, one.wish) for one in losers])
    return outcomes


async def reserved_before(
    run: Run, brand: str, asked: Sequence[Asked]
) -> Mapping[UUID, Reserved | DuplicateRequest]:
    """What is known of wishes by their ids, where a commit left open whether it took effect."""
    ids = [one.reservation for one in asked]
    known = await _known(run, brand, asked, ids)
    wishes = {named: one.wish for one, named in zip(asked, ids, strict=True)}
    return {named: _again(wishes[named], row) for named, row in known.items()}


async def may_return(run: Run, home: Home) -> bool:
    """Whether pieces may come back: some are reserved and not paid yet."""
    return bool(await run(_UNPAID, home.named))


class _Sale(Struct, frozen=True):
    """A sale as its batch found it; `members` may have what they wish.

    What happens in a shadow is told to nobody.
    """

    state: SaleState
    opens_at: datetime
    closes_at: datetime
    per_member: int
    now: datetime
    due: datetime
    sells: bool
    batch: int
    members: frozenset[str]
    shadow: bool


async def _hold(run: Run, brand: str, asked: Sequence[Asked]) -> Mapping[str, _Sale]:
    columns: dict[str, list[Any]] = {
        "sales": [one.home.sale for one in asked],
        "members": [one.wish.member for one in asked],
        "quantities": [one.wish.quantity for one in asked],
    }
    named = list(dict.fromkeys(columns["sales"]))
    rows = await run(_BUYERS, {"brand": brand, "named": named, **columns})
    found = {row.id: _sale(row) for row in rows}
    missing = [sale for sale in named if sale not in found]
    if missing:
        raise LookupError(f"there is no flash sale {missing[0]}")
    return found


def _sale(row: Row[Any]) -> _Sale:
    return _Sale(
        SaleState(row.state),
        row.opens_at,
        row.closes_at,
        row.per_member,
        row.now,
        row.now + timedelta(seconds=row.payment_seconds),
        row.sells,
        row.batch,
        frozenset(row.held),
        row.shadow,
    )


async def _known(
    run: Run, brand: str, asked: Sequence[Asked], ids: Sequence[UUID]
) -> Mapping[UUID, Row[Any]]:
    columns = {"sales": [one.home.sale for one in asked], "ids": list(ids)}
    rows = await run(_KNOWN, {"brand": brand, **columns})
    return {row.id: row for row in rows}


def _first_answer(wish: Wish, earlier: Row[Any] | None, sale: _Sale) -> Outcome:
    """What is said where nothing is taken: a key that is known keeps its answer."""
    if earlier is not None:
        return _again(wish, earlier)
    if not sale.sells:
        return NotOpen(sale.state, sale.opens_at, sale.closes_at)
    return LimitReached(sale.per_member)


def _again(wish: Wish, earlier: Row[Any]) -> Reserved | DuplicateRequest:
    if (earlier.channel, earlier.quantity) != (wish.channel, wish.quantity):
        return DuplicateRequest()
    return Reserved(earlier.id, earlier.pay_until, replay=True)


async def _record(
    run: Run,
    brand: str,
    sales: Mapping[str, _Sale],
    asked: Sequence[Asked],
    ids: Sequence[UUID],
    pools: Mapping[int, str],
) -> None:
    if not pools:
        return
    granted = [asked[place] for place in pools]
    columns: dict[str, list[Any]] = {
        "sales": [one.home.sale for one in granted],
        "ids": [ids[place] for place in pools],
        "members": [one.wish.member for one in granted],
        "channels": [one.wish.channel for one in granted],
        "quantities": [one.wish.quantity for one in granted],
        "pools": list(pools.values()),
        "buckets": [one.home.bucket for one in granted],
        "dues": [sales[one.home.sale].due for one in granted],
    }
    sale = sales[granted[0].home.sale]
    await run(_RESERVE, {"brand": brand, "now": sale.now, "batch": sale.batch, **columns})
    real = [name for name in dict.fromkeys(columns["sales"]) if not sales[name].shadow]
    told = [Subject(str(sale.batch), name) for name in real]
    await tell(run, brand, Topic.FLASH_RESERVED, told)
