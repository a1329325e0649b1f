"""One order and who bought it: a look-up where the caller named the order, by whatever key."""

from capabilities.caller import Role
from capabilities.lookups import Sought
from capabilities.member.changing import PLATFORM
from capabilities.member.records import Member
from capabilities.order.records import Order, OrderFilter
from capabilities.page import Freshness, MergedPage
from gateway.federation.asking import Request
from gateway.federation.hers import Hers
from gateway.federation.look_ups import CallersLookUps
from gateway.federation.own_orders import OwnOrders
from gateway.federation.scopes import Scopes
from gateway.federation.single import ORDER, single


class OneOrder:
    """Orders by their keys for one request; numbers can be counted up, each leads to a person."""

    def __init__(
        self,
        request: Request,
        own: OwnOrders,
        scopes: Scopes,
        hers: Hers,
        look_ups: CallersLookUps,
    ) -> None:
        self._request = request
        self._own = own
        self._scopes = scopes
        self._hers = hers
        self._look_ups = look_ups
        self._asked: set[tuple[str, str]] = set()

    async def asked(self, channel: str, number: str, freshness: Freshness) -> Order | None:
        """An order that the caller names."""
        self._asked.add((channel, number))
        return await self.named(channel, number, freshness)

    async def named(self, channel: str, number: str, freshness: Freshness) -> Order | None:
        """An order that something else names; a consumer's where it is found among hers."""
        consumer = self._request.visibility.role is Role.CONSUMER
        if consumer and not await self._hers.has(channel, number, freshness):
            return None
        if self._own.holds(channel):
            live = freshness is Freshness.LIVE
            order = await self._own.order(channel, number, live=live)
            return await self._scopes.order(order, PLATFORM)
        found: Order | None = await single(self._request, ORDER, channel, number, freshness)
        asked = self._request.estate.route(ORDER.capability, channel)
        return await self._scopes.order(found, "" if asked is None else asked.name)

    def listed(self, filters: OrderFilter, found: MergedPage[Order]) -> MergedPage[Order]:
        """A page of orders, which the caller names where she asks for a number."""
        if filters.number is not None:
            self._asked |= {(one.node.channel, one.node.number) for one in found.edges}
        return found

    async def buyer(self, order: Order) -> Member | None:
        """Who bought; None for an anonymous sale and for a person the caller may not see."""
        key = (order.channel, order.number)
        if order.customer is None or key not in self._asked:
            return await self._scopes.holder(order)
        sought = Sought("order", "\x1f".join(key))
        return await self._look_ups.of(sought, lambda: self._scopes.holder(order))
