"""A coupon of the platform's own, and what becomes of it."""

from datetime import UTC, datetime
from typing import Any

from capabilities.operations import IdempotencyKeyReused
from capabilities.promotion.coupons import (
    CouponClaimed,
    CouponDeclined,
    CouponState,
    CouponUnit,
)
from capabilities.promotion.records import Coupon, CouponStatus
from capabilities.sources import SourceRef

AT = datetime(2026, 11, 11, 4, tzinfo=UTC)
SOURCE = SourceRef(connector="platform", system="santong", external_id="c1")
COUPON = Coupon(
    channel="shop", key="c1", code="SECRET-CODE-0001", status=CouponStatus.LOCKED, source=SOURCE
)
UNIT = CouponUnit(unit="u1", state=CouponState.LOCKED, coupons=(COUPON,), until=AT)


class CouponShelf:
    """Implements `schema.coupon_part.CouponPart`."""

    def __init__(self) -> None:
        self.asked: list[tuple[Any, ...]] = []

    async def claim(self, *wish: Any) -> Any:
        return self._said(CouponClaimed(coupon=COUPON, whole_code="one time"), "claim", *wish)

    async def claim_code(self, *wish: Any) -> Any:
        return self._said(CouponClaimed(coupon=COUPON, whole_code="one time"), "claim_code", *wish)

    async def lock(self, *wish: Any) -> Any:
        return self._said(UNIT, "lock", *wish)

    async def redeem(self, *wish: Any) -> Any:
        return self._said(UNIT, "redeem", *wish)

    async def give_back(self, *wish: Any) -> Any:
        return self._said(UNIT, "give_back", *wish)

    async def void(self, *wish: Any) -> Any:
        return self._said(UNIT, "void", *wish)

    def _said(self, answer: Any, *wish: Any) -> Any:
        self.asked.append(wish)
        if wish[-1] == "wrong":
            return CouponDeclined(code="COUPON_NOT_VALID", path=("input",))
        if wish[-1] == "reused":
            path = ("input", "idempotencyKey")
            return IdempotencyKeyReused(code="IDEMPOTENCY_KEY_REUSED", path=path)
        return answer
