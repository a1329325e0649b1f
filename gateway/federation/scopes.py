"""Whose objects a caller may see: the scopes of the policy, asked for one object at a time.

Lists are cut before they are asked for; here is what single look-ups and what hangs below ask.
"""

from collections.abc import Sequence
from typing import Protocol

from msgspec.structs import replace

from capabilities.caller import Visibility
from capabilities.member.changing import PLATFORM
from capabilities.member.records import Member, Membership
from capabilities.order.held_records import customer_of, holder_of
from capabilities.order.records import Order
from capabilities.promotion.records import Coupon
from capabilities.sources import SourceReport, SourceStatus
from capabilities.visibility import Scope, scope_of
from gateway.federation.asking import Request
from gateway.federation.call import error_of
from gateway.federation.coupons import coupons_of
from gateway.federation.estate import Connection

_FAILED = (SourceStatus.TIMEOUT, SourceStatus.ERROR, SourceStatus.OPEN_CIRCUIT)


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
        return within(self._visibility, member) if shows(self._visibility, member) else None

    async def me(self, *, live: bool) -> Member | None:
        """The consumer who asks; None for every other role."""
        key = self._visibility.member
        if key is None:
            return None
        return self.shown(await self._people.by_membership(key.channel, key.number, live=live))

    async def holder(self, record: Order | Coupon) -> Member | None:
        """Whose an order or a coupon is; None where nobody's, or hers who may not be seen."""
        if record.customer is not None and record.source.connector == PLATFORM:
            key = holder_of(record.customer)
            return self.shown(await self._people.by_membership(key.channel, key.number))
        estate = self._request.estate
        connection = estate.connection(record.source.connector) if estate is not None else None
        if record.customer is None or connection is None:
            return None
        membership = await self._people.membership_at(connection, record.customer)
        return None if membership is None else self.shown(await self._people.of(membership))

    async def order(self, found: Order | None, connector: str) -> Order | None:
        """An order of a connector as far as the caller may see it."""
        scope = scope_of("Order", self._visibility.role)
        if scope is Scope.OWN:
            me = await self._me_at(connector)
            return found if found is not None and _bought(me, found) else None
        if scope is Scope.STORE and found is not None:
            own = self._visibility.stores
            known = own is not None and found.store_code in own
            return found if known or await self.holder(found) is not None else None
        return found if scope is Scope.BRAND else None

    async def coupon(self, found: Coupon | None) -> Coupon | None:
        """A coupon as far as a member of staff may see it."""
        scope = scope_of("Coupon", self._visibility.role)
        if scope is Scope.STORE and found is not None:
            return found if await self.holder(found) is not None else None
        return found if scope is Scope.BRAND else None

    async def held(self, channel: str, key: str, *, live: bool) -> Coupon | None:
        """A coupon that the consumer holds; a code that she does not hold is never looked up."""
        me = await self.me(live=live)
        if me is None:
            return None
        coupons, reports = await coupons_of(self._request, me, live=live)
        found = next((one for one in coupons if (one.channel, one.key) == (channel, key)), None)
        if found is None:
            check_answered([one for one in reports if channel in one.channels])
        return found

    async def _me_at(self, connector: str) -> Member | None:
        """The consumer who asks; raises where this connector did not say whether it knows her."""
        me = await self.me(live=False)
        sources = me.sources if me is not None else ()
        check_answered([one for one in sources if one.name == connector])
        return me


def _bought(me: Member | None, order: Order) -> bool:
    connector, customer = order.source.connector, order.customer
    held = me.memberships if me is not None else ()
    if connector == PLATFORM:
        return customer in {customer_of(one.key) for one in held}
    return any((one.source.connector, one.number) == (connector, customer) for one in held)


def check_answered(reports: Sequence[SourceReport]) -> None:
    """Raises where one of these sources failed: whether something is hers is not known then."""
    for one in reports:
        if one.status in _FAILED:
            raise error_of(one)


def shows(visibility: Visibility, member: Member) -> bool:
    """Whether a caller may see anything of a person."""
    cut = within(visibility, member)
    return bool(cut.memberships) and may_see(visibility, cut)


def may_see(visibility: Visibility, member: Member) -> bool:
    """Whether a caller may see a person; ChannelError when a missing source leaves it open.

    A guide sees the members of her own stores. Where the system that knows the home store did not
    answer, "no" would be a guess, so the look-up fails and says which source is missing.
    """
    scope = scope_of("Member", visibility.role)
    if scope is Scope.OWN:
        return visibility.member in {one.key for one in member.memberships}
    if scope is not Scope.STORE or visibility.stores is None:
        return scope is Scope.BRAND
    if any(one.home_store_code in visibility.stores for one in member.memberships):
        return True
    missing = [
        report
        for report in member.sources
        if report.status is SourceStatus.TIMEOUT or report.status is SourceStatus.ERROR
    ]
    if missing:
        raise error_of(missing[0])
    return False


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
