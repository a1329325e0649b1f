"""Orders out of reservations: made once each, paid with them, cancelled with them."""

from collections.abc import Callable, Mapping, Sequence
from uuid import UUID

from capabilities.events import Event, Subject, Topic
from capabilities.flash.ordering import (
    FlashOrder,
    FlashOrderState,
    Placing,
    number_of,
    order_of,
    paid_for,
)
from capabilities.flash.records import FlashSale, ReservationState
from capabilities.order.changing import GivenBack, cancelled
from capabilities.order.held import HeldOrder
from capabilities.order.history import OrderAction
from capabilities.product.records import Product
from store.engine import Run
from store.flash import orders as links
from store.flash.orders import Key, Stands
from store.flash.sales import read_sale
from store.order.held import Done, HeldOrders
from store.order.payments import Payments
from store.owned import Owned
from store.privacy.data_keys import DataKeys
from store.product.products import ProductReference

AUTHOR = "system:flash"
TOPICS = (Topic.FLASH_RESERVED, Topic.FLASH_SETTLED, Topic.FLASH_PAID_LATE)


class FlashOrdering:
    """Orders of one brand's sales; `owner_of` names the connector that owns a channel's orders.

    What a system owns is only written down here as paid: it is sent at that system's pace.
    """

    def __init__(self, owned: Owned, owner_of: Callable[[str], str | None]) -> None:
        self._owned = owned
        self._brand = owned.brand
        self._owner_of = owner_of
        keys = DataKeys(owned.brand, owned.sealer)
        self.orders = HeldOrders(owned.store, owned.brand, keys, owned.zone)
        self._payments = Payments(owned.store, owned.brand, self.orders)
        self._products = ProductReference(owned.store, owned.brand)

    async def take(self, run: Run, events: Sequence[Event]) -> None:
        """Bring the orders of the reservations that events name in step with them.

        It looks at how they stand and not at what is told, so that hearing twice does no harm.
        """
        told = [one for one in events if one.topic is not Topic.FLASH_RESERVED]
        batches = [one.subject for one in events if one.topic is Topic.FLASH_RESERVED]
        keys = await links.of_batches(run, self._brand, batches)
        keys += [_key(one.subject) for one in told]
        late = {_key(one.subject) for one in told if one.topic is Topic.FLASH_PAID_LATE}
        stands = await links.locked(run, self._brand, keys)
        fresh = [one for one in stands if one.order is None]
        await self._link_foreign(run, fresh, late)
        made = await self.place(run, [one for one in fresh if self._is_held(one, late)])
        held = await self._held(run, stands, made)
        await self._confirm(run, stands, held, late)
        await self._cancel(run, [one for one in stands if one.key not in late], held)

    async def place(self, run: Run, stands: Sequence[Stands]) -> dict[Key, HeldOrder]:
        """Make the orders of reservations that have none, in this process or any other."""
        sales, products = await self._sold(run, stands)
        now = self._owned.now()
        made = {}
        for one in stands:
            sale = sales[one.reservation.sale]
            product = products.get(sale.sku)
            placing = Placing(
                sale=sale,
                reservation=one.reservation,
                holder=one.holder,
                sku=None if product is None else product.sku,
                name=None if product is None else product.name,
            )
            number = number_of(one.reservation.key)
            made[one.key] = order_of(placing, number, self._owned.zone, now)
        placed = await self.orders.place_all(run, list(made.values()), AUTHOR)
        if len(placed) < len(made):
            raise LookupError("the number of a reservation's order is another's")
        found = [_link(key, order) for key, order in made.items()]
        await links.link(run, self._brand, found, now)
        await links.mark_ordered(run, self._brand, list(made))
        return made

    async def confirm(self, run: Run, one: Stands, order: HeldOrder) -> None:
        """Receive for an order what its reservation was told of."""
        now = self._owned.now()
        await self._payments.confirm_in(run, [paid_for(order, one.reservation, now)], now)

    def _is_held(self, one: Stands, late: set[Key]) -> bool:
        """Whether it becomes an order of the platform's own: what lapsed unpaid was none."""
        wanted = not one.reservation.state.released or one.key in late
        return wanted and self._owner_of(one.reservation.channel) is None

    async def _link_foreign(self, run: Run, fresh: Sequence[Stands], late: set[Key]) -> None:
        """Write down what was paid and goes to the system that owns its channel's orders."""
        found = []
        for one in fresh:
            connector = self._owner_of(one.reservation.channel)
            paid = one.reservation.state is ReservationState.PAID
            if connector is None or not (paid or one.key in late):
                continue
            state = FlashOrderState.WAITING if paid else FlashOrderState.LATE
            found.append(_foreign(one, connector, state))
        await links.link(run, self._brand, found, self._owned.now())

    async def _held(
        self, run: Run, stands: Sequence[Stands], made: Mapping[Key, HeldOrder]
    ) -> dict[Key, HeldOrder]:
        """The platform's own orders of reservations, which nobody else changes meanwhile."""
        keys = {one.key: one.order for one in stands if one.order and one.order.connector is None}
        subjects = [Subject(o.number or "", o.channel) for o in keys.values()]
        known = await self.orders.locked(run, subjects)
        found = {key: order for key, order in zip(keys, known, strict=True) if order is not None}
        return {**found, **made}

    async def _confirm(
        self,
        run: Run,
        stands: Sequence[Stands],
        held: dict[Key, HeldOrder],
        late: set[Key],
    ) -> None:
        now = self._owned.now()
        some = []
        for one in stands:
            order = held.get(one.key)
            paid = one.reservation.state is ReservationState.PAID
            if order is None or not order.total:
                continue
            if one.key in late or (paid and order.paid < order.total):
                some.append(paid_for(order, one.reservation, now))
        if some:
            await self._payments.confirm_in(run, some, now)

    async def _cancel(
        self, run: Run, stands: Sequence[Stands], held: Mapping[Key, HeldOrder]
    ) -> None:
        """Give up the orders of what was not paid in time.

        One that was paid at its own counter is whoever follows orders to decide on.
        """
        now = self._owned.now()
        plain: list[HeldOrder] = []
        for one in stands:
            order = held.get(one.key)
            if order is None or not one.reservation.state.released or _is_settled(order):
                continue
            given = cancelled(order, now)
            if not isinstance(given, GivenBack):
                continue  # the goods have left: people decide
            if given.amount:
                done = Done(action=OrderAction.CANCELLED, author=AUTHOR, amount=given.amount)
                await self.orders.give_back(run, given, done, restock=False)
            else:
                plain.append(given.order)
        if plain:
            done = Done(action=OrderAction.CANCELLED, author=AUTHOR, amount=0)
            await self.orders.put(run, plain, [done] * len(plain))

    async def _sold(
        self, run: Run, stands: Sequence[Stands]
    ) -> tuple[dict[str, FlashSale], dict[str, Product]]:
        names = sorted({one.reservation.sale for one in stands})
        sales = {}
        for name in names:
            sale = await read_sale(run, self._brand, name)
            if sale is None:
                raise LookupError(f"there is no flash sale {name}")
            sales[name] = sale
        skus = sorted({one.sku for one in sales.values()})
        known = await self._products.products(skus)
        return sales, {one.sku: one for one in known if one is not None}


def _key(subject: Subject) -> Key:
    return subject.channel, UUID(subject.key)


def _is_settled(order: HeldOrder) -> bool:
    return order.closed or (order.paid > 0 and order.paid >= order.total)


def _link(key: Key, order: HeldOrder) -> FlashOrder:
    return FlashOrder(
        sale=key[0],
        reservation=key[1],
        channel=order.channel,
        number=order.number,
        state=FlashOrderState.PLACED,
    )


def _foreign(one: Stands, connector: str, state: FlashOrderState) -> FlashOrder:
    return FlashOrder(
        sale=one.reservation.sale,
        reservation=one.reservation.key,
        channel=one.reservation.channel,
        connector=connector,
        state=state,
    )
