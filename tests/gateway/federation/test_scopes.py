"""Whose orders, coupons and memberships a caller may see: every role, every neighbour."""

from types import SimpleNamespace

import pytest
from msgspec.structs import replace

from capabilities.caller import MembershipKey, Role, Visibility
from capabilities.errors import Unavailable
from capabilities.member.records import Member, Membership
from capabilities.order.records import Order
from capabilities.promotion.records import Coupon
from capabilities.sources import SourceRef, SourceReport, SourceStatus
from capabilities.visibility import POLICY, Scope
from gateway.federation import scopes
from gateway.federation.scopes import Scopes, within

SOURCE = SourceRef(connector="pos", system="pos", external_id="1")
WELL = SourceReport(name="pos", status=SourceStatus.OK, channels=("store",))
SHOP = SourceReport(name="woo", status=SourceStatus.OK, channels=("shop",))


def membership(channel, number, home=None):
    return Membership(channel=channel, number=number, home_store_code=home, source=SOURCE)


# Of store M1, of store M2 and in two channels, and of no store.
PEOPLE = {
    "a": (membership("store", "a", "M1"),),
    "b": (membership("store", "b", "M2"), membership("shop", "bb")),
    "c": (membership("shop", "c"),),
}


def person(name):
    return Member(brand="b", one_id=name, memberships=PEOPLE[name], sources=(WELL, SHOP))


class People:
    async def by_membership(self, _channel, number, *, live=False):
        del live
        return person(number)

    async def membership_at(self, _connection, number):
        return PEOPLE[number][0] if number in PEOPLE else None

    async def of(self, found):
        return person(found.number)


def seen(role, stores=None, member=None, channels=None):
    own = MembershipKey("store", member) if member else None
    cut = frozenset(stores) if stores else None
    bound = frozenset(channels) if channels is not None else None
    return Visibility(role=role, brand="b", stores=cut, member=own, channels=bound)


CALLERS = {
    "consumer a": (seen(Role.CONSUMER, member="a"), {"a"}),
    "consumer b": (seen(Role.CONSUMER, member="b"), {"b"}),
    "guide of M1": (seen(Role.GUIDE, ["M1"]), {"a"}),
    "guide of M2": (seen(Role.GUIDE, ["M2"]), {"b"}),
    "guide of both": (seen(Role.GUIDE, ["M1", "M2"]), {"a", "b"}),
    "guide of neither": (seen(Role.GUIDE, ["M9"]), set()),
    "service": (seen(Role.SERVICE), {"a", "b", "c"}),
    "operations": (seen(Role.OPERATIONS), {"a", "b", "c"}),
    "administrator": (seen(Role.ADMIN), {"a", "b", "c"}),
    "connector": (seen(Role.CONNECTOR), set()),
    "service of the shop": (seen(Role.SERVICE, channels=["shop"]), {"b", "c"}),
    "service of the stores": (seen(Role.SERVICE, channels=["store"]), {"a", "b"}),
    "service of nothing": (seen(Role.SERVICE, channels=[]), set()),
    "guide of M2 in the shop": (seen(Role.GUIDE, ["M2"], channels=["shop"]), set()),
}
EVERY = pytest.mark.parametrize(("visibility", "own"), CALLERS.values(), ids=CALLERS)


def asking(visibility):
    estate = SimpleNamespace(connection=lambda name: name)
    return Scopes(SimpleNamespace(estate=estate, visibility=visibility), People())


@EVERY
def test_a_person_is_shown_to_whom_she_belongs(visibility, own):
    assert {one for one in PEOPLE if asking(visibility).shown(person(one))} == own


@EVERY
def test_what_lies_in_other_channels_is_cut_off(visibility, own):
    for name in own:
        shown = asking(visibility).shown(person(name))
        bound = visibility.channels
        assert all(bound is None or one.channel in bound for one in shown.memberships)
        assert all(bound is None or bound & set(one.channels) for one in shown.sources)


@EVERY
async def test_an_order_follows_its_buyer_and_its_store(visibility, own):
    if visibility.channels is not None:
        return  # the reader asks nothing of other channels
    orders = [
        Order(channel="store", number=f"{buyer}{store}", customer=buyer, store_code=store,
              source=SOURCE)
        for buyer in (*PEOPLE, None)
        for store in ("M1", "M2", "M7")
    ]  # fmt: skip
    for order in orders:
        scope = POLICY.scope("Order", visibility.role)
        of_store = scope is Scope.STORE and order.store_code in visibility.stores
        expected = scope is Scope.BRAND or order.customer in own or of_store
        shown = await asking(visibility).order(order, "pos")
        assert shown is (order if expected else None), order.number


@EVERY
async def test_a_coupon_follows_its_holder(visibility, own, monkeypatch):
    if visibility.channels is not None:
        return
    held = {
        name: Coupon(channel="store", key=name, customer=name, source=SOURCE) for name in PEOPLE
    }

    async def coupons_of(_request, member, *, live):
        del live
        return (held[member.one_id],), ()

    monkeypatch.setattr(scopes, "coupons_of", coupons_of)
    asked = asking(visibility)
    consumer = visibility.role is Role.CONSUMER
    shown = set()
    for name, one in held.items():
        found = asked.held("store", name, live=False) if consumer else asked.coupon(one)
        shown |= {name} if await found is one else set()
    assert shown == own
    if not consumer:
        nobodys = Coupon(channel="store", key="x", source=SOURCE)
        brand = POLICY.scope("Coupon", visibility.role) is Scope.BRAND
        assert await asked.coupon(nobodys) is (nobodys if brand else None)


async def test_a_consumer_learns_of_no_order_or_coupon_while_her_own_are_not_known(monkeypatch):
    down = SourceReport(name="pos", status=SourceStatus.TIMEOUT, channels=("store",))
    asked = asking(seen(Role.CONSUMER, member="a"))

    async def me(*, live):
        del live
        return replace(person("a"), sources=(down,))

    async def coupons_of(_request, _member, *, live):
        del live
        return (), (down,)

    monkeypatch.setattr(asked, "me", me)
    monkeypatch.setattr(scopes, "coupons_of", coupons_of)
    theirs = Order(channel="store", number="1", customer="b", source=SOURCE)
    for found in (theirs, None):
        with pytest.raises(Unavailable):
            await asked.order(found, "pos")
    with pytest.raises(Unavailable):
        await asked.held("store", "b", live=False)


def test_who_is_bound_to_no_channel_sees_the_person_as_she_is():
    her = person("b")
    assert within(seen(Role.SERVICE), her) is her


def test_lists_are_cut_to_the_stores_and_channels_of_the_caller():
    bound = seen(Role.GUIDE, ["M1"], channels=["store", "shop"])
    assert bound.store_scope(None) == {"M1"}
    assert bound.store_scope(frozenset({"M2"})) == frozenset()
    assert bound.channel_scope(frozenset({"shop", "jd"})) == {"shop"}
    assert bound.channel_scope(None) == {"store", "shop"}
    assert (bound.in_channel("jd"), seen(Role.ADMIN).in_channel("jd")) == (False, True)
