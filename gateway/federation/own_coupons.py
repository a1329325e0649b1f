"""The platform as one more source of coupons: those that it gives out itself."""

from collections.abc import Callable, Sequence

from capabilities.caller import Visibility
from capabilities.errors import StoreUnavailable, Unavailable
from capabilities.member.changing import PLATFORM
from capabilities.page import PageAsk, SourcePage
from capabilities.promotion.records import Coupon
from gateway.federation.asking import Request
from gateway.federation.merge_source import MergeSource
from store.promotion.coupon_lists import CouponLists, WhoseCoupon


class OwnCoupons:
    """The platform's coupons for one process; `any_given` says whether there is one at all."""

    def __init__(self, lists: CouponLists, any_given: Callable[[], bool]) -> None:
        self._lists = lists
        self._any = any_given

    async def of(self, request: Request, one_id: str) -> Sequence[Coupon] | None:
        """What the platform gave a person; None where it never gave anybody one."""
        if not self._any():
            return None
        found: Sequence[Coupon] = await request.load_with(
            "own coupons", self._lists.of_people, one_id
        )
        return found

    def source(
        self, channels: frozenset[str] | None, who: Visibility
    ) -> MergeSource[Coupon] | None:
        """The platform's part of a list of all; None where it has none, or who asks is bound."""
        asked = channels is None or PLATFORM in channels
        if not self._any() or not asked or who.channels is not None:
            return None

        async def fetch(ask: PageAsk) -> SourcePage[Coupon]:
            try:
                return await self._lists.page(ask)
            except StoreUnavailable as exc:
                raise Unavailable(exc.message, source=PLATFORM, code=exc.code) from exc

        return MergeSource(name=PLATFORM, channels=(PLATFORM,), fetch=fetch)

    async def one(self, key: str) -> WhoseCoupon | None:
        """A coupon by its key, and who holds it."""
        (found,) = await self._lists.by_key([key])
        return found
