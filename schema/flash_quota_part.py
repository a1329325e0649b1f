"""What a resolver may ask of quotas that channels sell in their own carts."""

from collections.abc import Sequence
from typing import Protocol

from capabilities.flash.quotas import Quota
from capabilities.flash.running import QuotaOutcome


class FlashQuotaPart(Protocol):
    """Quotas given out, told again, taken back, settled."""

    async def shown(self, sale: str) -> Sequence[Quota]:
        """What channels of a sale sell in their own carts."""

    async def push(
        self, sale: str, channel: str, units: int, code: str | None, key: str
    ) -> QuotaOutcome:
        """Give a channel a quota."""

    async def again(self, sale: str, channel: str, key: str) -> QuotaOutcome:
        """Tell the channel's system once more what failed."""

    async def take_back(self, sale: str, channel: str, key: str) -> QuotaOutcome:
        """Have a channel offer nothing any more."""

    async def settle(self, sale: str, channel: str, sold: int, key: str) -> QuotaOutcome:
        """Say by hand how many a channel sold."""
