"""Reservations that were paid, many in one transaction, each once under its key."""

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from msgspec import Struct
from sqlalchemy import text

from capabilities.flash.records import ReservationState
from store.engine import Run, Store
from store.flash.settling import pay, tell_paid_late
from store.wishes import KeyReused, Wish, once_each, wished_before

_NAME = "payReservation"
_HOLD = text("""
  SELECT id, state FROM flash_reservations
  WHERE brand = :brand AND sale = :sale AND id = ANY (CAST(:ids AS uuid[]))
  ORDER BY id FOR UPDATE
""")


class Paying(Struct, frozen=True):
    """Somebody's word that a reservation was paid, under a key of hers."""

    sale: str
    reservation: UUID
    author: str
    key: str

    @property
    def wish(self) -> Wish:
        """The same as a wish."""
        return Wish(self.author, self.key, [_NAME, self.sale, str(self.reservation)])


class Settled(Struct, frozen=True):
    """How one ended: nothing where it took effect, else why not."""

    code: str | None = None


Paid = Settled | KeyReused


async def pay_all(run: Run, brand: str, some: Sequence[Paying]) -> list[Paid]:
    """What became of each; one that was released before is told of, for its money goes back."""

    async def do(places: Sequence[int]) -> Sequence[Settled]:
        asked: defaultdict[str, list[UUID]] = defaultdict(list)
        for place in places:
            asked[some[place].sale].append(some[place].reservation)
        ends: dict[tuple[str, UUID], Settled] = {}
        for sale, ids in sorted(asked.items()):  # as every batch goes through them
            ends |= {(sale, key): end for key, end in (await _paid(run, brand, sale, ids)).items()}
        unknown = Settled(code="RESERVATION_UNKNOWN")
        return [ends.get((some[p].sale, some[p].reservation), unknown) for p in places]

    return await once_each(run, brand, [one.wish for one in some], Settled, do)


async def paid_before(run: Run, brand: str, some: Sequence[Paying]) -> list[Paid | None]:
    """What became of those that stand, None where one does not."""
    return await wished_before(run, brand, [one.wish for one in some], Settled)


async def _paid(run: Run, brand: str, sale: str, ids: Sequence[UUID]) -> dict[UUID, Settled]:
    rows = await run(_HOLD, {"brand": brand, "sale": sale, "ids": list(ids)})
    states = {row.id: ReservationState(row.state) for row in rows}
    await pay(run, brand, sale, [key for key, state in states.items() if not state.released])
    for key, state in states.items():
        if state.released:
            await tell_paid_late(run, brand, sale, key)
    late = Settled(code="RESERVATION_RELEASED")
    return {key: late if state.released else Settled() for key, state in states.items()}


class PaidReservations:
    """The reservations of one brand, as a desk pays them."""

    def __init__(self, store: Store, brand: str) -> None:
        self._store = store
        self._brand = brand

    async def pay(self, some: Sequence[Paying]) -> list[Paid]:
        """What became of each; all of it is durable when this answers."""
        return await self._store.transaction(lambda run: pay_all(run, self._brand, some))

    async def stands(self, some: Sequence[Paying]) -> list[Paid | None]:
        """What became of those that stand."""
        return await self._store.transaction(lambda run: paid_before(run, self._brand, some))
