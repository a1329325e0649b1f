"""Records of people who were erased: of them the platform has nothing, and a system may."""

from collections.abc import Mapping
from typing import Any

from capabilities.estate import ConnectorSpec
from capabilities.order.records import Order
from capabilities.promotion.records import Promotion
from store.owned import Owned
from store.privacy.tombstones import Tombstones


class ErasedRecords:
    """Leaves out what is of somebody who was erased, before it is compared."""

    def __init__(self, owned: Owned) -> None:
        self._store = owned.store
        self._stones = Tombstones.under(owned.brand, owned.key)

    async def without(self, spec: ConnectorSpec, answers: Mapping[str, Any]) -> Mapping[str, Any]:
        """What a system answered by key, without them."""
        graves = {key: self._graves(spec, one) for key, one in answers.items() if one is not None}
        hashes = [grave for of in graves.values() for grave in of]
        erased = await self._stones.among(self._store.rows, hashes)
        if not erased:
            return answers
        gone = {key for key, of in graves.items() if not erased.isdisjoint(of)}
        return {key: one for key, one in answers.items() if key not in gone}

    def _graves(self, spec: ConnectorSpec, record: Any) -> list[bytes]:
        """What would stand for the person of a record."""
        if isinstance(record, Promotion):
            return []
        if isinstance(record, Order):
            customer = record.customer
            return [] if customer is None else [self._stones.customer(spec.name, customer)]
        return [
            self._stones.membership(record.channel, record.number),
            self._stones.customer(spec.name, record.number),
        ]
