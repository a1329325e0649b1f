import asyncio
import secrets
from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from capabilities.errors import StoreUnavailable
from capabilities.flash.records import (
    SHARED,
    DuplicateRequest,
    FlashSale,
    LimitReached,
    Reserved,
    SaleState,
    SoldOut,
    Throttled,
    Wish,
)
from gateway.flash import batcher as batching
from gateway.flash.batcher import Batcher
from store.engine import Store
from store.flash.audit import audit
from store.flash.buckets import hold_home
from store.flash.sales import define
from store.flash.taking import Home
from tests.migrated import migrated

BRAND = "baiwei"


@pytest.fixture
async def store(postgres):
    database = migrated(postgres, f"flash_{secrets.token_hex(4)}")
    opened = Store.open(database, deadline_seconds=5)
    yield opened
    await opened.aclose()


def on_sale(name, stock, *, per_member=1, pools=None):
    return FlashSale(
        id=name,
        sku="SN-1",
        price=990,
        opens_at=datetime(2020, 1, 1, tzinfo=UTC),
        closes_at=datetime(2100, 1, 1, tzinfo=UTC),
        pools=pools or {SHARED: stock},
        per_member=per_member,
        state=SaleState.OPEN,
    )


async def selling(store, stock, *, buckets=1, per_member=1, pools=None):
    sale = on_sale("s1", stock, per_member=per_member, pools=pools)
    await store.transaction(lambda run: define(run, BRAND, sale))
    for holder in range(buckets):
        await store.transaction(lambda run, by=str(holder): hold_home(run, BRAND, "s1", by, 60.0))
    return [Stall(store, bucket) for bucket in range(buckets)]


class Stall:
    """A batcher that sells one sale from one bucket."""

    def __init__(self, store, bucket, sale="s1"):
        self.batcher = Batcher(store, BRAND)
        self.home = Home(BRAND, sale, bucket, frozenset({"jd"}))

    def place(self, wish):
        return self.batcher.place(self.home, wish)


async def checked(store):
    found = await store.transaction(lambda run: audit(run, BRAND, "s1"))
    assert found.faults == ()
    return found


def kinds(outcomes):
    found = {}
    for one in outcomes:
        found[type(one)] = found.get(type(one), 0) + 1
    return found


async def test_everybody_is_answered_and_exactly_the_stock_is_sold(store):
    (one,) = await selling(store, 100)
    outcomes = await asyncio.gather(*(one.place(Wish(f"m{n}", "k", "app")) for n in range(700)))
    assert kinds(outcomes) == {Reserved: 100, SoldOut: 600}
    assert [type(each) for each in outcomes[:100]] == [Reserved] * 100, "the first come are served"
    assert all(each.may_return for each in outcomes[100:])
    assert (await checked(store)).standing == 100


async def test_a_tap_fifty_times_at_once_is_one_reservation(store):
    (one,) = await selling(store, 10, per_member=5)
    outcomes = await asyncio.gather(*(one.place(Wish("m", "k", "app")) for _ in range(50)))
    assert {each.reservation for each in outcomes} == {outcomes[0].reservation}
    assert [each.replay for each in outcomes].count(False) == 1
    others = await asyncio.gather(*(one.place(Wish("m", f"k{n}", "app")) for n in range(10)))
    assert kinds(others) == {Reserved: 4, LimitReached: 4, Throttled: 2}, (
        "eight of hers wait at most"
    )
    assert (await checked(store)).standing == 5


async def test_a_key_that_waits_takes_no_other_wish_meanwhile(store):
    (one,) = await selling(store, 10, per_member=5)
    first, other = one.place(Wish("m", "k", "app")), one.place(Wish("m", "k", "app", 2))
    assert kinds(await asyncio.gather(first, other)) == {Reserved: 1, Throttled: 1}
    assert await one.place(Wish("m", "k", "app", 2)) == DuplicateRequest()


async def test_whoever_has_a_piece_is_told_of_it_also_when_nothing_is_left(store):
    (one,) = await selling(store, 1)
    first = await one.place(Wish("m", "k", "app"))
    assert kinds([await one.place(Wish("n", "k", "app"))]) == {SoldOut: 1}
    again, other = await asyncio.gather(
        one.place(Wish("m", "k", "app")), one.place(Wish("o", "k", "app"))
    )
    assert again == Reserved(first.reservation, first.pay_until, replay=True)
    assert other == SoldOut(may_return=True)


async def test_one_transaction_sells_for_many_sales(store, monkeypatch):
    (one,) = await selling(store, 3)
    for sale in ("s2", "s3"):
        await store.transaction(lambda run, named=sale: define(run, BRAND, on_sale(named, 3)))
    homes = [Home(BRAND, sale, 0) for sale in ("s1", "s2", "s3")]
    begun = []
    whole = store.transaction
    monkeypatch.setattr(store, "transaction", lambda work: begun.append(1) or whole(work))
    wishes = [(home, Wish(f"m{n}", "k", "app")) for n in range(3) for home in homes]
    got = await asyncio.gather(*(one.batcher.place(home, wish) for home, wish in wishes))
    assert kinds(got) == {Reserved: 9}
    assert len(begun) == 1
    for home in homes:
        found = await whole(lambda run, named=home.sale: audit(run, BRAND, named))
        assert (found.standing, found.remaining, found.faults) == (3, 0, ())


async def test_a_dry_process_finds_what_lies_elsewhere(store):
    first, second = await selling(store, 1_000, buckets=2)
    outcomes = await asyncio.gather(
        *((first, second)[n % 2].place(Wish(f"m{n}", "k", "app")) for n in range(1_200))
    )
    assert kinds(outcomes) == {Reserved: 1_000, SoldOut: 200}
    await checked(store)


async def test_a_quota_is_for_its_channel_and_the_rest_for_all(store):
    (one,) = await selling(store, 0, pools={"jd": 3, SHARED: 4})
    wishes = [Wish(f"m{n}", "k", "jd" if n < 5 else "app") for n in range(10)]
    outcomes = await asyncio.gather(*(one.place(wish) for wish in wishes))
    assert kinds(outcomes) == {Reserved: 7, SoldOut: 3}
    assert kinds(outcomes[:5]) == {Reserved: 5}


async def test_a_queue_that_is_full_refuses_at_once(store, monkeypatch):
    monkeypatch.setattr(batching, "_WAITING", 5)
    (one,) = await selling(store, 100)
    outcomes = await asyncio.gather(*(one.place(Wish(f"m{n}", "k", "app")) for n in range(9)))
    assert kinds(outcomes) == {Reserved: 5, Throttled: 4}


async def test_one_wish_that_cannot_be_written_sinks_no_other(store):
    (one,) = await selling(store, 100)
    wishes = [Wish(f"m{n}\0" if n == 3 else f"m{n}", "k", "app") for n in range(6)]
    outcomes = await asyncio.gather(*(one.place(wish) for wish in wishes), return_exceptions=True)
    assert [isinstance(each, Reserved) for each in outcomes] == [n != 3 for n in range(6)]
    assert isinstance(outcomes[3], Exception)
    assert (await checked(store)).standing == 5


async def test_what_a_lost_commit_left_open_is_looked_up(store, monkeypatch):
    (one,) = await selling(store, 100)
    whole, lost = store.transaction, []

    async def forgetful(work):
        done = await whole(work)
        if not lost:
            lost.append(1)
            raise StoreUnavailable("the connection was lost at the commit")
        return done

    monkeypatch.setattr(store, "transaction", forgetful)
    outcomes = await asyncio.gather(*(one.place(Wish(f"m{n}", "k", "app")) for n in range(20)))
    assert kinds(outcomes) == {Reserved: 20}
    assert all(each.replay for each in outcomes)
    assert (await checked(store)).standing == 20


async def test_while_the_store_is_away_nobody_is_told_that_it_is_sold_out(store, monkeypatch):
    (one,) = await selling(store, 100)

    async def away(_work):
        raise StoreUnavailable("away")

    with monkeypatch.context() as gone:
        gone.setattr(store, "transaction", away)
        assert kinds([await one.place(Wish("m", "k", "app"))]) == {Throttled: 1}
    assert isinstance(await one.place(Wish("m", "k", "app")), Reserved)


async def test_who_leaves_does_not_take_others_along(store):
    (one,) = await selling(store, 100)
    waiting = [asyncio.ensure_future(one.place(Wish(f"m{n}", "k", "app"))) for n in range(3)]
    await asyncio.sleep(0)
    waiting[1].cancel()
    outcomes = await asyncio.gather(*waiting, return_exceptions=True)
    assert [isinstance(each, Reserved) for each in outcomes] == [True, False, True]
    rows = await store.rows(text("SELECT count(*) AS n FROM flash_reservations"))
    assert rows[0].n == 3, "what was asked for stands: the same wish again finds it"
