"""Keys drawn at random on both sides, so that records nobody asks for are compared, too."""

import random
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from msgspec.structs import replace

from capabilities.errors import ChannelError
from capabilities.estate import Capability
from capabilities.member.ports import MembershipSearch
from capabilities.member.records import MembershipFilter
from capabilities.order.ports import OrderSearch
from capabilities.order.records import OrderFilter
from capabilities.page import PageAsk, SortKey, SourcePage
from capabilities.promotion.ports import PromotionSearch
from capabilities.promotion.records import PromotionFilter
from capabilities.time import micros
from connectors.connector import Connector
from store.adoption.copied_keys import CopiedKeys, Drawn

_PAGE = 50
# Beyond the oldest that the platform has, by how much of the time that it covers.
_BEYOND = 0.1
# One page in so many is the very first or the very last.
_ENDS = 8
_HALF = 0.5


class Drawing:
    """Draws keys of one channel: from the platform's copy, and from pages of the system."""

    def __init__(
        self,
        connector: Connector,
        copied: CopiedKeys,
        channel: str,
        capability: Capability,
        chance: random.Random,
    ) -> None:
        self._connector = connector
        self._copied = copied
        self._channel = channel
        self._capability = capability
        self._chance = chance

    async def keys(self, wanted: int, at: datetime) -> Sequence[str]:
        """So many keys or fewer, half of them from each side; each once.

        A system that has no list, or does not give one now, is drawn from by the copy alone.
        """
        mine = await self._copied.draw(self._channel, self._capability, wanted)
        theirs = await self._of_system(mine, wanted // 2, at)
        ours = [one.key for one in mine][: wanted - len(theirs)]
        return list(dict.fromkeys([*theirs, *ours]))

    async def _of_system(self, mine: Sequence[Drawn], wanted: int, at: datetime) -> list[str]:
        """Keys of pages that begin at moments drawn evenly over the time that there are rows of."""
        found: dict[str, None] = {}
        for _ in range(max(1, wanted // _PAGE)):
            try:
                page = await self._page(self._place(mine, at))
            except ChannelError:
                break
            if page is None:
                break
            places = [row.sort_key for row in page.rows if row.channel == self._channel]
            found |= dict.fromkeys(one.natural_key for one in places)
        keys = list(found)
        self._chance.shuffle(keys)
        return keys[:wanted]

    def _place(self, mine: Sequence[Drawn], at: datetime) -> PageAsk:
        """Where a page begins: at an end, behind a row of the copy, or at a moment of its time."""
        ask = PageAsk(first=_PAGE, channels=(self._channel,))
        chance = self._chance
        if not mine or chance.randrange(_ENDS) == 0:
            return replace(ask, newest_first=chance.random() < _HALF)
        if chance.random() < _HALF:
            near = chance.choice(mine)
            value = 0 if near.at is None else micros(near.at)
            return replace(ask, after=SortKey(value, self._channel, near.key))
        oldest = min((one.at for one in mine if one.at is not None), default=at)
        moment = at - (at - oldest) * (1 + _BEYOND) * chance.random()
        return replace(ask, after=SortKey(micros(moment), self._channel, ""))

    async def _page(self, ask: PageAsk) -> SourcePage[Any] | None:
        connector, channels = self._connector, frozenset({self._channel})
        if self._capability is Capability.MEMBER and isinstance(connector, MembershipSearch):
            return await connector.search_memberships(MembershipFilter(channels=channels), ask)
        if self._capability is Capability.ORDER and isinstance(connector, OrderSearch):
            return await connector.search_orders(OrderFilter(channels=channels), ask)
        if self._capability is Capability.PROMOTION and isinstance(connector, PromotionSearch):
            return await connector.search_promotions(PromotionFilter(channels=channels), ask)
        return None
