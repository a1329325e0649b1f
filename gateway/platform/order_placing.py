"""Orders placed as one caller does it."""

from collections.abc import Awaitable, Callable, Mapping, Sequence

from capabilities.caller import Caller
from capabilities.member.records import Membership
from capabilities.order.changing import ChannelUnsupported, OrderDeclined
from capabilities.order.drafting import codes_for, draft_of
from capabilities.order.held import HeldOrder
from capabilities.order.placing import Changing, OrderChanged, WantedOrder
from capabilities.order.quoted import Quoted, folded, unlike, with_quote
from capabilities.order.records import ProductRef
from capabilities.order.writing import OrderWrite, OrderWriteKind
from capabilities.product.codes import BARCODE
from capabilities.product.records import Product, ProductCode
from gateway.federation.asking import Request
from gateway.federation.estate import Connection
from gateway.platform.order_drafts import held_order, new_order_number
from gateway.platform.order_sinks import new_reference, taker, tell_system
from gateway.platform.orders import OrderChanges
from store.engine import Run
from store.order.held import owner_of
from store.owned import Owned
from store.product.crosswalk import Crosswalk
from store.product.products import ProductReference
from store.promotion.order_promotions import OrderPromotions
from store.promotion.uses import UsedBy

# Two numbers of one day are the same once in a very long time, and never thrice.
_TRIES = 3


class NotPlaced(Exception):
    """Nothing may be kept of this order: what was written of it is rolled back."""

    def __init__(self, refusal: OrderDeclined) -> None:
        super().__init__(refusal.code)
        self.refusal = refusal


class OrderPlacing(OrderChanges):
    """Places orders: here where the channel is ours, else by its system.

    `quoted` opens a quote's token.
    """

    def __init__(
        self,
        owned: Owned,
        caller: Caller,
        request: Request,
        quoted: Callable[[str], Awaitable[Quoted | None]],
    ) -> None:
        super().__init__(owned, caller, request)
        self._quoted = quoted
        self._promotions = OrderPromotions(owned)

    async def place(
        self,
        wanted: WantedOrder,
        membership: Membership | None,
        idempotency_key: str,
        *,
        quote: str | None = None,
        buyer: str | None = None,
    ) -> Changing:
        """Place an order for somebody, or for nobody by name; by a quote, at what it says.

        `buyer` is the OneID behind the membership.
        """
        if (unfit := self._unfit(wanted, membership)) is not None:
            return unfit
        told = taker(self._request.estate, OrderWriteKind.PLACE, wanted.channel, "channel")
        if isinstance(told, ChannelUnsupported):
            return told
        quoted = None if quote is None else await self._quoted(quote)
        gifts = () if quoted is None else quoted.settled.gifts
        written = [*(one.sku for one in wanted.lines), *(one.sku for one in gifts)]
        products = await self._products(written)
        skus = {code: one.sku for code, one in products.items()}
        connection = told.connection

        async def do(run: Run) -> OrderChanged | OrderDeclined:
            asked = wanted
            if quote is not None:
                if quoted is None:
                    return OrderDeclined(code="QUOTE_EXPIRED", path=("input", "quote"))
                if (refused := unlike(wanted, quoted.settled, buyer, skus)) is not None:
                    return refused
                asked = with_quote(wanted, quoted)
            if connection is None:
                return await self._hold(run, asked, products, quoted)
            return await self._order(run, connection, asked, membership, products, quoted)

        try:
            return await self._wished(idempotency_key, ("placeOrder", wanted, quote), do)
        except NotPlaced as exc:
            return exc.refusal

    def _unfit(self, wanted: WantedOrder, membership: Membership | None) -> OrderDeclined | None:
        """Why this caller places no such order."""
        visibility = self._caller.visibility
        known = self._request.estate.channel(wanted.channel) is not None
        if not known or not visibility.in_channel(wanted.channel):
            return OrderDeclined(code="CHANNEL_UNKNOWN", path=("input", "channel"))
        own = visibility.stores
        if own is not None and (wanted.store is None or wanted.store not in own):
            return OrderDeclined(code="STORE_NOT_YOURS", path=("input", "store"))
        if wanted.membership is not None and membership is None:
            return OrderDeclined(code="MEMBERSHIP_UNKNOWN", path=("input", "membership"))
        return None

    async def _hold(
        self,
        run: Run,
        wanted: WantedOrder,
        products: Mapping[str, Product],
        quoted: Quoted | None,
    ) -> OrderChanged | OrderDeclined:
        now, zone = self._owned.now(), self._owned.zone
        skus = {code: one.sku for code, one in products.items()}
        for _ in range(_TRIES):
            order = held_order(wanted, new_order_number(now, zone), now, zone, skus)
            if isinstance(order, OrderDeclined):
                return order
            if await self._held.place(run, order, wanted.personal, self._caller.subject):
                await self._use(run, order, quoted)
                return self._answer(order.channel, order.number)
        raise RuntimeError("no number is left for an order")

    async def _order(
        self,
        run: Run,
        connection: Connection,
        wanted: WantedOrder,
        membership: Membership | None,
        products: Mapping[str, Product],
        quoted: Quoted | None,
    ) -> OrderChanged | OrderDeclined:
        """Have the system told; the order has a number once it has answered."""
        made = self._drafted(connection, wanted, membership, products, quoted)
        if isinstance(made, OrderDeclined):
            return made
        order, write = made
        await self._use(run, order, quoted)
        author = self._caller.subject
        await tell_system(run, self._owned, self._keys, connection, owner_of(order), write, author)
        return self._sent(wanted.channel, None, write.reference)

    def _drafted(
        self,
        connection: Connection,
        wanted: WantedOrder,
        membership: Membership | None,
        products: Mapping[str, Product],
        quoted: Quoted | None = None,
    ) -> tuple[HeldOrder, OrderWrite] | OrderDeclined:
        """The order as it is reckoned here, and as its system is told of it."""
        if membership is not None and membership.source.connector != connection.name:
            return OrderDeclined(code="MEMBERSHIP_OF_ANOTHER", path=("input", "membership"))
        reference, now = new_reference(), self._owned.now()
        order = held_order(wanted, reference, now, self._owned.zone, {})
        if isinstance(order, OrderDeclined):
            return order
        seen = order if quoted is None else folded(order, quoted.folded)
        codes: dict[str, tuple[ProductRef, ...]] = {
            written: codes_for(one, connection.name, connection.spec.system)
            for written, one in products.items()
        }
        customer = None if membership is None else membership.number
        write = OrderWrite(
            kind=OrderWriteKind.PLACE,
            reference=reference,
            channel=wanted.channel,
            draft=draft_of(seen, customer, codes, wanted.personal),
            at=now,
        )
        return order, write

    async def _use(self, run: Run, order: HeldOrder, quoted: Quoted | None) -> None:
        """Count what the order uses of promotions and coupons; NotPlaced where that is used up."""
        if quoted is None:
            return
        used = UsedBy(
            channel=order.channel,
            number=order.number,
            one_id=quoted.settled.one_id,
            store=order.store_code,
        )
        author, now = self._caller.subject, self._owned.now()
        refused = await self._promotions.use_in(run, used, quoted, author, now)
        if refused is not None:
            raise NotPlaced(refused)

    async def _products(self, written: Sequence[str]) -> Mapping[str, Product]:
        """The products that lines name, by sku or by barcode."""
        store, brand = self._owned.store, self._owned.brand
        names = list(dict.fromkeys(written))
        codes = [ProductCode(connector="", system="", kind=BARCODE, code=one) for one in names]
        skus = await Crosswalk(store, brand).skus(codes)
        wanted = list(dict.fromkeys(sku for sku in skus if sku is not None))
        known = dict(
            zip(wanted, await ProductReference(store, brand).products(wanted), strict=True)
        )
        return {
            name: product
            for name, sku in zip(names, skus, strict=True)
            if sku is not None and (product := known[sku]) is not None
        }
