"""Ports of the promotion capability."""

from collections.abc import Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from capabilities.errors import Refused
from capabilities.member.records import Membership
from capabilities.page import PageAsk, SourcePage
from capabilities.promotion.ports import (
    CouponSearch,
    CouponSource,
    CustomerCouponSource,
    PromotionSearch,
    PromotionSource,
)
from capabilities.promotion.records import Coupon, Promotion, PromotionFilter
from connectors.ports.customers import pages_by_customer
from connectors.ports.keys import by_keys
from connectors.ports.lists import Asked, search
from connectors.ports.port import Bound, Port
from connectors.ports.walk import Rules, Walk
from connectors.ports.wanted import Wanted

# More coupons than this at one person, or in a shop that can only be scanned, is a refusal.
_MOST = 1000


class PromotionKeys(Port, PromotionSource):
    """Promotions by key."""

    async def promotions(self, keys: Sequence[str]) -> Sequence[Promotion | None]:
        """One promotion per key."""
        return await by_keys(self, "promotions", "promotions", keys, lambda one: one.key)


class PromotionPages(Port, PromotionSearch):
    """Pages of promotions."""

    async def search_promotions(
        self, filters: PromotionFilter, ask: PageAsk
    ) -> SourcePage[Promotion]:
        """Rows in the order of `Promotion.sort_key`, strictly after the place asked."""
        values = {"status": filters.statuses}
        asked = Asked(filters=filters, channels=filters.channels, values=values)
        page: SourcePage[Promotion] = await search(
            self, "search_promotions", "promotions", asked, ask
        )
        return page


class CouponKeys(Port, CouponSource):
    """Coupons by key."""

    async def coupons(self, keys: Sequence[str]) -> Sequence[Coupon | None]:
        """One coupon per key."""
        return await by_keys(self, "coupons", "coupons", keys, lambda one: one.key)


class Everything(Struct, frozen=True):
    """The filter of a list that has none."""

    @property
    def fields(self) -> frozenset[str]:
        """Nothing is restricted."""
        return frozenset()

    def accepts(self, record: Any) -> bool:
        """Every record belongs."""
        return record is not None


class CouponPages(Port, CouponSearch):
    """Pages of coupons."""

    async def search_coupons(self, ask: PageAsk) -> SourcePage[Coupon]:
        """Rows in the order of `Coupon.sort_key`, strictly after the place asked."""
        asked = Asked(filters=Everything(), channels=None)
        page: SourcePage[Coupon] = await search(self, "search_coupons", "coupons", asked, ask)
        return page


class CustomerCoupons(Port, CustomerCouponSource):
    """Coupons that persons hold, asked by number; or found by a scan where nothing can ask."""

    async def coupons_by_membership(
        self, memberships: Sequence[Membership]
    ) -> Sequence[tuple[Coupon, ...]]:
        """All coupons per membership."""
        if not memberships:
            return []
        bound = self._bound["coupons"]
        lookup = bound.compiled.section.by_customer
        if lookup is not None and lookup.scan:
            return await self._scanned(bound, memberships)
        numbers = [one.number for one in memberships]
        asked = Asked(filters=Everything(), channels=None)
        ask = PageAsk(first=_MOST, channels=tuple(set(bound.at.channels.values())))
        pages = await pages_by_customer(
            self, "coupons_by_membership", "coupons", numbers, asked, ask
        )
        if any(page.has_more for page in pages):
            raise self._beyond()
        return [page.rows for page in pages]

    async def _scanned(
        self, bound: Bound, memberships: Sequence[Membership]
    ) -> list[tuple[Coupon, ...]]:
        """Every coupon is read; who may use it stands in the row, several parted by commas."""
        match = bound.compiled.match_customer
        if match is None:
            raise TypeError("a scan without a match")
        owners: dict[str, list[Coupon]] = {}
        async with self._observed("coupons_by_membership", len(memberships)), self._deadline():
            for row, coupon in bound.compiled.pairs(await self._all(bound), bound.at):
                for address in (match(row) or "").casefold().split(","):
                    owners.setdefault(address.strip(), []).append(coupon)
        return [tuple(self._held(one, owners)) for one in memberships]

    def _held(self, membership: Membership, owners: dict[str, list[Coupon]]) -> list[Coupon]:
        address = (membership.contact.email or "").casefold()
        held = owners.get(address, []) if address else []
        unique = {coupon.key: coupon for coupon in held}.values()
        ordered = sorted(unique, key=lambda coupon: coupon.sort_key.rank)
        return [replace(coupon, customer=membership.number) for coupon in ordered]

    async def _all(self, bound: Bound) -> list[Any]:
        order = bound.compiled.section.order
        rows: list[Any] = []
        ask = PageAsk(first=_MOST, channels=tuple(set(bound.at.channels.values())))
        rules = Rules(
            ask=ask,
            accepts=lambda _: True,
            bucket=lambda _: "",
            keyset=False,
            scans=True,
            page_max=order.page_max if order is not None else 100,
            limits=self.spec.limits,
        )
        walk = Walk(rules, bound.compiled, bound.at, [""])
        wanted = Wanted(channels=bound.at.channels, newest_first=True, limit=rules.page_max)
        while walk.open:
            batch = await bound.reader.rows(walk.next(wanted))
            rows += batch.rows
            walk.take(batch)
        if walk.truncated or len(rows) > _MOST:
            raise self._beyond()
        return rows

    def _beyond(self) -> Refused:
        message = "more coupons than the connector's bound allows to look through"
        return Refused(message, source=self.spec.name, code="UPSTREAM_SCAN_BOUND")
