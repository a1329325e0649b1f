"""One quota of a channel, declined or used twice as its key says."""

from typing import Any

from capabilities.flash.quotas import Quota, QuotaState
from capabilities.flash.running import FlashSaleDeclined
from capabilities.operations import IdempotencyKeyReused
from tests.schema.flash_shelf import NOON

QUOTA = Quota(
    sale="spring-7",
    channel="shop",
    pool="",
    connector="woo",
    kind="sku",
    code="WX-1",
    units=5,
    sold=2,
    left=4,
    counted=False,
    returning=False,
    state=QuotaState.FAILED,
    reason="REFUSED",
    pushed_at=NOON,
    looked_at=NOON,
    command="c1",
    confirmed=True,
)


class FlashQuotaShelf:
    """Implements `schema.flash_quota_part.FlashQuotaPart`."""

    def __init__(self) -> None:
        self.asked: list[tuple[Any, ...]] = []

    async def shown(self, sale: str) -> Any:
        self.asked.append(("shown", sale))
        return [QUOTA]

    async def push(self, *asked: Any) -> Any:
        return self._answer("push", *asked)

    async def again(self, *asked: Any) -> Any:
        return self._answer("again", *asked)

    async def take_back(self, *asked: Any) -> Any:
        return self._answer("take back", *asked)

    async def settle(self, *asked: Any) -> Any:
        return self._answer("settle", *asked)

    def _answer(self, *asked: Any) -> Any:
        self.asked.append(asked)
        if asked[-1] == "declined":
            return FlashSaleDeclined(
                code="FLASH_QUOTA_UNKNOWN", path=("input", "channel"), detail="it has none"
            )
        if asked[-1] == "reused":
            path = ("input", "idempotencyKey")
            return IdempotencyKeyReused(code="IDEMPOTENCY_KEY_REUSED", path=path)
        return QUOTA
