"""The platform's own orders answer the ports as every other source does."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from capabilities.caller import MembershipKey
from capabilities.order.held_records import customer_of
from capabilities.order.records import OrderFilter, OrderStatus, PaymentStatus
from capabilities.page import PageAsk
from store.engine import Store
from store.order.source import PlatformOrders
from tests.migrated import migrated
from tests.store.member.taking import fresh_brand
from tests.store.order.holding import NOW, Books, order

LIN, WANG = MembershipKey("mini", "42"), MembershipKey("store", "7")
CHANNELS = ("kiosk", "mini")


@pytest.fixture(scope="module")
def database(postgres):
    return migrated(postgres, "order_source")


@pytest.fixture
async def books(database):
    store = Store.open(database, deadline_seconds=20)
    yield Books(store, fresh_brand())
    await store.aclose()


async def fill(books):
    """Eleven orders, three of one moment, of two channels and two people."""
    placed = []
    for at in range(11):
        one = order(
            number=f"{10 ** (at % 3)}{at}",
            channel=CHANNELS[at % 2],
            placed_at=NOW - timedelta(hours=at // 3),
            holder=(LIN, WANG, None)[at % 3],
            store_code=f"M{at % 4}",
        )
        await books.place(one)
        placed.append(one)
    return placed


async def walk(ask_page, first, *, newest_first=True, channels=CHANNELS):
    found, after = [], None
    while True:
        ask = PageAsk(first=first, channels=channels, after=after, newest_first=newest_first)
        page = await ask_page(ask)
        found += page.rows
        if not page.has_more:
            return found
        after = page.rows[-1].sort_key


@pytest.mark.parametrize("newest_first", [True, False])
@pytest.mark.parametrize("first", [1, 2, 5, 50])
async def test_pages_of_any_size_give_every_order_once_and_in_order(books, first, newest_first):
    placed = await fill(books)
    source = PlatformOrders(books.store, books.brand)
    found = await walk(
        lambda ask: source.search_orders(OrderFilter(), ask), first, newest_first=newest_first
    )
    ranks = [one.sort_key.rank for one in found]
    assert ranks == sorted(ranks, reverse=not newest_first)
    assert {one.number for one in found} == {one.number for one in placed}
    assert len(found) == len(placed)


@pytest.mark.parametrize("newest_first", [True, False])
async def test_the_orders_of_several_memberships_come_apart(books, newest_first):
    placed = await fill(books)
    source = PlatformOrders(books.store, books.brand)
    ask = PageAsk(first=3, channels=CHANNELS, newest_first=newest_first)
    customers = [customer_of(LIN), "mini:nobody", customer_of(WANG)]
    pages = await source.orders_by_customer(customers, OrderFilter(), ask)
    assert [len(page.rows) for page in pages] == [3, 0, 3]
    assert [page.has_more for page in pages] == [True, False, True]
    for page, key in zip(pages, (LIN, None, WANG), strict=True):
        own = {one.number for one in placed if one.holder == key}
        assert {one.number for one in page.rows} <= own


filters = st.builds(
    OrderFilter,
    stores=st.none() | st.frozensets(st.sampled_from(["M0", "M1", "M9"])),
    statuses=st.none() | st.frozensets(st.sampled_from(OrderStatus)),
    payment_statuses=st.none() | st.frozensets(st.sampled_from(PaymentStatus)),
    number_prefix=st.none() | st.sampled_from(["1", "10", "100%", "_"]),
    placed_from=st.none() | st.just(NOW - timedelta(hours=2)),
    placed_before=st.none() | st.just(NOW),
)


async def test_every_filter_gives_what_it_accepts_and_nothing_less(books):
    placed = await fill(books)
    await books.confirm(placed[0], 2580, "t0")
    await books.confirm(placed[1], 1, "t1")
    source = PlatformOrders(books.store, books.brand)
    every = await walk(lambda ask: source.search_orders(OrderFilter(), ask), 50)
    samples = []

    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    @given(filters)
    def sample(one):
        samples.append(one)

    sample()
    assert samples
    for one in samples:
        found = await walk(lambda ask, one=one: source.search_orders(one, ask), 4)
        assert [row.number for row in found] == [row.number for row in every if one.accepts(row)]


async def test_a_list_says_how_many_there_are_while_that_is_cheap(books, monkeypatch):
    placed = await fill(books)
    source = PlatformOrders(books.store, books.brand)
    for first in (2, len(placed), len(placed) + 5):
        page = await source.search_orders(OrderFilter(), PageAsk(first=first, channels=CHANNELS))
        assert page.total == len(placed)
        if page.has_more:
            after = page.rows[-1].sort_key
            ask = PageAsk(first=first, channels=CHANNELS, after=after)
            assert (await source.search_orders(OrderFilter(), ask)).total == len(placed)
    monkeypatch.setattr("store.order.source._MOST_COUNTED", 1)
    few = await source.search_orders(OrderFilter(), PageAsk(first=2, channels=CHANNELS))
    assert few.total is None, "what is too many to count is not guessed"


async def test_a_number_finds_its_order_with_what_was_paid(books):
    placed = await fill(books)
    await books.confirm(placed[0], 1000, "t0")
    source = PlatformOrders(books.store, books.brand)
    found, none = await source.orders([placed[0].number, "404"])
    assert none is None
    assert (found.channel, found.version, found.customer) == ("kiosk", 2, customer_of(LIN))
    assert [one.amount.minor for one in found.payments] == [1000]
    assert found.money.paid.minor == 1000
    assert found.source.connector == "platform"
