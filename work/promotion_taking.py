"""What a synced promotion becomes: a row of the platform's copy, in the sync's transaction.

All of every connector are kept, whatever its adoption stands at: they are few, and nobody's.
"""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from capabilities.estate import Capability, ConnectorSpec
from capabilities.promotion.records import Promotion
from store.engine import Run
from store.promotion.copies import PromotionCopying
from work.taking import Took


class ReadPromotions(Struct, frozen=True):
    """Promotions, and when their system was asked for them."""

    promotions: Sequence[Promotion]
    read_at: datetime


class PromotionTaker:
    """Promotions as their systems say them."""

    def __init__(self, copies: PromotionCopying) -> None:
        self._copies = copies

    async def prepare(
        self, spec: ConnectorSpec, records: Sequence[Promotion], read_at: datetime
    ) -> ReadPromotions:
        """Those of the connector's own channels."""
        own = spec.codes(Capability.PROMOTION)
        return ReadPromotions([one for one in records if one.channel in own], read_at)

    def fault(self, record: Promotion) -> str | None:
        """Nothing is counted of promotions."""
        del record
        return None

    async def take(self, run: Run, prepared: ReadPromotions) -> Took:
        """Keep them."""
        kept = await self._copies.keep_in(run, prepared.promotions, prepared.read_at)
        return Took(changed=kept)

    async def remove(self, run: Run, keys: Sequence[tuple[str, str]], read_at: datetime) -> int:
        """A promotion that is gone is forgotten: nothing stands on the copy of one."""
        return await self._copies.drop_in(run, keys, read_at)
