"""The legacy systems of the planted truth: quick, and never in the same order twice."""

import asyncio
from bisect import bisect_right
from collections.abc import Sequence
from functools import cache
from random import Random
from typing import Any

from capabilities.errors import Garbled
from capabilities.member.ports import (
    MembershipIdentitySource,
    MembershipSearch,
    MembershipSource,
)
from capabilities.member.records import (
    Contact,
    IdentityKind,
    Membership,
    MembershipStatus,
    Points,
    Tier,
)
from capabilities.money import Money
from capabilities.order.ports import (
    CustomerOrderSource,
    OrderSearch,
    OrderSource,
    StoreSearch,
    StoreSource,
)
from capabilities.order.records import Order, OrderLine, OrderMoney, ProductRef, Store
from capabilities.page import PageAsk, SourcePage
from capabilities.promotion.ports import CouponSource, CustomerCouponSource
from capabilities.promotion.records import Coupon
from capabilities.sources import SourceRef
from connectors.connector import Turn
from tests.acceptance.interleaved import planted
from tests.acceptance.interleaved.planted import WALLET

# A lock that a busy Redis keeps lives a little longer than a deadline; callers wait for that long.
# The web shop is kept nowhere, and keys that failed together are asked one by one only within its
# deadline: a machine that stands still for seconds makes another caller's fault nobody's own.
ESTATE = """
brand: baiwei
channels:
  - {code: erp, name: 总部, kind: OTHER}
  - {code: web, name: 官网, kind: APP}
  - {code: till, name: 门店, kind: STORE}
  - {code: wallet, name: 券包, kind: OTHER}
connectors:
  - {name: erp, system: sap_s4hana, limits: &limits {deadline_ms: 8000, max_concurrent: 8},
     cache: &kept {member: {fresh: 200ms}, order: {fresh: 200ms}, promotion: {fresh: 200ms}},
     channels: {member: erp, order: erp}}
  - {name: web, system: woocommerce, limits: {deadline_ms: 60000, max_concurrent: 8},
     channels: {member: web, order: web}}
  - {name: till, system: ospos, limits: *limits, cache: *kept,
     channels: {member: till, order: till}}
  - {name: wallet, system: woocommerce, limits: *limits, cache: *kept,
     channels: {member: wallet, promotion: wallet}}
"""
_SECONDS = 0.002


class System:
    """One system of the estate; its answers take a moment of random length."""

    digest = "planted"
    native_types = ()
    pushed = dropped = False

    def __init__(self, name: str, seed: int) -> None:
        self.name = self.system = name
        self.one_credential = name != WALLET
        self._chance = Random(seed)  # noqa: S311 - a seeded generator is wanted

    @property
    def abilities(self) -> frozenset[type]:
        return frozenset(one for one in type(self).__mro__ if one.__name__.endswith(_PORTS))

    def turn(self, port: str) -> Turn:
        if self.name == WALLET and port != "coupons_by_membership":
            return Turn(1, 1)
        return Turn(20, 20)

    async def aclose(self) -> None:
        """Nothing is open."""

    async def _pause(self) -> None:
        kind = self._chance.random()
        await asyncio.sleep(0 if kind < 0.5 else kind * _SECONDS)


_PORTS = ("Source", "Search")


class Members(System, MembershipSource, MembershipIdentitySource, MembershipSearch):
    identity_kinds = frozenset({IdentityKind.PHONE})
    membership_filters = frozenset({"home_store"})

    async def memberships(self, numbers: Sequence[str]) -> Sequence[Membership | None]:
        await self._pause()
        rows = memberships()[self.name]
        return [rows.get(one) for one in numbers]

    async def memberships_by_identity(self, identities: Any) -> Sequence[tuple[Membership, ...]]:
        await self._pause()
        people = [int(one.value[-4:]) for one in identities]
        if self.name == "web" and any(planted.poisoned(one) for one in people):
            raise Garbled("this is no list of customers")
        return [_of_person()[self.name].get(one, ()) for one in people]

    async def search_memberships(self, filters: Any, ask: PageAsk) -> SourcePage[Membership]:
        await self._pause()
        return _page(
            [row for row in memberships()[self.name].values() if filters.accepts(row)], ask
        )


class Orders(System, OrderSource, CustomerOrderSource, OrderSearch):
    order_filters = customer_order_filters = frozenset({"store", "status", "kind", "placed_at"})

    async def orders(self, numbers: Sequence[str]) -> Sequence[Order | None]:
        await self._pause()
        rows = orders()[self.name]
        return [rows.get(one) for one in numbers]

    async def orders_by_customer(
        self, customers: Sequence[str], filters: Any, ask: PageAsk
    ) -> Sequence[SourcePage[Order]]:
        await self._pause()
        own = _of_customer()[self.name]
        return [
            _page([row for row in own.get(one, ()) if filters.accepts(row)], ask)
            for one in customers
        ]

    async def search_orders(self, filters: Any, ask: PageAsk) -> SourcePage[Order]:
        await self._pause()
        return _page([row for row in orders()[self.name].values() if filters.accepts(row)], ask)


class Shop(Members, Orders):
    """A system with members and orders."""


class Till(Shop, StoreSource, StoreSearch):
    store_filters = frozenset({"code"})

    async def stores(self, codes: Sequence[str]) -> Sequence[Store | None]:
        await self._pause()
        return [_store(one) if one in planted.STORES else None for one in codes]

    async def search_stores(self, filters: Any, ask: PageAsk) -> SourcePage[Store]:
        await self._pause()
        rows = [_store(one) for one in planted.STORES]
        return _page([row for row in rows if filters.accepts(row)], ask)


class Wallet(Members, CustomerCouponSource, CouponSource):
    """A system that is called in its caller's name: a call shows what one person holds.

    Where a call asks for several persons, all are shown what the first of them holds, as a session
    that two callers share would show it.
    """

    async def coupons_by_membership(
        self, memberships: Sequence[Membership]
    ) -> Sequence[tuple[Coupon, ...]]:
        await self._pause()
        rows = coupons().values()
        session = memberships[0].number
        return [tuple(row for row in rows if row.customer == session) for _ in memberships]

    async def coupons(self, keys: Sequence[str]) -> Sequence[Coupon | None]:
        await self._pause()
        return [coupons().get(one) for one in keys]


def open_system(name: str, seed: int) -> System:
    kinds: dict[str, type[System]] = {"till": Till, WALLET: Wallet}
    return kinds.get(name, Shop)(name, seed)


def _source(channel: str, number: str) -> SourceRef:
    return SourceRef(connector=channel, system=channel, external_id=number)


@cache
def memberships() -> dict[str, dict[str, Membership]]:
    found: dict[str, dict[str, Membership]] = {}
    for one in planted.HELD:
        found.setdefault(one.channel, {})[one.number] = Membership(
            channel=one.channel,
            number=one.number,
            status=MembershipStatus.ACTIVE,
            tier=Tier(code=one.tier),
            points=Points(available=one.points),
            joined_at=one.joined,
            home_store_code=one.store,
            contact=Contact(
                name=planted.name(one.person), phone=planted.phone(one.person), phone_verified=True
            ),
            source=_source(one.channel, one.number),
        )
    return found


@cache
def orders() -> dict[str, dict[str, Order]]:
    found: dict[str, dict[str, Order]] = {}
    for one in planted.BOUGHT:
        found.setdefault(one.channel, {})[one.number] = Order(
            channel=one.channel,
            number=one.number,
            customer=one.customer,
            store_code=one.store,
            placed_at=one.at,
            currency="CNY",
            money=OrderMoney(total=Money(one.cents, "CNY")),
            lines=(
                OrderLine(
                    ref="1",
                    raw_sku=f"raw-{one.sku}",
                    codes=(ProductRef("sku", f"BW-{one.sku}"),),
                    name=one.text,
                ),
            ),
            source=_source(one.channel, one.number),
        )
    return found


@cache
def _of_person() -> dict[str, dict[int, tuple[Membership, ...]]]:
    found: dict[str, dict[int, tuple[Membership, ...]]] = {}
    for one in planted.HELD:
        row = memberships()[one.channel][one.number]
        own = found.setdefault(one.channel, {})
        own[one.person] = (*own.get(one.person, ()), row)
    return found


@cache
def _of_customer() -> dict[str, dict[str, list[Order]]]:
    found: dict[str, dict[str, list[Order]]] = {}
    for channel, rows in orders().items():
        for row in rows.values():
            if row.customer is not None:
                found.setdefault(channel, {}).setdefault(row.customer, []).append(row)
    return found


@cache
def coupons() -> dict[str, Coupon]:
    return {
        one.key: Coupon(
            channel=WALLET,
            key=one.key,
            name=one.name,
            code=one.code,
            customer=one.customer,
            issued_at=one.issued,
            source=_source(WALLET, one.key),
        )
        for one in planted.COUPONS
    }


def _store(code: str) -> Store:
    return Store(channel="till", code=code, name=f"店 {code}", source=_source("till", code))


def _page(rows: list[Any], ask: PageAsk) -> SourcePage[Any]:
    """The rows after a place, newest first."""
    rows = sorted(rows, key=lambda row: row.sort_key.rank)
    start = 0
    if ask.after is not None:
        start = bisect_right([row.sort_key.rank for row in rows], ask.after.rank)
    return SourcePage(
        rows=tuple(rows[start : start + ask.first]),
        has_more=len(rows) > start + ask.first,
        total=len(rows),
    )
