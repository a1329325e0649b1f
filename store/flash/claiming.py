"""Reservations follow their orders: paid or cancelled at the counter of orders, whichever door."""

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from msgspec.structs import replace

from capabilities.events import Event, Subject
from capabilities.flash.ordering import FlashOrderState
from capabilities.flash.records import ReservationState
from capabilities.order.changing import GivenBack, cancelled, returned
from capabilities.order.held import HeldOrder
from capabilities.order.history import OrderAction
from store.engine import Run
from store.flash import orders as links
from store.flash.late import hold_stock, reserve_late
from store.flash.ordering import AUTHOR, FlashOrdering
from store.flash.orders import Stands
from store.flash.settling import pay, release, take_back
from store.order.held import Done
from store.order.payment_rows import close_late
from store.owned import Owned

_CANCELLED = "CANCELLED"


class FlashClaiming:
    """Claims and releases reservations of one brand as their orders stand.

    Money for what had gone back becomes another reservation where a piece is left, else it goes
    back: `ordering` places the order of the new one.
    """

    def __init__(self, owned: Owned, ordering: FlashOrdering) -> None:
        self._owned = owned
        self._brand = owned.brand
        self._ordering = ordering
        self._orders = ordering.orders

    async def follow(self, run: Run, events: Sequence[Event]) -> None:
        """Bring the reservations behind orders that changed in step with them.

        Locks go one way: reservations, orders, buyers, stock.
        """
        keys = await links.of_orders(run, self._brand, [one.subject for one in events])
        stands = await links.locked(run, self._brand, keys)
        named = [one.order for one in stands if one.order is not None]
        subjects = [Subject(one.number or "", one.channel) for one in named]
        held = await self._orders.locked(run, subjects)
        pairs = [(one, o) for one, o in zip(stands, held, strict=True) if o is not None]
        paid = [one for one, order in pairs if _is_open(one) and _is_paid(order)]
        gone = [one for one, order in pairs if _is_open(one) and order.closed]
        back = [one for one, order in pairs if _is_given_up(one, order)]
        late = [(one, order) for one, order in pairs if _is_late(one, order)]
        for sale, ids in _by_sale(paid).items():
            await pay(run, self._brand, sale, ids)
        moving = [*gone, *back, *(one for one, _ in late)]
        await hold_stock(run, self._brand, [one.reservation for one in moving])
        for sale, ids in _by_sale(gone).items():
            await release(run, self._brand, sale, ids, _CANCELLED)
        for sale, ids in _by_sale(back).items():
            await take_back(run, self._brand, sale, ids)
        for one, order in late:
            await self._decide(run, one, order)

    async def _decide(self, run: Run, one: Stands, order: HeldOrder) -> None:
        """Give back what was paid too late, or give her other pieces for it."""
        now = self._owned.now()
        whole = 0 < order.total <= order.refundable
        placed = one.order is not None and one.order.state is FlashOrderState.PLACED
        first = placed and one.reservation.state.released
        money = order.refundable
        given = returned(order, (), money, now) if order.closed else cancelled(order, now)
        if not isinstance(given, GivenBack):
            return  # the goods have left: people decide
        action = OrderAction.RETURNED if order.closed else OrderAction.CANCELLED
        done = Done(action=action, author=AUTHOR, amount=given.amount)
        await self._orders.give_back(run, given, done, restock=False)
        await close_late(run, self._brand, order.channel, order.number, now)
        again = None
        if whole and first:
            again = await reserve_late(run, self._brand, one.reservation)
        if again is not None:
            new = replace(one, reservation=again, order=None)
            made = await self._ordering.place(run, [new])
            await self._ordering.confirm(run, new, made[new.key])
        if first:
            state = FlashOrderState.REFUND if again is None else FlashOrderState.MOVED
            to = None if again is None else again.key
            await links.move(run, self._brand, one.key, state, now, to)


def _is_open(one: Stands) -> bool:
    return one.reservation.state in (ReservationState.PENDING, ReservationState.ORDERED)


def _is_paid(order: HeldOrder) -> bool:
    return not order.closed and order.paid >= order.total


def _is_given_up(one: Stands, order: HeldOrder) -> bool:
    """Whether it was paid, in its order's books too, and given up before anything left.

    What left and came back was sold: whoever has it in her hands says where it goes.
    """
    paid = one.reservation.state is ReservationState.PAID and order.paid >= order.total
    return paid and order.closed and not order.begun


def _is_late(one: Stands, order: HeldOrder) -> bool:
    """Whether there is money for what had gone back, or for an order that was given up."""
    lapsed = one.reservation.state.released and order.paid >= order.total
    return order.refundable > 0 and (order.closed or lapsed)


def _by_sale(stands: Sequence[Stands]) -> dict[str, list[UUID]]:
    found: defaultdict[str, list[UUID]] = defaultdict(list)
    for one in stands:
        found[one.reservation.sale].append(one.reservation.key)
    return found
