"""Whose objects a caller may see: the scopes of the policy, asked for one object at a time.

Lists are cut before they are asked for; here is what single look-ups and what hangs below ask.
"""

from typing import Any, Protocol

from msgspec.structs import replace

from capabilities.caller import Visibility
from capabilities.member.records import Member, Membership
from capabilities.order.records import Order
from capabilities.promotion.records import Coupon
from capabilities.sources import SourceReport
from capabilities.visibility import Scope, scope_of
from gateway.federation.asking import Request
from gateway.federation.coupons import coupons_of
from gateway.federation.estate import Connection
from gateway.federation.persons import may_see


class _People(Protocol):
    async def by_membership(
        self, channel: str, number: str, *, live: bool = False
    ) -> Member | None: ...

    async def membership_at(self, connection: Connection, number: str) -> Membership | None: ...

    async def of(self, membership: Membership) -> Member: ...


class Scopes:
    """The scopes of one caller in one request."""

    def __init__(self, request: Request, people: _People) -> None:
        self._request = request
        self._visibility = request.visibility
        self._people = people

    def shown(self, member: Member | None) -> Member | None:
        """The person as far as the caller may see her; None where not at all."""
        if member is None:
            return None
        cut = within(self._visibility, member)
        return cut if cut.memberships and may_see(self._visibility, cut) else None

    async def me(self, *, live: bool) -> Member | None:
        """The consumer who asks; None for every other role."""
        key = self._visibility.member
        if key is None:
            return None
        return self.shown(await self._people.by_membership(key.channel, key.number, live=live))

    async def holder(self, record: Order | Coupon) -> Member | None:
        """Whose an order or a coupon is; None where nobody's, or hers who may not be seen."""
        estate = self._request.estate
        connection = estate.connection(record.source.connector) if estate is not None else None
        if record.customer is None or connection is None:
            return None
        membership = await self._people.membership_at(connection, record.customer)
        return None if membership is None else self.shown(await self._people.of(membership))

    async def shows_order(self, order: Order) -> bool:
        """Whether the caller may see an order."""
        scope = scope_of("Order", self._visibility.role)
        if scope is None or scope is Scope.BRAND:
            return scope is Scope.BRAND
        own = self._visibility.stores
        if scope is Scope.STORE and own is not None and order.store_code in own:
            return True
        return await self.holder(order) is not None

    async def shows_coupon(self, coupon: Coupon) -> bool:
        """Whether the caller may see a coupon: a consumer holds it herself."""
        scope = scope_of("Coupon", self._visibility.role)
        if scope is Scope.STORE:
            return await self.holder(coupon) is not None
        return scope is Scope.BRAND or (scope is Scope.OWN and await self._holds(coupon))

    async def _holds(self, coupon: Coupon) -> bool:
        if coupon.customer is None:
            return False
        me = await self.me(live=False)
        held: Any = ((), ()) if me is None else await coupons_of(self._request, me)
        return any(one.id == coupon.id for one in held[0])


def within(visibility: Visibility, member: Member) -> Member:
    """The person without what lies in channels that the caller is not bound to."""
    own = visibility.channels
    if own is None:
        return member
    return replace(
        member,
        memberships=tuple(one for one in member.memberships if one.channel in own),
        sources=tuple(one for one in member.sources if reports_of(own, one)),
    )


def reports_of(channels: frozenset[str], report: SourceReport) -> bool:
    """Whether a source's report concerns one of these channels."""
    return not report.channels or not channels.isdisjoint(report.channels)
