"""Coupons are used at most once and come back as a unit, whoever asks at once."""

import asyncio
from datetime import timedelta

import psycopg
import pytest
from msgspec.structs import replace

from capabilities.errors import BadInput
from capabilities.operations import IdempotencyKeyReused
from capabilities.page import PageAsk
from capabilities.promotion.coupons import (
    CouponChoice,
    CouponClaimed,
    CouponDeclined,
    CouponState,
    CouponTemplate,
    CouponUnit,
)
from capabilities.promotion.records import CouponStatus
from store.promotion.coupon_batches import CouponBatches, issue
from store.promotion.coupon_lists import CouponLists
from store.promotion.coupon_moves import By, ForOrder
from store.promotion.coupons import Coupons
from store.promotion.templates import CouponTemplates
from tests.store.promotion.conftest import NOON

TEN = CouponTemplate(id="ten", name="满百减十", claimable=True, per_member=2, amount=1000)
ORDER = ForOrder(channel="shop", number="1")
HOUR = timedelta(hours=1)


def by(key, holder=None, author="till"):
    return By(author=author, key=key, holder=holder)


@pytest.fixture
async def coupons(owned):
    await CouponTemplates(owned).put(TEN, author="ops", reason="test")
    return Coupons(owned)


async def claimed(coupons, key="claim", holder="ann"):
    done = await coupons.claim("ten", by(key, holder))
    assert isinstance(done, CouponClaimed), done
    return done


async def test_a_member_claims_within_her_limit_however_many_claims_come_at_once(coupons, owned):
    done = await asyncio.gather(*(coupons.claim("ten", by(f"k{at}", "ann")) for at in range(8)))
    assert sum(isinstance(one, CouponClaimed) for one in done) == 2
    assert {one.code for one in done if isinstance(one, CouponDeclined)} == {"COUPON_LIMIT"}
    ((one, other),) = await CouponLists(owned).of_people(["ann"])
    assert one.key != other.key
    again = await coupons.claim("ten", by("k0", "ann"))
    assert again == done[0]


async def test_a_template_gives_out_no_more_than_its_total(coupons, owned):
    await CouponTemplates(owned).put(
        replace(TEN, total=3, per_member=None), author="ops", reason="fewer"
    )
    done = await asyncio.gather(*(coupons.claim("ten", by(f"k{at}", f"m{at}")) for at in range(8)))
    assert sum(isinstance(one, CouponClaimed) for one in done) == 3
    assert [given for _, _, given in await CouponTemplates(owned).all()] == [3]


async def test_what_is_not_claimable_or_not_open_is_not_offered(coupons, owned, clock):
    assert (await coupons.claim("none", by("1", "ann"))).code == "COUPON_NOT_OFFERED"
    later = replace(TEN, starts_at=NOON + HOUR, ends_at=NOON + 2 * HOUR)
    await CouponTemplates(owned).put(later, author="ops", reason="later")
    assert (await coupons.claim("ten", by("2", "ann"))).code == "COUPON_NOT_OFFERED"
    clock.pass_by(minutes=90)
    one = await claimed(coupons, "3")
    assert one.coupon.expires_at == NOON + 2 * HOUR


async def test_a_code_is_kept_as_a_hash_and_sealed_and_never_in_an_answer(coupons, database):
    done = await claimed(coupons)
    await coupons.lock(CouponChoice(codes=(done.whole_code,)), ORDER, HOUR, by("lock"))
    with psycopg.connect(database) as connection:
        tables = ("coupons", "wishes", "coupon_steps", "coupon_units", "audit_entries", "events")
        kept = [
            str(row)
            for table in tables
            for row in connection.execute(f"SELECT t::text FROM {table} t")  # noqa: S608
        ]
    assert kept
    assert not any(done.whole_code in one or done.whole_code.encode().hex() in one for one in kept)


async def test_one_code_is_redeemed_once_by_all_who_try_at_once(coupons):
    done = await claimed(coupons)
    choice = CouponChoice(codes=(done.whole_code,))
    tries = await asyncio.gather(
        *(
            coupons.redeem(choice, ForOrder(channel="shop", number=str(at)), by(f"r{at}"))
            for at in range(10)
        )
    )
    assert sum(isinstance(one, CouponUnit) for one in tries) == 1
    assert {one.code for one in tries if isinstance(one, CouponDeclined)} == {"COUPON_NOT_VALID"}


async def test_a_lock_is_hers_until_it_runs_out_and_then_anybodys(coupons, clock, owned):
    one = await claimed(coupons)
    choice = CouponChoice(ids=(one.coupon.key,))
    first = await coupons.lock(choice, ORDER, HOUR, by("l1", "ann"))
    assert first.until == NOON + HOUR
    assert await coupons.templates_of([first.unit]) == {"ten"}
    assert await coupons.lock(choice, ORDER, HOUR, by("l2", "ann")) != first
    clock.pass_by(hours=1)
    assert await coupons.templates_of([first.unit]) == frozenset()
    second = await coupons.lock(choice, ORDER, HOUR, by("l3", "ann"))
    assert isinstance(second, CouponUnit)
    assert isinstance(await coupons.redeem(first.unit, ORDER, by("r1")), CouponDeclined)
    assert isinstance(await coupons.redeem(second.unit, ORDER, by("r2")), CouponUnit)


async def test_what_is_locked_together_is_all_or_nothing(coupons):
    one, other = await claimed(coupons, "1"), await claimed(coupons, "2")
    both = CouponChoice(ids=(one.coupon.key,), codes=(other.whole_code,))
    unknown = CouponChoice(ids=(one.coupon.key, "nobody"))
    assert isinstance(await coupons.lock(unknown, ORDER, HOUR, by("l", "ann")), CouponDeclined)
    unit = await coupons.lock(both, ORDER, HOUR, by("l2", "ann"))
    assert len(unit.coupons) == 2
    elsewhere = ForOrder(channel="shop", number="2")
    assert isinstance(await coupons.redeem(unit.unit, elsewhere, by("r0")), CouponDeclined)
    used = await coupons.redeem(unit.unit, ORDER, by("r1"))
    assert [one.status for one in used.coupons] == [CouponStatus.REDEEMED] * 2
    assert await coupons.redeem(unit.unit, ORDER, by("r1")) == used
    back = await coupons.give_back(unit.unit, by("b1"))
    assert [one.status for one in back.coupons] == [CouponStatus.AVAILABLE] * 2
    assert isinstance(await coupons.give_back(unit.unit, by("b2")), CouponDeclined)
    reused = await coupons.redeem(unit.unit, ORDER, by("b1"))
    assert isinstance(reused, IdempotencyKeyReused)


async def test_another_ones_coupon_is_as_unknown_as_none(coupons):
    one = await claimed(coupons)
    answers = [
        await coupons.lock(CouponChoice(codes=(one.whole_code,)), ORDER, HOUR, by("1", "bob")),
        await coupons.lock(CouponChoice(ids=(one.coupon.key,)), ORDER, HOUR, by("2")),
        await coupons.lock(CouponChoice(ids=("nobody",)), ORDER, HOUR, by("3", "bob")),
    ]
    assert answers == [CouponDeclined(code="COUPON_NOT_VALID", path=("input",))] * 3


async def test_the_clock_frees_locks_and_ends_coupons_and_void_is_for_good(coupons, owned, clock):
    await CouponTemplates(owned).put(replace(TEN, valid_days=1), author="ops", reason="a day")
    one, other = await claimed(coupons, "1"), await claimed(coupons, "2")
    await coupons.lock(CouponChoice(ids=(one.coupon.key,)), ORDER, HOUR, by("l", "ann"))
    gone = await coupons.void(other.coupon.key, by("v"))
    assert gone.state is CouponState.VOID
    assert await coupons.follow_clock() == 0
    clock.pass_by(hours=2)
    assert await coupons.follow_clock() == 1
    assert (await coupons.one(one.coupon.key)).status(clock()) is CouponStatus.AVAILABLE
    clock.pass_by(days=1)
    assert (await coupons.one(one.coupon.key)).status(clock()) is CouponStatus.EXPIRED
    assert await coupons.follow_clock() == 1
    assert isinstance(
        await coupons.lock(CouponChoice(codes=(other.whole_code,)), ORDER, HOUR, by("l2", "ann")),
        CouponDeclined,
    )


async def test_a_batch_goes_on_where_it_was_stopped_and_every_code_is_good_once(coupons, owned):
    batches, lines = CouponBatches(owned), []
    begun = await batches.begin("ten", 23, "ops")
    await batches.make(begun.id, 7)

    class Stopped(Exception):
        pass

    def write(codes):
        lines.extend(codes)
        if len(lines) < 23 and len(lines) > 6:
            raise Stopped

    with pytest.raises(Stopped):
        await issue(batches, await batches.one(begun.id), 0, write, lambda _: None)
    del lines[5:]  # what the machine that stopped did not write
    done = await issue(
        batches, await batches.one(begun.id), len(lines), lines.extend, lambda _: None
    )
    assert (done, len(lines), len(set(lines))) == (23, 23, 23)
    assert (await batches.one(begun.id)).made == 23
    used = await coupons.redeem(CouponChoice(codes=(lines[9],)), ORDER, by("r"))
    assert isinstance(used, CouponUnit)
    held = await coupons.claim_code(lines[10], by("c", "ann"))
    assert isinstance(held, CouponClaimed)
    with pytest.raises(BadInput):
        await batches.begin("none", 1, "ops")


async def test_pages_of_all_walk_in_the_merged_order(coupons, owned, clock):
    for at in range(5):
        await coupons.claim("ten", by(f"k{at}", f"m{at}"))
        clock.pass_by(seconds=at % 2)
    lists = CouponLists(owned)
    whole = (await lists.page(PageAsk(first=9, channels=("platform",)))).rows
    assert [one.sort_key.rank for one in whole] == sorted(one.sort_key.rank for one in whole)
    for newest_first in (True, False):
        walked, after = [], None
        while True:
            page = await lists.page(
                PageAsk(first=2, channels=("platform",), after=after, newest_first=newest_first)
            )
            walked += page.rows
            if not page.has_more:
                break
            after = page.rows[-1].sort_key
        assert walked == list(whole if newest_first else whole[::-1])
