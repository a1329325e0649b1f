"""Flash sales as one caller meets them."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from uuid import UUID

from capabilities.caller import Caller, Role
from capabilities.errors import BadInput
from capabilities.flash.moment import SaleMoment
from capabilities.flash.ordering import FlashOrder
from capabilities.flash.records import FlashSale, Outcome
from capabilities.flash.settled import Reservation, ReservationDeclined, SaleFigures, Settling
from capabilities.operations import IdempotencyKeyReused
from capabilities.visibility import OPERATORS
from gateway.federation.asking import Request
from gateway.flash.desk import Desk
from gateway.flash.following import FollowedReservations
from gateway.flash.people import one_ids
from store.engine import Run
from store.flash.audit import audit
from store.flash.orders import Key, shown
from store.flash.paying import Paying, Settled
from store.flash.sales import read_sale
from store.flash.settling import read_reservation, release
from store.owned import Owned
from store.wishes import KeyReused, once

_CANCELLED = "CANCELLED"
_PATH = ("input", "reservation")


_Do = Callable[[Run, Reservation], Awaitable[Settled]]


class FlashCounter:
    """Implements `schema.flash_part.FlashPart`."""

    def __init__(
        self,
        owned: Owned,
        caller: Caller,
        request: Request,
        desk: Desk | None,
        followed: FollowedReservations | None = None,
    ) -> None:
        self._owned = owned
        self._request = request
        self._caller = caller
        self._desk = desk
        self._followed = followed

    async def sale(self, sale: str) -> FlashSale | None:
        """One sale."""
        return await self._owned.store.transaction(
            lambda run: read_sale(run, self._owned.brand, sale)
        )

    async def figures(self, sale: str) -> SaleFigures:
        """What the auditor finds in its rows now."""
        return await self._owned.store.transaction(lambda run: audit(run, self._owned.brand, sale))

    async def reservation(self, sale: str, key: UUID) -> Reservation | None:
        """One reservation that the caller may see."""
        store = self._owned.store
        found = await read_reservation(store.rows, self._owned.brand, sale, key)
        return found if found is None or await self._is_hers(found) else None

    async def order_of(self, reservation: Reservation) -> FlashOrder | None:
        """How far its order is; None before there is one."""
        store, brand = self._owned.store, self._owned.brand

        async def ask(keys: Sequence[Key]) -> Sequence[FlashOrder | None]:
            return await store.transaction(lambda run: shown(run, brand, keys))

        key = (reservation.sale, reservation.key)
        found: FlashOrder | None = await self._request.load_with("flash orders", ask, key)
        return found

    async def place(self, sale: str, ticket: str, quantity: int, key: str) -> Outcome:
        """What becomes of a wish of whoever holds the ticket."""
        desk = self._open_desk()
        held = desk.admitted(sale, ticket.encode())
        return await desk.place(sale, held, key, quantity)

    def moments(self, sale: str) -> AsyncIterator[SaleMoment]:
        """How one stands, as it goes on: every second for those who run it."""
        desk = self._open_desk()
        desk.offer(sale)
        return desk.moments(sale, each=self._caller.role in OPERATORS)

    def follow(self, reservation: Reservation) -> AsyncIterator[Reservation]:
        """A reservation as it is, and at each change until it is settled."""
        if self._followed is None:
            raise TypeError("a platform that follows no reservations")
        return self._followed.follow(reservation)

    async def pay(self, sale: str, reservation: UUID, key: str) -> Settling:
        """Say that one was paid, together with others that are at this moment."""
        desk = self._open_desk()
        if await self.reservation(sale, reservation) is None:
            return _unknown()
        paid = await desk.pay(Paying(sale, reservation, self._caller.subject, key))
        if isinstance(paid, KeyReused):
            return _reused()
        return self._answer(paid, await self.reservation(sale, reservation))

    async def cancel(self, sale: str, reservation: UUID, key: str) -> Settling:
        """Give one back."""
        brand = self._owned.brand

        async def do(run: Run, found: Reservation) -> Settled:
            done = await release(run, brand, sale, [found.key], _CANCELLED)
            return Settled() if done or found.state.released else Settled(code="RESERVATION_PAID")

        return await self._settled("cancelReservation", sale, reservation, key, do)

    async def _settled(
        self, wish: str, sale: str, reservation: UUID, key: str, do: _Do
    ) -> Settling:
        """One settling under its key; what is not hers is not there."""
        brand = self._owned.brand
        if await self.reservation(sale, reservation) is None:
            return _unknown()

        async def work(run: Run) -> tuple[Settled, Reservation | None]:
            async def settle() -> Settled:
                found = await read_reservation(run, brand, sale, reservation, locked=True)
                return (
                    Settled(code="RESERVATION_UNKNOWN") if found is None else await do(run, found)
                )

            who = (brand, self._caller.subject, key)
            done = await once(run, who, [wish, sale, str(reservation)], Settled, settle)
            return done, await read_reservation(run, brand, sale, reservation)

        try:
            return self._answer(*await self._owned.store.transaction(work))
        except KeyReused:
            return _reused()

    def _answer(self, done: Settled, after: Reservation | None) -> Settling:
        if done.code is not None or after is None:
            return ReservationDeclined(code=done.code or "RESERVATION_UNKNOWN", path=_PATH)
        return after

    def _open_desk(self) -> Desk:
        if self._desk is None:
            raise BadInput("there is no such flash sale", code="FLASH_SALE_UNKNOWN")
        return self._desk

    async def _is_hers(self, found: Reservation) -> bool:
        visibility = self._caller.visibility
        if self._caller.role is not Role.CONSUMER:
            # a reservation is no store's: who is bound to stores has none of her own
            return visibility.stores is None and visibility.in_channel(found.channel)
        if visibility.member is None:
            return False
        return await one_ids(self._owned, [visibility.member]) == [found.member]


def _unknown() -> ReservationDeclined:
    return ReservationDeclined(code="RESERVATION_UNKNOWN", path=_PATH)


def _reused() -> IdempotencyKeyReused:
    path = ("input", "idempotencyKey")
    return IdempotencyKeyReused(code="IDEMPOTENCY_KEY_REUSED", path=path)
