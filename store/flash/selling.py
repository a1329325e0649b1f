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
from store.flash.granting import Batch, Grant, granted
from store.flash.taking import Home, give_back

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
    RETURNING sale, member, old.member IS NULL AS new
  ), holding AS (
    SELECT sale, array_agg(member) FILTER (WHERE new) AS newcomers,
           array_agg(member) FILTER (WHERE NOT new) AS regulars
    FROM held GROUP BY sale
  )
  SELECT s.id, s.state, s.opens_at, s.closes_at, s.per_member, s.payment_seconds, s.now, s.sells,
         s.shadow_of IS NOT NULL AS shadow,
         (SELECT nextval('flash_batches')) AS batch, h.newcomers, h.regulars,
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
    named = [(one, one.reservation, sales[one.home.sale]) for one in asked]
    # who is new in a sale has nothing there yet
    known = await _known(run, brand, [_at(o, n) for o, n, sale in named if not sale.is_new(o.wish)])
    held = [(one, name, sale) for one, name, sale in named if sale.holds(one.wish)]
    got = await granted(
        run,
        _batch(brand, sales),
        [Grant(o.home, o.wish, name, sale.due) for o, name, sale in held if name not in known],
    )
    losers = [(one.home.sale, one.wish) for one, name, _ in held if name not in got]
    await give_back(run, brand, losers)
    return [
        Reserved(name, sale.due) if name in got else _refused(one.wish, known.get(name), sale)
        for one, name, sale in named
    ]


async def reserved_before(
    run: Run, brand: str, asked: Sequence[Asked]
) -> Mapping[UUID, Reserved | DuplicateRequest]:
    """What is known of wishes by their ids, where a commit left open whether it took effect."""
    wishes = {one.reservation: one.wish for one in asked}
    known = await _known(run, brand, [_at(one, one.reservation) for one in asked])
    return {named: _again(wishes[named], row) for named, row in known.items()}


async def may_return(run: Run, home: Home) -> bool:
    """Whether pieces may come back: some are reserved and not paid yet."""
    return bool(await run(_UNPAID, home.named))


class _Sale(Struct, frozen=True):
    """A sale as its batch found it; `newcomers` and `regulars` may have what they wish.

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
    newcomers: frozenset[str]
    regulars: frozenset[str]
    shadow: bool

    def holds(self, wish: Wish) -> bool:
        """Whether what she wishes is counted as hers, for as long as the batch lasts."""
        return wish.member in self.newcomers or wish.member in self.regulars

    def is_new(self, wish: Wish) -> bool:
        """Whether nothing here was ever hers: what was has left a row, also once it is back."""
        return wish.member in self.newcomers


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
        frozenset(row.newcomers or ()),
        frozenset(row.regulars or ()),
        row.shadow,
    )


def _batch(brand: str, sales: Mapping[str, _Sale]) -> Batch:
    """One number for all of a batch: that of any of its sales."""
    first = next(iter(sales.values()))
    shadows = [name for name, sale in sales.items() if sale.shadow]
    return Batch(brand, first.batch, first.now, shadows)


def _at(one: Asked, named: UUID) -> tuple[str, UUID]:
    return one.home.sale, named


async def _known(run: Run, brand: str, keys: Sequence[tuple[str, UUID]]) -> Mapping[UUID, Row[Any]]:
    if not keys:
        return {}
    columns = {"sales": [sale for sale, _ in keys], "ids": [named for _, named in keys]}
    rows = await run(_KNOWN, {"brand": brand, **columns})
    return {row.id: row for row in rows}


def _refused(wish: Wish, earlier: Row[Any] | None, sale: _Sale) -> Outcome | Short:
    """What is said where nothing is granted: a key that is known keeps its answer."""
    if earlier is not None:
        return _again(wish, earlier)
    if not sale.sells:
        return NotOpen(sale.state, sale.opens_at, sale.closes_at)
    return Short() if sale.holds(wish) else LimitReached(sale.per_member)


def _again(wish: Wish, earlier: Row[Any]) -> Reserved | DuplicateRequest:
    if (earlier.channel, earlier.quantity) != (wish.channel, wish.quantity):
        return DuplicateRequest()
    return Reserved(earlier.id, earlier.pay_until, replay=True)
