"""Loads of promotions by key that either side may answer."""

from collections.abc import Mapping, Sequence

from capabilities.adoption.states import Side
from capabilities.promotion.records import Promotion
from gateway.federation.adopted_keys import KeyedQuestion
from gateway.federation.deciding import natural


class PromotionsByKey(KeyedQuestion):
    """Promotions: decided by themselves, for nobody holds one."""

    port = "promotions"

    async def _divided(self, keys: Sequence[str]) -> Mapping[str, Side]:
        kept = await self.deciding.copied(self.part, self.port, keys, live=self._live)
        return {key: self._before(key) or self._side(kept[key]) for key in keys}

    def _side(self, one: Promotion | None) -> Side:
        if one is None:
            return Side.PLATFORM if self.part.owned else Side.LEGACY
        standing = self.part.standings.get(one.channel)
        if standing is None:  # a copy is kept of every channel, whether or not it is adopted
            return Side.LEGACY
        side = self.deciding.reads(standing, natural(one.channel, one.key))
        return self.deciding.pin(self.part, one.channel, one.key, side)
