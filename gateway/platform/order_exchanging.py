"""An order placed in exchange for goods of another that come back: both, or neither.

Over two systems it is a saga: the new order is placed first, for it can be taken back, and the
return is told once it stands. A return that its system refuses takes the new order back.
"""

from collections.abc import Mapping
from functools import partial

from msgspec import Struct
from msgspec.structs import replace

from capabilities.member.records import Membership
from capabilities.order.changing import ChannelUnsupported, OrderDeclined
from capabilities.order.placing import Changing, Exchanged, OrderChanged, WantedOrder
from capabilities.order.records import Order
from capabilities.order.sagas import SagaStep
from capabilities.order.writing import OrderWrite, OrderWriteKind
from capabilities.product.records import Product
from gateway.federation.estate import Connection
from gateway.platform.order_placing import NotPlaced, OrderPlacing
from gateway.platform.order_sinks import new_reference, ordered_write, taker
from gateway.platform.order_wishes import GONE
from store.engine import Run
from store.order.held import owner_of
from store.order.sagas import Sagas

_PLACE, _BACK = "channel", "inExchangeFor"


class _Ready(Struct, frozen=True, kw_only=True):
    """Both sides' systems, None where both are ours; what comes back, and under whose key."""

    sides: tuple[Connection, Connection] | None
    back: OrderWrite
    owner: str


class OrderExchanging(OrderPlacing):
    """Exchanges goods of one order for another order, in whichever channel."""

    async def exchange(
        self,
        wanted: WantedOrder,
        membership: Membership | None,
        order: Order | None,
        back: Exchanged,
        idempotency_key: str,
    ) -> Changing:
        """Place an order for what comes back of another; both sides are ours, or both systems'."""
        wish = ("exchangeOrder", wanted, back)
        ready = self._ready(wanted, membership, order, back)
        if not isinstance(ready, _Ready):
            return await self._unless_heard(idempotency_key, wish, ready)
        products = await self._products([one.sku for one in wanted.lines])

        async def do(run: Run) -> OrderChanged | OrderDeclined:
            if ready.sides is None:
                return await self._here(run, wanted, products, back)
            drafted = self._drafted(ready.sides[0], wanted, membership, products)
            if isinstance(drafted, OrderDeclined):
                return drafted
            held, write = drafted
            steps = self._steps(ready.sides, owner_of(held), write, ready.owner, ready.back)
            sagas = Sagas(self._owned.store, self._owned.brand, self._keys)
            await sagas.begin(run, steps, self._caller.subject, self._owned.now())
            return self._sent(wanted.channel, None, write.reference)

        try:
            return await self._wished(idempotency_key, wish, do, back.reason)
        except NotPlaced as exc:
            return _of_back(exc.refusal)

    def _ready(
        self,
        wanted: WantedOrder,
        membership: Membership | None,
        order: Order | None,
        back: Exchanged,
    ) -> _Ready | OrderDeclined | ChannelUnsupported:
        """Both sides as they are now, or why there is nothing to exchange."""
        if (unfit := self._unfit(wanted, membership)) is not None:
            return unfit
        if (refused := self._foreign(order)) is not None or order is None:
            return _of_back(refused or GONE)
        sides = self._sides(wanted.channel, order.channel)
        if isinstance(sides, ChannelUnsupported):
            return sides
        returning = self._returning(order, back)
        if isinstance(returning, OrderDeclined):
            return _of_back(returning)
        return _Ready(sides=sides, back=returning, owner=self._owner(order))

    def _sides(
        self, placed: str, back: str
    ) -> tuple[Connection, Connection] | ChannelUnsupported | None:
        """The systems of both sides; None where both are ours."""
        estate = self._request.estate
        undone = taker(estate, OrderWriteKind.CANCEL, placed, _PLACE)
        if isinstance(undone, ChannelUnsupported):
            return undone
        to = taker(estate, OrderWriteKind.PLACE, placed, _PLACE)
        if isinstance(to, ChannelUnsupported):
            return to
        given = taker(estate, OrderWriteKind.RETURN, back, _BACK)
        if isinstance(given, ChannelUnsupported):
            return given
        if to.connection is not None and given.connection is not None:
            return to.connection, given.connection
        if to.connection is None and given.connection is None:
            return None
        own = given.connection is None
        same = [one for one in sorted(estate.channels) if self._is_own(one) is own]
        return ChannelUnsupported(
            code="CHANNEL_UNSUPPORTED", path=("input", _PLACE), channels=tuple(same)
        )

    async def _here(
        self, run: Run, wanted: WantedOrder, products: Mapping[str, Product], back: Exchanged
    ) -> OrderChanged | OrderDeclined:
        placed = await self._hold(run, wanted, products, None)
        if isinstance(placed, OrderDeclined):
            return placed
        given = await self._own(run, back.key, partial(self._given_back, back))
        if isinstance(given, OrderDeclined):
            raise NotPlaced(given)
        return placed

    def _steps(
        self,
        sides: tuple[Connection, Connection],
        placed_owner: str,
        place: OrderWrite,
        back_owner: str,
        back: OrderWrite,
    ) -> list[SagaStep]:
        """The order and its cancellation, then the return, which stands once it is done."""
        author = self._caller.subject
        cancel = OrderWrite(
            kind=OrderWriteKind.CANCEL,
            reference=new_reference(),
            channel=place.channel,
            reason=back.reason,
            at=self._owned.now(),
        )
        undo = ordered_write(sides[0], placed_owner, cancel, author, placed=place.reference)
        return [
            SagaStep(do=ordered_write(sides[0], placed_owner, place, author), undo=undo),
            SagaStep(do=ordered_write(sides[1], back_owner, back, author)),
        ]


def _of_back(refused: OrderDeclined) -> OrderDeclined:
    """A refusal of what was to come back, where it stands in the input."""
    return replace(refused, path=("input", _BACK, *refused.path[1:]))
