"""Lists that the platform answers in place of a system; where it is away the system does."""

from collections.abc import Awaitable, Callable, Hashable, Sequence
from typing import Any

from msgspec.structs import replace

from capabilities.adoption.states import Side
from capabilities.errors import StoreUnavailable, Unavailable
from capabilities.estate import Capability
from capabilities.member.changing import PLATFORM
from capabilities.member.records import Member
from capabilities.order.records import Order, OrderFilter
from capabilities.page import PageAsk, SourcePage, joined
from capabilities.sources import SourceReport
from gateway.federation.adopted import AdoptedPart, is_retired
from gateway.federation.adopted_keys import instead, not_answered
from gateway.federation.adopted_parts import with_other_parts
from gateway.federation.adopted_stores import StoresFirst
from gateway.federation.asking import Request
from gateway.federation.estate import Connection
from gateway.federation.listed import Fetch, check_asked, loaded_page
from gateway.federation.loaded import Loaded
from gateway.federation.merge_source import MergeSource
from gateway.federation.switch import ReadSwitch

Read = Callable[[PageAsk], Awaitable[SourcePage[Any]]]
# Lists of records that the platform has a copy of.
_LISTS = frozenset({"search_memberships", "search_orders", "search_promotions"})


class AdoptedLists:
    """The lists of one request, divided by channel between systems and the platform's copy.

    A place in a list names channels and no source, so a half-read list goes on behind every step.
    """

    def __init__(self, request: Request, switch: ReadSwitch) -> None:
        self._request = request
        self._switch = switch
        self._deciding = switch.deciding

    def divided(
        self,
        connection: Connection,
        capability: Capability,
        source: MergeSource[Any],
        port: str,
        filters: Hashable,
    ) -> list[MergeSource[Any]]:
        """The sources of whole channels in place of one connection's."""
        part = self._switch.part(connection, capability) if port in _LISTS else None
        if part is None or part.simply_read:
            return [source]
        ours = self._switch.listed(part, source.channels)
        copied = self._search(part, port, filters, _system(source))
        return self._both(part, source, ours, copied)

    def of_person(
        self,
        connection: Connection,
        source: MergeSource[Order],
        member: Member,
        customers: Sequence[str],
        filters: OrderFilter,
    ) -> list[MergeSource[Order]]:
        """The sources of one person's orders; she may be several customers of a system."""
        part = self._switch.part(connection, Capability.ORDER)
        if part is None or part.simply_read:
            return [source]
        ours = self._switch.hers(part, member, source.channels)
        known = next((one for one in member.sources if one.name == connection.name), None)
        copied = self._of_customers(part, customers, filters, known, _system(source))
        first = StoresFirst(self._deciding, part, member, filters)
        return self._both(part, replace(source, fetch=first.of(source.fetch)), ours, copied)

    def _both(
        self, part: AdoptedPart, source: MergeSource[Any], ours: frozenset[str], copied: Fetch
    ) -> list[MergeSource[Any]]:
        closed = self._switch.closed(part, source.channels)
        theirs = tuple(one for one in source.channels if one not in ours and one not in closed)
        found = []
        if theirs:
            fetch = self._also_parted(part, source.fetch)
            found.append(replace(source, channels=theirs, fetch=fetch))
        if closed:
            why = not_answered(part).message
            found.append(replace(source, channels=tuple(sorted(closed)), skipped=why))
        if ours:
            found.append(MergeSource(name=PLATFORM, channels=tuple(sorted(ours)), fetch=copied))
        return found

    def _search(
        self, part: AdoptedPart, port: str, filters: Hashable, system: Fetch | None
    ) -> Fetch:
        ask_page = getattr(part.copy, port)

        async def pages(asks: Sequence[PageAsk]) -> Sequence[SourcePage[Any]]:
            return [await ask_page(filters, ask) for ask in asks]

        async def read(ask: PageAsk) -> SourcePage[Any]:
            name = (port, "copy", part.connection.name, filters)
            found: SourcePage[Any] = await self._request.load_with(name, pages, ask)
            return found

        return self._fetch(part, read, system)

    def _of_customers(
        self,
        part: AdoptedPart,
        customers: Sequence[str],
        filters: OrderFilter,
        known: SourceReport | None,
        system: Fetch | None,
    ) -> Fetch:
        async def read(ask: PageAsk) -> SourcePage[Order]:
            check_asked(known)

            async def lists(keys: Sequence[str]) -> Sequence[SourcePage[Order]]:
                found: Sequence[SourcePage[Order]] = await part.copy.orders_by_customer(
                    keys, filters, ask
                )
                return found

            name = ("orders_by_customer", "copy", part.connection.name, filters, ask)
            loads = [self._request.load_with(name, lists, one) for one in customers]
            pages = [await load for load in loads]
            return joined(pages, ask) if pages else SourcePage(rows=(), has_more=False, total=0)

        return self._fetch(part, read, system)

    def _fetch(self, part: AdoptedPart, read: Read, system: Fetch | None) -> Fetch:
        """`read` asks the copy, `system` the system, where that could be asked at all."""

        async def fetch(ask: PageAsk) -> Loaded:
            try:
                async with self._deciding.reading(part) as reading:
                    page = await read(ask)
            except StoreUnavailable as exc:
                return await self._instead(part, system, ask, exc)
            for channel in ask.channels:
                self._deciding.answered(part, channel, Side.PLATFORM)
            return await self._parted(part, Loaded(page, reading.took_ms, by=PLATFORM))

        return fetch

    async def _instead(
        self, part: AdoptedPart, system: Fetch | None, ask: PageAsk, away: StoreUnavailable
    ) -> Loaded:
        retired = any(is_retired(part.standings[one]) for one in ask.channels)
        if system is None or retired:
            raise Unavailable(away.message, source=PLATFORM, code=away.code) from away
        loaded = await loaded_page(system, ask)
        return replace(instead(loaded), by=part.connection.name)

    async def _parted(self, part: AdoptedPart, loaded: Loaded) -> Loaded:
        """A page with the parts of its rows that the other side answers."""
        page: SourcePage[Any] = loaded.value
        rows, error = await with_other_parts(self._deciding, part, page.rows)
        if error is None and tuple(rows) == page.rows:
            return loaded
        return replace(loaded, value=replace(page, rows=tuple(rows)), error=loaded.error or error)

    def _also_parted(self, part: AdoptedPart, system: Fetch) -> Fetch:
        """A system's own list, with parts of its rows that the platform answers."""
        if not any(one.fields for one in part.standings.values()):
            return system

        async def fetch(ask: PageAsk) -> Loaded:
            return await self._parted(part, await loaded_page(system, ask))

        return fetch


def _system(source: MergeSource[Any]) -> Fetch | None:
    return source.fetch if source.skipped is None else None
