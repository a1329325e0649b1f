"""The platform's copy of orders: whole records, in the order of every list, gone with their key."""

import asyncio
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace
from sqlalchemy import text

from capabilities.caller import MembershipKey
from capabilities.member.erasure import EraseWish, Knower
from capabilities.order.records import OrderFilter, OrderStatus
from capabilities.page import PageAsk
from capabilities.sources import SourceRef
from store.engine import Store
from store.member.people_lock import lock_people
from store.member.taking import intake_of
from store.order.copied_orders import CopiedFrom, OrderCopies
from store.order.copies import Copied, OrderCopying, order_copying, place_of_copy
from store.order.copy_buyers import CopyBuyers
from store.owned import Owned
from store.privacy.data_keys import DataKeys, owner_of_membership
from store.privacy.erasing import Erasing
from store.privacy.erasing_rows import delete_bought
from store.privacy.tombstones import CUSTOMER, MEMBERSHIP, Grave, Tombstones
from store.sealing import Sealer
from tests.gateway.federation.adopting import NOW, order
from tests.migrated import migrated
from tests.store.member.taking import fresh_brand, membership
from tests.store.order.test_source import walk

CHANNELS = ("shop", "store")
_BEGIN = text("""
  INSERT INTO copied_channels (brand, capability, channel, begun_at)
  VALUES (:brand, 'order', :channel, now())
""")


class Copy:
    """The copy of a brand of its own."""

    def __init__(self, store):
        self.store, self.brand = store, fresh_brand()
        self.keys = DataKeys(self.brand, Sealer(b"s" * 32))
        self.stones = Tombstones(self.brand, b"t" * 32)
        self.copying = OrderCopying(self.brand, self.keys, self.stones)
        self.copies = OrderCopies(store, self.brand, self.keys)
        self.all = self.copies.of(CopiedFrom("woo", "woocommerce", CHANNELS, CHANNELS))

    async def begin(self, *channels):
        for channel in channels:
            named = {"brand": self.brand, "channel": channel}
            await self.store.rows(_BEGIN, named)

    async def keep(self, *orders, at=NOW):
        copied = [
            Copied(one, one.customer and MembershipKey(one.channel, one.customer)) for one in orders
        ]
        return await self.store.transaction(lambda run: self.copying.keep_in(run, copied, at))

    async def rows(self, statement):
        return await self.store.rows(text(statement), {"brand": self.brand})


@pytest.fixture(scope="module")
def database(postgres):
    return migrated(postgres, "copied_orders")


@pytest.fixture
async def copy(database):
    store = Store.open(database, deadline_seconds=30)
    made = Copy(store)
    await made.begin(*CHANNELS)
    yield made
    await store.aclose()


def some():
    return [
        order(n, customer=n % 3 or None, channel=CHANNELS[n % 2], store_code=f"M{n % 4}")
        for n in range(1, 24)
    ]


async def test_a_copy_says_what_its_system_said(copy):
    given = some()
    await copy.keep(*given)
    read = await copy.all.orders([one.number for one in given] + ["404"])
    assert read.pop() is None
    told = [replace(one, source=None) for one in read]
    assert told == [replace(one, source=None) for one in given]
    assert {one.source for one in read} == {
        SourceRef(connector="woo", system="woocommerce", external_id=one.number, copied=True)
        for one in given
    }


async def test_nothing_of_it_can_be_read_without_the_key(copy):
    await copy.keep(order(1, customer=5))
    (row,) = await copy.rows("SELECT o::text AS all FROM order_copies o WHERE brand = :brand")
    assert "请放门口" not in row.all
    assert "BW-1" not in row.all


@pytest.mark.parametrize("newest_first", [True, False])
@pytest.mark.parametrize("first", [1, 4, 50])
async def test_pages_of_any_size_give_every_order_once_and_in_order(copy, first, newest_first):
    given = [*some(), order(99, placed_at=None)]
    await copy.keep(*given)
    found = await walk(
        lambda ask: copy.all.search_orders(OrderFilter(), ask),
        first,
        newest_first=newest_first,
        channels=CHANNELS,
    )
    ranks = [one.sort_key.rank for one in given]
    assert [one.sort_key.rank for one in found] == sorted(ranks, reverse=not newest_first)


FILTERS = [
    OrderFilter(stores=frozenset({"M1", "M9"})),
    OrderFilter(statuses=frozenset({OrderStatus.CANCELLED})),
    OrderFilter(number_prefix="1"),
    OrderFilter(placed_from=NOW - timedelta(minutes=4), placed_before=NOW - timedelta(minutes=1)),
    OrderFilter(placed_before=NOW),
]


@pytest.mark.parametrize("filters", FILTERS)
async def test_a_filter_gives_what_it_accepts_and_nothing_less(copy, filters):
    given = [*some(), order(77, status=OrderStatus.CANCELLED), order(78, placed_at=None)]
    await copy.keep(*given)
    found = await walk(lambda ask: copy.all.search_orders(filters, ask), 3, channels=CHANNELS)
    accepted = sorted(filter(filters.accepts, given), key=lambda one: one.sort_key.rank)
    assert [one.number for one in found] == [one.number for one in accepted]
    page = await copy.all.search_orders(filters, PageAsk(first=1, channels=CHANNELS))
    assert page.total == len(accepted)


async def test_orders_of_customers_come_apart(copy):
    given = some()
    await copy.keep(*given)
    ask = PageAsk(first=3, channels=("shop",))
    pages = await copy.all.orders_by_customer(["1", "nobody", "2"], OrderFilter(), ask)
    for customer, page in zip(("1", "nobody", "2"), pages, strict=True):
        hers = [one for one in given if (one.customer, one.channel) == (customer, "shop")]
        hers.sort(key=lambda one: one.sort_key.rank)
        assert [one.number for one in page.rows] == [one.number for one in hers[:3]]
        assert page.has_more is (len(hers) > 3)


async def test_only_channels_that_are_copied_are_kept(copy):
    assert await copy.keep(order(1), order(2, channel="kiosk")) == 1


async def test_an_older_reading_changes_nothing_and_takes_nothing_away(copy):
    await copy.keep(order(1, notes=("new",)), at=NOW)
    earlier = NOW - timedelta(minutes=1)
    await copy.keep(order(1, notes=("old",)), at=earlier)
    await copy.store.transaction(lambda run: copy.copying.drop_in(run, [("shop", "1")], earlier))
    (read,) = await copy.all.orders(["1"])
    assert read.notes == ("new",)
    await copy.store.transaction(lambda run: copy.copying.drop_in(run, [("shop", "1")], NOW))
    assert list(await copy.all.orders(["1"])) == [None]


async def test_what_was_bought_by_somebody_erased_is_left_out(copy):
    bury = [Grave(MEMBERSHIP, copy.stones.membership("shop", "5"))]
    await copy.store.transaction(lambda run: copy.stones.add(run, bury, NOW))
    assert await copy.keep(order(1, customer=5), order(2, customer=6)) == 1
    assert [one and one.number for one in await copy.all.orders(["1", "2"])] == [None, "2"]


async def test_a_buyer_of_no_known_channel_is_left_out_by_her_number_in_the_system(copy):
    hers, another = order(1, customer=1), order(2, customer=2)
    copied = [Copied(one, None) for one in (hers, another)]

    async def keep(at):
        return await copy.store.transaction(lambda run: copy.copying.keep_in(run, copied, at))

    assert await keep(at=NOW) == 2
    stone = copy.stones.customer(hers.source.connector, hers.customer)
    await copy.store.transaction(lambda run: copy.stones.add(run, [Grave(CUSTOMER, stone)], NOW))
    assert await keep(at=NOW + timedelta(seconds=1)) == 1
    assert [one and one.number for one in await copy.all.orders(["1", "2"])] == [None, "2"]


class Before:
    """Copies of buyers whom no channel can tell, as they were kept before there was a column."""

    def __init__(self, copy):
        self.owned = Owned(
            store=copy.store,
            brand=copy.brand,
            sealer=Sealer(b"s" * 32),
            key=b"h" * 32,
            zone=ZoneInfo("UTC"),
        )
        self.stones = Tombstones.under(copy.brand, self.owned.key)
        self.copying = order_copying(self.owned)
        self.copy = copy

    async def keep(self, *orders):
        copied = [Copied(one, None) for one in orders]
        await self.copy.store.transaction(lambda run: self.copying.keep_in(run, copied, NOW))
        await self.copy.rows("UPDATE order_copies SET buyer = NULL WHERE brand = :brand")

    async def fill(self):
        return await CopyBuyers(self.owned).fill()

    async def numbers(self):
        return [row.number for row in await self.copy.rows(_NUMBERS)]


_NUMBERS = "SELECT number FROM order_copies WHERE brand = :brand ORDER BY number"


async def test_buyers_of_copies_from_before_are_filled_in_once(copy):
    before = Before(copy)
    await before.keep(order(1, customer=1), order(2, customer=2), order(3))
    await copy.keep(order(4, customer=4))  # under a membership: known by that
    gone = [Grave(CUSTOMER, before.stones.customer("woo", "2"))]
    await copy.store.transaction(lambda run: before.stones.add(run, gone, NOW))
    assert await before.fill() == 3
    assert await before.numbers() == ["1", "3", "4"], "what she bought who was erased is gone"
    assert await before.fill() == 0
    rows = await copy.rows("SELECT number, buyer FROM order_copies WHERE brand = :brand")
    buyers = {row.number: row.buyer and bytes(row.buyer) for row in rows}
    hers = before.stones.customer("woo", "1")
    assert buyers == {"1": hers, "3": b"", "4": None}


async def test_an_erasure_takes_what_she_bought_under_no_membership_at_once(copy):
    before = Before(copy)
    await before.keep(order(1, customer="c7"), order(2, customer=2))
    await before.fill()
    keys, intake = DataKeys(copy.brand, before.owned.sealer), intake_of(before.owned)
    card = membership("shop", "c7", phone="13912345678")
    await copy.store.transaction(lambda run: intake.take(run, [card], at=NOW))
    (row,) = await copy.rows("SELECT one_id FROM membership_links WHERE brand = :brand")
    knowers = (Knower(connector="woo", channels=frozenset({"shop"})),)
    wish = EraseWish(one_id=row.one_id, reason="ticket 12", knowers=knowers)
    erasing = Erasing(copy.store, keys, before.stones)
    await erasing.erase(wish, author="ada", idempotency_key="k", now=NOW)
    assert await before.numbers() == ["2"]


async def test_an_order_is_not_kept_while_its_buyer_is_being_erased(copy):
    """Whoever erases waits for the batch, and takes what it kept."""
    before, order_in = Before(copy), asyncio.Event()
    go_on = asyncio.Event()

    async def batch(run):
        await before.copying.keep_in(run, [Copied(order(1, customer=1), None)], NOW)
        order_in.set()
        await go_on.wait()

    async def erase(run):
        await lock_people(run, copy.brand)
        await delete_bought(run, copy.brand, [before.stones.customer("woo", "1")])

    keeping = asyncio.create_task(copy.store.transaction(batch))
    await order_in.wait()
    erasing = asyncio.create_task(copy.store.transaction(erase))
    while not await copy.store.rows(_WAITS):  # noqa: ASYNC110 - nobody tells
        await asyncio.sleep(0.01)
    assert not erasing.done()
    go_on.set()
    await asyncio.gather(keeping, erasing)
    assert await before.numbers() == []


_WAITS = text("SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")


async def test_an_order_whose_key_is_gone_is_not_there(copy):
    given = [order(n, customer=n % 2 + 1) for n in range(6)]
    await copy.keep(*given)
    await copy.store.transaction(
        lambda run: copy.keys.delete(run, [owner_of_membership("shop", "1")])
    )
    found = await walk_marks(copy)
    assert {one.number for one in found} == {one.number for one in given if one.customer == "2"}


async def walk_marks(copy):
    """A walk that also goes on behind marks."""
    found, after = [], None
    while True:
        ask = PageAsk(first=1, channels=CHANNELS, after=after)
        page = await copy.all.search_orders(OrderFilter(), ask)
        found += page.rows
        if not page.has_more:
            return found
        after = page.rows[-1].sort_key if page.rows else page.truncated_at


async def test_whose_an_order_is_comes_with_one_question(copy):
    await copy.rows(
        "INSERT INTO membership_links (brand, number, channel, one_id) "
        "VALUES (:brand, '5', 'shop', 'lin')"
    )
    await copy.keep(order(1, customer=5, store_code="M1"), order(2, customer=6), order(3))
    whose = await copy.all.whose(["1", "2", "3", "4"])
    told = [one and (one.channel, one.store, one.one_id) for one in whose]
    assert told == [("shop", "M1", "lin"), ("shop", None, None), ("shop", None, None), None]


async def test_orders_are_counted_by_the_day_of_a_zone(copy):
    midnight = NOW.replace(hour=16)  # of the next day in Shanghai
    await copy.keep(order(1), order(2, placed_at=midnight), order(3, placed_at=None))
    by_day = await copy.copies.by_day("shop", ZoneInfo("Asia/Shanghai"))
    assert {day and day.isoformat(): count for day, count in by_day.items()} == {
        "2026-11-27": 1,
        "2026-11-28": 1,
        None: 1,
    }


def test_a_copy_opens_in_its_own_place_alone():
    places = {place_of_copy("b", "shop", "1"), place_of_copy("b", "shop1", ""), b"x"}
    assert len(places) == 3
