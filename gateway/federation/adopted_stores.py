"""Orders of stores that go first, in a person's list that is her system's to give otherwise.

Whoever looks one of them up by its number is answered by the platform's copy, so in her list it is
that of the copy, too: an order has one side in a request, wherever it is asked for.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from capabilities.adoption.states import Side
from capabilities.errors import StoreUnavailable
from capabilities.member.records import Member
from capabilities.order.records import Order, OrderFilter
from capabilities.page import PageAsk, SourcePage
from gateway.federation.adopted import AdoptedPart
from gateway.federation.adopted_keys import instead
from gateway.federation.deciding import Deciding
from gateway.federation.listed import Fetch, loaded_page
from gateway.federation.loaded import Loaded


class StoresFirst:
    """One person's orders of one connection, of which those of some stores go first."""

    def __init__(
        self, deciding: Deciding, part: AdoptedPart, member: Member, filters: OrderFilter
    ) -> None:
        self._deciding = deciding
        self._part = part
        self._member = member
        self._filters = filters

    def of(self, system: Fetch) -> Fetch:
        """Her list as its system gives it, with these orders as the copy has them."""
        standings = self._part.standings.values()
        if self._member.version is None or not any(one.cohorts.stores for one in standings):
            return system

        async def fetch(ask: PageAsk) -> Loaded:
            loaded = await loaded_page(system, ask)
            try:
                return await self._with_copies(loaded)
            except StoreUnavailable:
                return instead(loaded)

        return fetch

    async def _with_copies(self, loaded: Loaded) -> Loaded:
        page: SourcePage[Order] = loaded.value
        first = [one for one in page.rows if self._side(one) is Side.PLATFORM]
        kept = await self._deciding.copied(self._part, "orders", [one.number for one in first])
        fit = {one.number: self._kept(one, kept) for one in first}
        rows: Sequence[Order] = [fit.get(one.number) or one for one in page.rows]
        return replace(loaded, value=replace(page, rows=tuple(rows))) if first else loaded

    def _side(self, one: Order) -> Side:
        standing = self._part.standings.get(one.channel)
        if standing is None:
            return Side.LEGACY
        before = self._deciding.pinned(self._part, one.channel, one.number)
        return before or self._deciding.reads(standing, self._member.one_id, one.store_code)

    def _kept(self, one: Order, kept: Mapping[str, Any]) -> Order | None:
        """The copy of an order; None for one that it lacks, or has at another place of the list."""
        copy: Order | None = kept.get(one.number)
        fits = copy is not None and copy.sort_key == one.sort_key and self._filters.accepts(copy)
        side = Side.PLATFORM if fits else Side.LEGACY
        self._deciding.pin(self._part, one.channel, one.number, side)
        self._deciding.answered(self._part, one.channel, side)
        return copy if fits else None
