"""Limits and budgets are never passed, however many orders come at once; what comes back counts."""

import asyncio
from decimal import Decimal
from fractions import Fraction

import pytest
from sqlalchemy import text

from capabilities.member.commands import CommandState
from capabilities.order.commands import SettledWrite
from capabilities.order.writing import OrderWriteKind
from capabilities.pricing.book import Book
from capabilities.pricing.cart import Cart, CartLine, Occasion, Usage
from capabilities.pricing.definition import Limits
from capabilities.pricing.pricing import quote
from capabilities.promotion.settling import Settled, discounts_of
from store.promotion.order_promotions import OrderPromotions
from store.promotion.uses import PromotionUses, UsedBy, UsedUp
from tests.store.promotion.conftest import NOON, plan

CART = Cart(lines=(CartLine(ref="1", sku="a", unit_price=1000, quantity=Decimal(3)),))


class Refused(Exception):
    pass


class Till:
    """Places orders that use one promotion, as an order's transaction does."""

    def __init__(self, owned, plans):
        self.owned, self.plans = owned, {one.id: one for one in plans}
        self.uses = PromotionUses(owned)
        occasion = Occasion(channel="shop", at=NOON, zone=owned.zone)
        found = quote(Book(plans), CART, occasion)
        discounts = discounts_of(found, self.plans)
        self.settled = Settled(
            quote=found, cart=CART, at=NOON, policy=1, channel="shop", discounts=discounts
        )

    async def order(self, number, one_id=None, store=None):
        by = UsedBy(channel="shop", number=number, one_id=one_id, store=store)

        async def work(run):
            used_up = await self.uses.take_in(run, by, self.settled, self.plans, NOON)
            if used_up:
                raise Refused(used_up)

        try:
            await self.owned.store.transaction(work)
        except Refused as exc:
            return exc.args[0]
        return ()

    async def back(self, number, part=Fraction(1)):
        await self.owned.store.transaction(
            lambda run: self.uses.give_back_in(run, "shop", number, part)
        )

    async def progress(self, key="eleven"):
        (found,) = await self.uses.progress([key])
        return found


@pytest.mark.parametrize(
    ("limits", "fit", "scope"),
    [
        (Limits(total=5), 5, "TOTAL"),
        (Limits(spend=1700), 5, "TOTAL"),  # 300 of each order
        (Limits(per_store=4), 4, "STORE"),
        (Limits(per_member=3), 3, "MEMBER"),
    ],
)
async def test_no_limit_is_passed_by_orders_that_come_at_once(owned, limits, fit, scope):
    till = Till(owned, [plan(limits=limits)])
    done = await asyncio.gather(*(till.order(f"n{at}", "ann", "M1") for at in range(12)))
    assert sum(not one for one in done) == fit
    refused = (UsedUp(promotion="eleven", scope=scope),)
    assert {one for one in done if one} == {refused}
    found = await till.progress()
    assert (found.used, found.spend, found.revenue, found.units) == (
        fit,
        300 * fit,
        2700 * fit,
        3 * fit,
    )


async def test_an_order_that_is_refused_counts_on_nothing(owned):
    plans = [plan(id="one"), plan(id="two", limits=Limits(total=1))]
    till = Till(owned, plans)
    assert await till.order("1", "ann") == ()
    assert [one.promotion for one in await till.order("2", "ann")] == ["two"]
    assert (await till.progress("one")).used == 1


async def test_the_same_order_again_counts_once(owned):
    till = Till(owned, [plan(limits=Limits(total=5))])
    await asyncio.gather(*(till.order("1", "ann") for _ in range(6)))
    assert (await till.progress()).used == 1


async def test_who_is_nobody_uses_nothing_that_is_limited_for_each(owned):
    till = Till(owned, [plan(limits=Limits(per_member=1))])
    assert [one.scope for one in await till.order("1")] == ["MEMBER"]


async def test_a_limit_counts_what_was_used_before_it_and_by_earlier_ids(owned, store):
    free = Till(owned, [plan()])
    for at in range(5):
        assert await free.order(f"n{at}", "old-ann") == ()
    bounded = Till(owned, [plan(version=2, limits=Limits(total=6, per_member=6))])
    assert await bounded.order("six", "ann") == ()
    await store.rows(
        text(
            "INSERT INTO member_aliases (brand, old_id, one_id) VALUES ('baiwei', 'old-ann', 'ann')"
        )
    )
    assert await bounded.order("seven", "ann") != ()
    used = await bounded.uses.usage(["eleven"], "ann", None)
    assert used == {"eleven": Usage(total=6, member=6, spend=1800)}


async def test_what_comes_back_is_given_back_in_part_and_whole_once(owned):
    till = Till(owned, [plan(limits=Limits(total=1))])
    await till.order("1", "ann", "M1")
    for _ in range(2):
        await till.back("1", Fraction(1, 3))
        found = await till.progress()
        assert (found.used, found.spend, found.revenue, found.units) == (1, 200, 1800, 2)
    await till.back("1", Fraction(1, 4))  # told late: less than came back already
    assert (await till.progress()).spend == 200
    for _ in range(2):
        await till.back("1")
        assert (await till.progress()) == type(found)()
    assert await till.order("2", "ann", "M1") == ()


async def test_an_order_of_a_system_counts_under_its_reference_until_it_has_a_number(owned):
    till = Till(owned, [plan(limits=Limits(total=5))])
    promotions = OrderPromotions(owned)

    def ended(reference, state, number=None):
        return SettledWrite(
            command=reference,
            channel="shop",
            kind=OrderWriteKind.PLACE,
            subject=reference,
            state=state,
            number=number,
            at=NOON,
        )

    for reference in ("ref-1", "ref-2", "ref-3"):
        assert await till.order(reference, "ann") == ()
    for told in (
        ended("ref-1", CommandState.DONE, "SO-1"),
        ended("ref-2", CommandState.DISCARDED),
        ended("ref-3", CommandState.DEAD),
    ):
        await owned.store.transaction(lambda run, told=told: promotions.settle(run, told))
    assert (await till.progress()).used == 2, "who gave one up gave its use back"
    await till.back("SO-1")
    assert (await till.progress()).used == 1


async def test_several_orders_give_back_while_others_take_and_nobody_waits_in_a_circle(owned):
    plans = [plan(id=one, limits=Limits(total=99, per_member=99)) for one in ("a", "b", "c")]
    till = Till(owned, plans)
    for at in range(8):
        assert await till.order(f"n{at}", f"m{at % 2}", "M1") == ()
    parts = {("shop", f"n{at}"): Fraction(1) for at in range(8)}
    await asyncio.gather(
        owned.store.transaction(lambda run: till.uses.give_all_back_in(run, parts)),
        *(till.order(f"x{at}", f"m{at % 2}", "M1") for at in range(8)),
    )
    assert [(await till.progress(one)).used for one in ("a", "b", "c")] == [8, 8, 8]
