"""The data's quality as one caller meets it."""

from capabilities.caller import Caller
from capabilities.member.quality import DataQuality
from gateway.platform.whole_brand import of_whole_brand
from store.member.quality import Quality
from store.owned import Owned


class Measured:
    """Implements `schema.quality_part.QualityPart`."""

    def __init__(self, owned: Owned, caller: Caller) -> None:
        self._owned = owned
        self._caller = caller

    async def data_quality(self) -> DataQuality:
        """The report; Forbidden for who may see some channels only: it counts over all."""
        of_whole_brand(self._caller.visibility, "The report counts over all channels.")
        return await Quality(self._owned.store, self._owned.brand).measure(self._owned.now())
