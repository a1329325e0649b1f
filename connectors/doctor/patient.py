"""The connector that is examined, and the questions that all checks put in the same way."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from msgspec import Struct

from capabilities.errors import Limited
from capabilities.estate import Capability
from capabilities.member.records import MembershipFilter
from capabilities.order.records import OrderFilter, StoreFilter
from capabilities.page import PageAsk, SortKey, SourcePage
from capabilities.promotion.records import PromotionFilter
from connectors.connector import Connector
from connectors.doctor.hearing import Hearing
from connectors.ports.port import Bound
from connectors.ports.wanted import Wanted

# A share is granted within some seconds; a small agreement makes an examination slow, not wrong.
_PATIENCE_SECONDS = 20.0
_LOOK_SECONDS = 0.05
Rows = Sequence[tuple[Any, Any]]


class Way(Struct, frozen=True):
    """How a section is asked: by keys, and as a list with a filter."""

    capability: Capability
    source: str
    search: str
    filters: Callable[[], Any]
    key: str = "number"


WAYS: Mapping[str, Way] = {
    "memberships": Way(Capability.MEMBER, "memberships", "search_memberships", MembershipFilter),
    "orders": Way(Capability.ORDER, "orders", "search_orders", OrderFilter),
    "stores": Way(Capability.ORDER, "stores", "search_stores", StoreFilter, "code"),
    "promotions": Way(
        Capability.PROMOTION, "promotions", "search_promotions", PromotionFilter, "key"
    ),
    "coupons": Way(Capability.PROMOTION, "coupons", "search_coupons", lambda: None, "key"),
}


class Patient:
    """One connector under examination; `rows` is how many of each list are looked at."""

    def __init__(self, connector: Connector, hearing: Hearing, rows: int) -> None:
        self.connector = connector
        self.hearing = hearing
        self.rows = rows
        self.samples: dict[str, Rows] = {}

    @property
    def sections(self) -> Sequence[str]:
        """What can be asked; copies of other systems' orders have no list of their own."""
        return [name for name in self.connector.sections if name in WAYS]

    def bound(self, name: str) -> Bound:
        """A section with its reader."""
        return self.connector._bound[name]  # noqa: SLF001 - one family, as ports are

    @contextmanager
    def listened(self) -> Iterator[None]:
        """Every call of the connector is heard inside the block."""
        upstream = self.connector.upstream
        if upstream is None:
            yield
            return
        upstream.listener = self.hearing.heard
        try:
            yield
        finally:
            upstream.listener = None

    async def room(self) -> None:
        """Wait until the load agreement has room, so that no deadline passes in waiting for it."""
        allowance = self.connector.upstream.allowance if self.connector.upstream else None
        if allowance is None:
            return
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                while not allowance.has_room(background=True):  # noqa: ASYNC110 - it tells nobody
                    await asyncio.sleep(_LOOK_SECONDS)
        except TimeoutError:
            message = "the load agreement left no room for the doctor; is it a blackout now?"
            raise Limited(message, source=self.connector.name) from None

    async def touch(self) -> None:
        """One call, of the first section that has a list; of a key that is nobody's elsewhere."""
        for name in self.sections:
            if self.bound(name).compiled.section.search is not None:
                await self.read(name, limit=1)
                return
        for name in self.sections:
            if self.bound(name).compiled.section.by_key is not None:
                await self.by_keys(name, ["1"])
                return

    async def read(self, name: str, **wanted: Any) -> Rows:
        """Rows of one call with their records, as the source gives them: nothing is checked."""
        await self.room()
        bound = self.bound(name)
        asked = {"newest_first": True, "limit": self.rows, **wanted}
        batch = await bound.reader.rows(Wanted(channels=bound.at.channels, **asked))
        return [(row, bound.compiled.record(row, bound.at)) for row in batch.rows]

    async def sample(self, name: str) -> Rows | None:
        """The newest rows of a section; None where it has no list."""
        if self.bound(name).compiled.section.search is None:
            return None
        self.samples[name] = found = (await self.read(name))[: self.rows]
        return found

    async def page(self, name: str, first: int, after: SortKey | None = None) -> SourcePage[Any]:
        """A page of a list, as the graph asks for it."""
        await self.room()
        way, channels = WAYS[name], self.bound(name).at.channels
        ask = PageAsk(first=first, channels=tuple(sorted(set(channels.values()))), after=after)
        search: Callable[..., Awaitable[SourcePage[Any]]] = getattr(self.connector, way.search)
        return await (search(ask) if name == "coupons" else search(way.filters(), ask))

    async def by_keys(self, name: str, keys: Sequence[str]) -> Sequence[Any]:
        """Records by key, as the graph asks for them."""
        await self.room()
        found: Sequence[Any] = await getattr(self.connector, WAYS[name].source)(keys)
        return found
