"""What was acknowledged against what stands: every fault of a sale, in words."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import psycopg

from bench.santong import BRAND
from capabilities.flash.records import FlashSale
from store.engine import Store
from store.flash.audit import audit

Ack: TypeAlias = Mapping[str, str]
_STANDING = ("PENDING", "ORDERED", "PAID")
_ROWS = "SELECT id::text, sale, member, quantity, state FROM flash_reservations WHERE brand = %s"
_LEFT = "SELECT sale, sum(remaining) FROM flash_stock WHERE brand = %s GROUP BY sale"
# Whoever makes an order of it hears of it by an event; of one that is an order nobody must hear.
_UNTOLD = """
  SELECT count(*) FROM flash_reservations r WHERE brand = %s AND NOT EXISTS (
    SELECT FROM events e WHERE e.brand = r.brand AND e.topic = 'flash.reserved'
      AND e.channel = r.sale AND e.key = r.batch::text
  ) AND NOT EXISTS (
    SELECT FROM flash_orders o WHERE o.brand = r.brand AND o.sale = r.sale AND o.reservation = r.id)
"""
_UNORDERED = """
  SELECT count(*) FROM flash_reservations r WHERE brand = %s AND state <> 'RELEASED'
    AND NOT EXISTS (SELECT FROM flash_orders o WHERE o.brand = r.brand AND o.sale = r.sale
                    AND o.reservation = r.id)
"""
_LATE = "SELECT key FROM events WHERE brand = %s AND topic = 'flash.paid_late'"


@dataclass(frozen=True, slots=True)
class Held:
    """A reservation as its row has it."""

    id: str
    sale: str
    member: str
    quantity: int
    state: str

    @property
    def stands(self) -> bool:
        """Whether its pieces are out of the stock."""
        return self.state in _STANDING


@dataclass(slots=True)
class Verdict:
    """What was found; `faults` is empty where all agrees."""

    acknowledged: int = 0
    rows: int = 0
    paid: int = 0
    lost: int = 0
    doubled: int = 0
    oversold: int = 0
    leaked: int = 0
    faults: list[str] = field(default_factory=list)

    def found(self, many: int, what: str) -> int:
        """Write down a fault that was found so often."""
        if many:
            self.faults.append(f"{many} {what}")
        return many


def judged(
    database: str, sales: Sequence[FlashSale], acks: Sequence[Ack], *, settled: bool = True
) -> Verdict:
    """The verdict over rows and acknowledgements, once all of the stock was wanted.

    `settled` where somebody was there to take payments to the end.
    """
    with psycopg.connect(database) as connection:
        rows = [Held(*row) for row in connection.execute(_ROWS, [BRAND])]
        left = {sale: int(units) for sale, units in connection.execute(_LEFT, [BRAND])}
        (untold,) = connection.execute(_UNTOLD, [BRAND]).fetchone() or (0,)
        (unordered,) = connection.execute(_UNORDERED, [BRAND]).fetchone() or (0,)
        late = {key for (key,) in connection.execute(_LATE, [BRAND])}
    verdict = Verdict(rows=len(rows), paid=sum(one.state == "PAID" for one in rows))
    _weigh_acks(verdict, {one.id: one for one in rows}, acks, late)
    for sale in sales:
        _weigh_stock(verdict, sale, [one for one in rows if one.sale == sale.id], left[sale.id])
        verdict.found(left[sale.id], f"units of {sale.id} are left though more were wanted")
    verdict.found(untold, "reservations of which no event tells")
    open_ones = sum(one.stands and one.state != "PAID" for one in rows)
    verdict.found(open_ones * settled, "reservations were settled by nobody")
    verdict.found(unordered * settled, "reservations became no order")
    verdict.faults += asyncio.run(_audited(database, [sale.id for sale in sales]))
    return verdict


def _weigh_acks(
    verdict: Verdict, rows: Mapping[str, Held], acks: Sequence[Ack], late: Iterable[str]
) -> None:
    told = [one for one in acks if one["what"] == "reserved"]
    verdict.acknowledged = len({one["id"] for one in told})
    unknown = {
        one["id"]
        for one in told
        if one["id"] not in rows or rows[one["id"]].member != one["member"]
    }
    verdict.lost = verdict.found(len(unknown), "acknowledged reservations do not stand")
    by_wish: defaultdict[tuple[str, str, str], set[str]] = defaultdict(set)
    for one in told:
        by_wish[one["sale"], one["member"], one["key"]].add(one["id"])
    twice = sum(len(ids) > 1 for ids in by_wish.values())
    verdict.doubled = verdict.found(twice, "wishes have two reservations")
    for what, state in (
        ("paid", "PAID"),
        ("cancelled", "RELEASED"),
        ("paid: declined", "RELEASED"),
        ("cancelled: declined", "PAID"),
    ):
        named = {one["id"] for one in acks if one["what"] == what and one["id"] in rows}
        other = sum(rows[one].state != state for one in named)
        verdict.lost += verdict.found(other, f"were told {what!r} and are not {state}")
    declined = {one["id"] for one in acks if one["what"] == "paid: declined"}
    verdict.found(len(declined - set(late)), "paid late, and no event says that it goes back")


def _weigh_stock(verdict: Verdict, sale: FlashSale, rows: Sequence[Held], left: int) -> None:
    stock = sum(sale.pools.values())
    standing = sum(one.quantity for one in rows if one.stands)
    beyond = max(0, standing - stock)
    verdict.oversold += verdict.found(beyond, f"units of {sale.id} are sold beyond the stock")
    gone = abs(stock - standing - left) if not beyond else 0
    verdict.leaked += verdict.found(gone, f"units of {sale.id} are neither left nor reserved")
    has: Counter[str] = Counter()
    for one in rows:
        has[one.member] += one.quantity if one.stands else 0
    greedy = sum(units > sale.per_member for units in has.values())
    verdict.found(greedy, f"buyers have more than {sale.per_member} of {sale.id}")


async def _audited(database: str, sales: Sequence[str]) -> list[str]:
    store = Store.open(database, deadline_seconds=120)
    faults: list[str] = []
    for sale in sales:
        found = await store.transaction(lambda run, sale=sale: audit(run, BRAND, sale))  # type: ignore[misc]
        faults += [f"auditor, {sale}: {one}" for one in found.faults]
    await store.aclose()
    return faults
