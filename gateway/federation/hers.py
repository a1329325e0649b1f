"""Which orders a consumer may ask for by their number: found among hers, never by looking them up.

A number that is not hers is compared with what is hers, so that it takes the same and asks the same
of the same systems, whether somebody else has an order of that number or nobody.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from msgspec.structs import replace

from capabilities.caller import MembershipKey
from capabilities.errors import StoreUnavailable
from capabilities.estate import Capability
from capabilities.member.records import Member
from capabilities.order.records import OrderFilter
from capabilities.page import ConnectionArgs, Freshness, PageInfo
from capabilities.sources import SourceStatus
from gateway.federation.asking import Request
from gateway.federation.listings import Listings
from gateway.federation.scopes import check_answered

_PAGE, _MOST_PAGES = 50, 20
Recorded = Callable[[str, str, Sequence[MembershipKey]], Awaitable[bool]]


class Me(Protocol):
    """Who finds the consumer who asks."""

    async def __call__(self, *, live: bool) -> Member | None:
        """Herself; None where her membership is no more."""


class Hers:
    """The orders of the consumer who asks, in one request.

    `recorded` says of an order's key whether the platform knows it as one of these memberships'.
    """

    def __init__(self, request: Request, me: Me, listings: Listings, recorded: Recorded) -> None:
        self._request = request
        self._me = me
        self._listings = listings
        self._recorded = recorded

    async def has(self, channel: str, number: str, freshness: Freshness) -> bool:
        """Whether an order is hers; raises where a source that would know did not answer."""
        me = await self._me(live=False)
        if me is None or not self._request.visibility.in_channel(channel):
            return False
        if await self._known(me, channel, number):
            return True
        filters = OrderFilter(channels=frozenset({channel}))
        args = ConnectionArgs(first=_PAGE, freshness=freshness)
        for _ in range(_MOST_PAGES):
            page = await self._listings.member_orders(me, filters, args)
            check_answered(page.sources)
            if any((one.node.channel, one.node.number) == (channel, number) for one in page.edges):
                return True
            if any(one.status is SourceStatus.SKIPPED for one in page.sources):
                return self._is_customer(me, channel)
            if (after := _next(page.page_info)) is None:
                return False
            args = replace(args, after=after)
        return False

    async def _known(self, me: Member, channel: str, number: str) -> bool:
        try:
            return await self._recorded(channel, number, [one.key for one in me.memberships])
        except StoreUnavailable:
            return False

    def _is_customer(self, me: Member, channel: str) -> bool:
        """Whether the system of a channel, which cannot list her orders, may have one of hers."""
        connection = self._request.estate.route(Capability.ORDER, channel)
        name = None if connection is None else connection.name
        return any(one.source.connector == name for one in me.memberships)


def _next(info: PageInfo) -> str | None:
    return info.end_cursor if info.has_next_page else None
