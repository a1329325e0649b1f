"""The platform as one more source of promotions: those that it decides itself."""

from collections.abc import Callable

from msgspec.structs import replace

from capabilities.caller import Role, Visibility
from capabilities.errors import ChannelError, StoreUnavailable
from capabilities.estate import Channel, ChannelKind
from capabilities.member.changing import PLATFORM
from capabilities.page import PageAsk, SourcePage
from capabilities.promotion.records import Promotion, PromotionFilter
from gateway.federation.merge_source import MergeSource
from store.promotion.lists import OPEN, PromotionLists

_STAFF = frozenset({Role.GUIDE, Role.SERVICE, Role.OPERATIONS, Role.ADMIN})


def own_channel(brand: str) -> Channel:
    """What promotions that hold in many channels belong to."""
    return Channel(brand=brand, code=PLATFORM, name="全渠道", kind=ChannelKind.OTHER)


class OwnPromotions:
    """The platform's promotions for one process; `any` says whether there is one at all."""

    def __init__(self, lists: PromotionLists, any_written: Callable[[], bool]) -> None:
        self._lists = lists
        self._any = any_written

    def source(self, filters: PromotionFilter, who: Visibility) -> MergeSource[Promotion] | None:
        """The platform's part of a list; None where there is none."""
        if not self._any():
            return None
        own = replace(filters, channels=_places(filters.channels, who))

        async def fetch(ask: PageAsk) -> SourcePage[Promotion]:
            try:
                return await self._lists.page(own, ask, staff=who.role in _STAFF)
            except StoreUnavailable as exc:
                raise ChannelError(exc.message, source=PLATFORM, code=exc.code) from exc

        return MergeSource(name=PLATFORM, channels=(PLATFORM,), fetch=fetch)

    async def one(self, key: str, who: Visibility) -> Promotion | None:
        """A promotion by its key, where the caller may know of it."""
        (found,) = await self._lists.by_key([key])
        if found is None or found.terms is None:
            return None
        if who.role not in _STAFF and found.status not in OPEN:
            return None
        bound, channels = who.channels, found.terms.channels
        if bound is not None and channels and bound.isdisjoint(channels):
            return None
        return found


def _places(asked: frozenset[str] | None, who: Visibility) -> frozenset[str] | None:
    """The channels that one must hold in; all where nobody names any other than the platform."""
    wanted = None if asked is None else asked - {PLATFORM}
    if asked is not None and PLATFORM in asked:
        wanted = None
    return who.channel_scope(wanted)
