"""The platform as one more source of a list of memberships: for channels that no system answers."""

from collections.abc import Sequence

from capabilities.errors import StoreUnavailable, Unavailable
from capabilities.estate import Capability
from capabilities.member.changing import PLATFORM
from capabilities.member.ports import MembershipSearch
from capabilities.member.records import Membership, MembershipFilter
from capabilities.page import PageAsk, SourcePage
from gateway.federation.asking import Request
from gateway.federation.merge_source import MergeSource


def own_source(
    request: Request, own: MembershipSearch, filters: MembershipFilter
) -> list[MergeSource[Membership]]:
    """The one source of all channels without a member system; none where there is no such."""
    estate = request.estate
    channels = tuple(
        code
        for code in sorted(estate.channels)
        if estate.route(Capability.MEMBER, code) is None
        and (filters.channels is None or code in filters.channels)
    )

    async def search(asks: Sequence[PageAsk]) -> Sequence[SourcePage[Membership]]:
        return [await own.search_memberships(filters, ask) for ask in asks]

    async def fetch(ask: PageAsk) -> SourcePage[Membership]:
        try:
            page: SourcePage[Membership] = await request.load_with(
                ("own memberships", filters), search, ask
            )
        except StoreUnavailable as exc:
            raise Unavailable(exc.message, source=PLATFORM, code=exc.code) from exc
        return page

    return [MergeSource(name=PLATFORM, channels=channels, fetch=fetch)] if channels else []
