"""The platform as one more source of a list of memberships.

It answers for channels that no system answers, and for registrations that are on their way to a
system: these stand at a place of their own, for of their channels another is the source.
"""

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from capabilities.errors import StoreUnavailable, Unavailable
from capabilities.estate import Capability
from capabilities.member.changing import PLATFORM
from capabilities.member.pending import PENDING_PLACE, place_of
from capabilities.member.ports import MembershipSearch, MembershipSink
from capabilities.member.records import Membership, MembershipFilter
from capabilities.member.writing import WriteKind
from capabilities.page import PageAsk, SourcePage, joined
from capabilities.sources import SourceReport
from gateway.federation.asking import Request
from gateway.federation.estate import Connection, Estate
from gateway.federation.merge_source import MergeSource
from store.member.pending import PendingRegistrations


class OwnPages(Struct, frozen=True):
    """What the platform's pages are made of."""

    given: MembershipSearch
    pending: PendingRegistrations


def own_source(
    request: Request, own: OwnPages, filters: MembershipFilter
) -> list[MergeSource[Membership]]:
    """The one source; none where it can have nothing of the list."""
    given, told = _channels(request.estate, filters)
    channels = (*given, PENDING_PLACE) if told else given

    async def page(ask: PageAsk) -> SourcePage[Membership]:
        pages = []
        mine = tuple(one for one in ask.channels if one != PENDING_PLACE)
        if mine:
            pages.append(await own.given.search_memberships(filters, replace(ask, channels=mine)))
        if len(mine) < len(ask.channels):
            pages.append(await own.pending.page(told, ask))
        return joined(pages, ask, place_of)

    async def search(asks: Sequence[PageAsk]) -> Sequence[SourcePage[Membership]]:
        return [await page(ask) for ask in asks]

    async def fetch(ask: PageAsk) -> SourcePage[Membership]:
        try:
            found: SourcePage[Membership] = await request.load_with(
                ("own memberships", filters, told), search, ask
            )
        except StoreUnavailable as exc:
            raise Unavailable(exc.message, source=PLATFORM, code=exc.code) from exc
        return found

    return [MergeSource(name=PLATFORM, channels=channels, fetch=fetch)] if channels else []


def _channels(estate: Estate, filters: MembershipFilter) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Channels of the list without a system, and those whose system is told of registrations.

    Nobody who is on the way has a home store yet.
    """
    given, told = [], []
    for code in sorted(estate.channels):
        if filters.channels is not None and code not in filters.channels:
            continue
        connection = estate.route(Capability.MEMBER, code)
        if connection is None:
            given.append(code)
        elif filters.home_stores is None and takes(connection, WriteKind.REGISTER):
            told.append(code)
    return tuple(given), tuple(told)


def takes(connection: Connection | None, kind: WriteKind) -> bool:
    """Whether a change can be made; one whose system is away is queued, and found out later."""
    if connection is None or connection.is_broken:
        return True
    sink = connection.port(MembershipSink)
    return sink is not None and kind in sink.write_kinds


def told_of_channels(report: SourceReport) -> SourceReport:
    """A report without the place of registrations, which is no channel."""
    if PENDING_PLACE not in report.channels:
        return report
    return replace(report, channels=tuple(one for one in report.channels if one != PENDING_PLACE))
