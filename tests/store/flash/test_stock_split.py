"""Stock moves between pools while it is sold, and no sale offers more than there is."""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime
from itertools import count

import pytest
from msgspec.structs import replace
from sqlalchemy import text

from capabilities.caller import Person, Role
from capabilities.flash.lifecycle import SaleDeclined, Step
from capabilities.flash.records import SHARED, FlashSale, Reserved, Supply, Wish
from store.flash.audit import audit
from store.flash.buckets import hold_home, refill
from store.flash.running import Running
from store.flash.selling import Asked, reserve
from store.flash.stock import read_pools
from store.flash.taking import Home

BRAND = "baiwei"
ANN, BOB = (Person(subject=one, role=Role.OPERATIONS) for one in ("ann", "bob"))
SALE = FlashSale(
    id="s1",
    sku="SN-1",
    price=990,
    opens_at=datetime(2020, 1, 1, tzinfo=UTC),
    closes_at=datetime(2100, 1, 1, tzinfo=UTC),
    pools={SHARED: 60, "jd": 20, "web": 0},
    supply=Supply(on_hand=100, safety=10, elsewhere=5),
)


@pytest.fixture
def running(store):
    return Running(store, BRAND)


async def opened(running):
    await running.define(SALE, "ann")
    await running.take("s1", Step.PRELOAD, "ann")
    proposal = await running.propose("s1", Step.OPEN, ANN)
    return await running.confirm(proposal.id, BOB)


async def faults(store, sale="s1"):
    return (await store.transaction(lambda run: audit(run, BRAND, sale))).faults


async def test_units_go_from_one_pool_to_another_and_somebody_is_known_to_have_moved_them(
    store, running
):
    await opened(running)
    before = (await running.sales())[0].version
    sale = await running.transfer("s1", SHARED, "jd", 15, "ann")
    assert (sale.pools, sale.version) == ({SHARED: 45, "jd": 35, "web": 0}, before + 1)
    pools = await read_pools(store, BRAND, "s1")
    assert {(one.channel, one.allocated, one.remaining) for one in pools} == {
        ("jd", 35, 35),
        ("web", 0, 0),
        (None, 45, 45),
    }
    assert await faults(store) == ()
    rows = await store.rows(text("SELECT actor, facts FROM audit_entries ORDER BY number"))
    assert (rows[-1].actor, '"units":15' in rows[-1].facts) == ("ann", True)


@pytest.mark.parametrize(
    ("source", "target", "units"),
    [(SHARED, SHARED, 1), (SHARED, "nowhere", 1), ("nowhere", "jd", 1), (SHARED, "jd", 0)],
)
async def test_a_transfer_that_is_none_is_declined(running, source, target, units):
    await opened(running)
    with pytest.raises(SaleDeclined):
        await running.transfer("s1", source, target, units, "ann")


async def test_nothing_moves_that_is_not_left(store, running):
    await opened(running)
    with pytest.raises(SaleDeclined) as short:
        await running.transfer("s1", "jd", "web", 21, "ann")
    assert short.value.code == "FLASH_STOCK_SHORT"
    assert (await running.sales())[0].pools == SALE.pools
    await running.take("s1", Step.CLOSE, "ann")
    with pytest.raises(SaleDeclined, match="the sale is CLOSED"):
        await running.transfer("s1", "jd", "web", 1, "ann")


async def test_stock_moves_while_it_is_sold_from_several_buckets(store, running):
    await opened(running)
    homes = []
    for holder in ("a", "b"):
        bucket = await store.transaction(
            lambda run, holder=holder: hold_home(run, BRAND, "s1", holder, 60)
        )
        home = Home(BRAND, "s1", bucket, frozenset({"jd", "web"}))
        homes.append(home)
        for pool in (SHARED, "jd"):
            await store.transaction(lambda run, home=home, pool=pool: refill(run, home, pool))
    names, granted = count(), []

    async def sell(home, channel):
        for _ in range(12):
            batch = [Asked(home, Wish(f"m{next(names)}", "k", channel)) for _ in range(2)]
            granted.extend(await store.transaction(lambda run, b=batch: reserve(run, BRAND, b)))
            pool = channel if channel in home.quotas else SHARED
            await store.transaction(lambda run, p=pool: refill(run, home, p))

    async def move(source, target):
        for _ in range(8):
            with suppress(SaleDeclined):  # a pool may be empty by then
                await running.transfer("s1", source, target, 2, "ann")

    await asyncio.gather(
        *(sell(home, channel) for home in homes for channel in ("jd", "web")),
        *(move(*way) for way in ((SHARED, "web"), ("jd", SHARED), (SHARED, "jd"))),
    )
    found = await store.transaction(lambda run: audit(run, BRAND, "s1"))
    sold = sum(isinstance(one, Reserved) for one in granted)
    assert (found.faults, found.allocated, found.standing) == ((), 80, sold)
    assert sold > 0


async def test_a_sale_offers_no_more_than_is_sellable(running):
    with pytest.raises(SaleDeclined) as short:
        await running.define(replace(SALE, pools={SHARED: 86}), "ann")
    assert short.value.code == "FLASH_STOCK_SHORT"
    assert await running.sales() == []
    await running.define(replace(SALE, pools={SHARED: 85}), "ann")
    other = replace(SALE, id="s2", pools={SHARED: 1})
    with pytest.raises(SaleDeclined, match=r"0 are sellable \(85 are in other sales\)"):
        await running.define(other, "ann")
    await running.define(replace(other, sku="SN-2"), "ann")


async def test_a_top_up_beyond_what_is_sellable_waits_until_there_is_more(store, running):
    await opened(running)
    proposal = await running.propose("s1", Step.TOP_UP, ANN, units=6)
    with pytest.raises(SaleDeclined) as short:
        await running.confirm(proposal.id, BOB)
    assert short.value.code == "FLASH_STOCK_SHORT"
    await running.change_supply("s1", Supply(on_hand=101, safety=10, elsewhere=5), "ann")
    assert (await running.confirm(proposal.id, BOB)).pools[SHARED] == 66
    assert await faults(store) == ()


async def test_less_in_the_house_than_is_offered_is_not_said_in_silence(store, running):
    await opened(running)
    await running.change_supply("s1", Supply(on_hand=94, safety=10, elsewhere=5), "ann")
    assert await faults(store) == ("1 units are offered beyond what is sellable",)


async def test_two_sales_never_offer_the_same_piece(running):
    for name in ("s1", "s2"):
        await running.define(replace(SALE, id=name, pools={SHARED: 40}), "ann")
        await running.take(name, Step.PRELOAD, "ann")
    asked = [await running.propose(name, Step.TOP_UP, ANN, units=5) for name in ("s1", "s2")]
    both = await asyncio.gather(
        *(running.confirm(one.id, BOB) for one in asked), return_exceptions=True
    )
    assert sorted(isinstance(one, FlashSale) for one in both) == [False, True]


@pytest.mark.parametrize(
    ("harm", "fault"),
    [
        ("DELETE FROM flash_movements WHERE name = 'jd'", "out of nothing"),
        ("UPDATE flash_movements SET units = 2 * units WHERE name = 'jd'", "out of nothing"),
        (
            "UPDATE flash_stock SET allocated = allocated - 1, remaining = 19 WHERE pool = 'jd'",
            "1 pools have other stock",
        ),
    ],
)
async def test_the_auditor_sees_stock_that_moved_by_no_movement(store, running, harm, fault):
    await opened(running)
    assert await faults(store) == ()
    await store.rows(text(harm))
    assert any(fault in one for one in await faults(store))
