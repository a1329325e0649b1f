"""Every reservation becomes at most one order, and money is where the auditor expects it."""

import asyncio
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import text

from capabilities.caller import MembershipKey
from capabilities.estate import Capability, ConnectorSpec
from capabilities.flash.lifecycle import Step
from capabilities.flash.ordering import FlashOrderState, number_of
from capabilities.flash.records import ReservationState, SaleState
from capabilities.load import LoadAgreement
from capabilities.member.commands import CommandState
from capabilities.order.records import OrderStatus, PaymentStatus
from capabilities.order.writing import OrderWriteKind, OrderWritten
from store.engine import Store
from store.events import Events
from store.flash.running import Running
from store.flash.sending import FlashSending
from store.order.commands import OrderCommands
from store.privacy.data_keys import DataKeys
from tests.migrated import migrated
from tests.store.member.taking import fresh_brand
from tests.work.flash_books import NOW, SALE, FlashBooks
from tests.work.saga_child import System
from work.flash_orders import FlashToSystems
from work.order_commands import OrderRelay


@pytest.fixture(scope="module")
def database(postgres):
    return migrated(postgres, "flash_orders")


@pytest.fixture
async def books(database):
    store = Store.open(database, deadline_seconds=20)
    yield FlashBooks(store, fresh_brand())
    await store.aclose()


async def test_a_reservation_becomes_one_order_that_is_paid_with_it(books):
    await books.open()
    await books.enter("m1", "mini", "M-1")
    first, second = await books.reserve("m1", "m2", quantity=2)
    assert await books.link(first) is None
    assert (await books.audited()).unordered == 2
    await books.hear()
    order = await books.order(first)
    assert order.number == number_of(first)
    assert order.holder == MembershipKey("mini", "M-1")
    assert (await books.order(second)).holder is None
    assert (order.total, order.status) == (1980, OrderStatus.PENDING_PAYMENT)
    assert (await books.reservation(first)).state is ReservationState.ORDERED
    await books.pay(first)
    await books.hear()
    await books.hear()
    order = await books.order(first)
    assert (order.paid, order.payment_status) == (1980, PaymentStatus.PAID)
    found = await books.audited()
    assert (found.orders, found.unordered, found.paid) == (2, 0, 2)


async def test_what_was_paid_before_anybody_looked_is_placed_and_paid_at_once(books):
    await books.open()
    paid, gone = await books.reserve("m1", "m2")
    await books.pay(paid)
    await books.release(gone)
    await books.hear()
    assert (await books.order(paid)).paid == 990
    assert await books.link(gone) is None, "what went back unpaid was never an order"
    assert (await books.audited()).orders == 1


async def test_what_lapses_is_cancelled_with_its_order(books):
    await books.open()
    (one,) = await books.reserve("m1")
    await books.hear()
    assert await books.lapse(one) == 1
    await books.hear()
    assert (await books.order(one)).status is OrderStatus.CANCELLED
    assert (await books.audited()).remaining == 10


async def test_an_order_that_is_paid_at_its_own_counter_claims_its_reservation(books):
    await books.open()
    (one,) = await books.reserve("m1")
    await books.hear()
    await books.take_money(await books.order(one), 990, "t1")
    assert await books.lapse(one) == 0, "who has paid is not sent away for being unheard"
    await books.hear()
    assert (await books.reservation(one)).state is ReservationState.PAID
    assert (await books.order(one)).paid == 990
    assert (await books.audited()).paid == 1


async def test_an_order_that_is_cancelled_gives_its_pieces_back(books):
    await books.open()
    (one,) = await books.reserve("m1")
    await books.hear()
    await books.cancel_order(one)
    await books.hear()
    found = await books.reservation(one)
    assert (found.state, found.reason) == (ReservationState.RELEASED, "CANCELLED")
    assert (await books.audited()).remaining == 10


@pytest.mark.parametrize("heard_before", [True, False])
async def test_a_payment_too_late_has_other_pieces_while_some_are_left(books, heard_before):
    await books.open(stock=2, per_member=1)
    (one,) = await books.reserve("m1")
    if heard_before:
        await books.hear()
    await books.lapse(one)
    await books.pay(one)
    await books.pay(one)
    assert await books.told() == 2
    await books.hear()
    link = await books.link(one)
    assert link.state is FlashOrderState.MOVED
    again = await books.reservation(link.moved_to)
    assert (again.state, again.member) == (ReservationState.PAID, "m1")
    first, second = await books.order(one), await books.order(link.moved_to)
    assert (first.closed, first.paid, first.refunded) == (True, 990, 990)
    assert (second.paid, second.refunded, second.status) == (990, 0, OrderStatus.CONFIRMED)
    found = await books.audited()
    assert (found.paid, found.remaining) == (1, 1)


@pytest.mark.parametrize("kept", [True, False])
async def test_no_key_of_a_buyer_stands_in_the_way_of_late_money(books, kept):
    """Keys are hers to choose, and ids of reservations are known to her."""
    await books.open(stock=5)
    (one,) = await books.reserve("m1")
    await books.lapse(one)
    (other,) = await books.reserve("m1", key=f"late:{one}")
    if not kept:
        await books.release(other)
    await books.pay(one)
    await books.hear()
    link = await books.link(one)
    assert link.state is FlashOrderState.MOVED
    assert link.moved_to != other
    assert (await books.audited()).paid == 1


async def test_a_payment_too_late_goes_back_where_nothing_is_left(books):
    await books.open(stock=1)
    (one,) = await books.reserve("m1")
    await books.hear()
    await books.lapse(one)
    assert (await books.reserve("m2"))[0] is not None
    await books.pay(one)
    await books.hear()
    assert (await books.link(one)).state is FlashOrderState.REFUND
    order = await books.order(one)
    assert (order.paid, order.refunded, order.status) == (990, 990, OrderStatus.CLOSED_REFUNDED)
    await books.audited()


async def test_a_payment_too_late_goes_back_to_who_has_all_that_one_may(books):
    await books.open(stock=5, per_member=1)
    (one,) = await books.reserve("m1")
    await books.lapse(one)
    assert (await books.reserve("m1", key="again"))[0] is not None
    await books.pay(one)
    await books.hear()
    assert (await books.link(one)).state is FlashOrderState.REFUND
    found = await books.audited()
    assert (found.standing, found.remaining) == (1, 4)


async def test_money_that_comes_to_a_closed_order_buys_once_and_then_goes_back(books):
    await books.open()
    (one,) = await books.reserve("m1")
    await books.hear()
    await books.lapse(one)
    await books.hear()
    for transaction in ("t1", "t2"):
        await books.take_money(await books.order(one), 990, transaction)
        await books.hear()
    order = await books.order(one)
    assert (order.paid, order.refunded) == (1980, 1980)
    link = await books.link(one)
    assert (await books.order(link.moved_to)).paid == 990
    assert (await books.audited()).paid == 1


async def test_a_partial_payment_of_what_lapses_goes_back_and_buys_nothing(books):
    await books.open()
    (one,) = await books.reserve("m1")
    await books.hear()
    await books.take_money(await books.order(one), 500, "t1")
    await books.lapse(one)
    await books.hear()
    order = await books.order(one)
    assert (order.refunded, order.closed) == (500, True)
    assert (await books.audited()).standing == 0


@pytest.mark.parametrize("heard_between", [True, False])
async def test_a_paid_order_that_is_cancelled_keeps_no_money_and_no_piece(books, heard_between):
    await books.open(stock=1, per_member=1)
    (one,) = await books.reserve("m1")
    await books.hear()
    await books.pay(one)
    if heard_between:
        await books.hear()
    await books.cancel_order(one)
    if not heard_between:
        assert await books.faults() == ()
        # who follows orders comes first: the money is not in the books yet
        events = Events(books.store, books.brand)
        claims = books.consumers[1]
        await events.consume(claims.name, claims.topics, claims.handle, most=claims.most)
        assert (await books.reservation(one)).state is ReservationState.PAID
    await books.hear()
    await books.hear()
    order, found = await books.order(one), await books.reservation(one)
    assert (order.paid, order.refunded) == (990, 990)
    assert (found.state, found.reason) == (ReservationState.RELEASED, "REFUNDED")
    figures = await books.audited()
    assert (figures.remaining, figures.paid, figures.revenue.amount) == (1, 0, 0)
    again = await books.reserve("m1", key="again")
    assert again != [None], "the piece is sold again, also to her"
    await books.audited()


async def test_what_was_sent_and_came_back_stays_sold(books):
    await books.open()
    (one,) = await books.reserve("m1")
    await books.pay(one)
    await books.hear()
    await books.send(one)
    await books.return_order(one)
    await books.hear()
    order = await books.order(one)
    assert (order.closed, order.refunded) == (True, 990)
    assert (await books.reservation(one)).state is ReservationState.PAID
    assert (await books.audited()).remaining == 9


async def test_what_is_given_up_after_the_end_leaves_the_sale(books):
    await books.open(stock=3)
    (one,) = await books.reserve("m1", quantity=2)
    await books.pay(one)
    await books.hear()
    running = Running(books.store, books.brand)
    await running.take(SALE, Step.CLOSE, "ada")
    await running.take(SALE, Step.RECONCILE, "ada")
    figures = await books.audited()
    assert (figures.allocated, figures.paid) == (2, 2)
    await books.cancel_order(one)
    await books.hear()
    figures = await books.audited()
    assert (figures.allocated, figures.remaining, figures.paid) == (0, 0, 0)


async def test_the_auditor_misses_pieces_of_what_was_given_up(books):
    await books.open()
    (one,) = await books.reserve("m1")
    await books.pay(one)
    await books.hear()
    await books.cancel_order(one)
    await books.hear()
    await books.audited()
    await books.store.rows(
        text("UPDATE flash_reservations SET state = 'PAID' WHERE brand = :b"), {"b": books.brand}
    )
    assert any("keep their pieces" in fault for fault in await books.faults())


@pytest.mark.parametrize("heard_before", [True, False])
async def test_what_costs_nothing_and_lapsed_leaves_nothing_open(books, heard_before):
    await books.open(price=0)
    (one,) = await books.reserve("m1")
    if heard_before:
        await books.hear()
        assert (await books.reservation(one)).state is ReservationState.PAID
        await books.cancel_order(one)
        await books.hear()
    else:
        await books.lapse(one)
    await books.pay(one)
    await books.hear()
    assert (await books.reservation(one)).state is ReservationState.RELEASED
    assert await books.told() == 0
    figures = await books.audited()
    assert (figures.remaining, figures.standing) == (10, 0)
    if heard_before:
        await books.take_money(await books.order(one), 500, "t1")
        await books.hear()
        order = await books.order(one)
        assert (order.paid, order.refunded, order.closed) == (500, 500, True)
        assert (await books.audited()).standing == 0, "money for nothing buys nothing"
    running = Running(books.store, books.brand)
    await running.take(SALE, Step.CLOSE, "ada")
    assert (await running.take(SALE, Step.RECONCILE, "ada")).state is SaleState.RECONCILED


async def test_hearing_everything_again_changes_nothing(books):
    await books.open()
    some = await books.reserve(*(f"m{place}" for place in range(6)))
    await books.hear()
    await books.pay(*some[:2])
    await books.lapse(*some[2:4])
    await books.hear()
    before = [await books.order(one) for one in some]
    await books.store.rows(
        text("UPDATE event_consumers SET xid = 0, position = 0 WHERE brand = :b"),
        {"b": books.brand},
    )
    await books.hear()
    assert [await books.order(one) for one in some] == before
    await books.audited()


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        ("DELETE FROM platform_orders WHERE brand = :b", "orders that reservations became"),
        ("DELETE FROM flash_orders WHERE brand = :b", "reservations count as orders"),
        ("UPDATE platform_orders SET paid = 1, refunded = 0 WHERE brand = :b", "other sums"),
        ("UPDATE flash_reservations SET state = 'RELEASED' WHERE brand = :b", "went back"),
        (
            "UPDATE platform_orders SET closed = true WHERE brand = :b",
            "their reservation does not know",
        ),
    ],
)
async def test_the_auditor_finds_what_does_not_agree(books, spoil, told):
    await books.open()
    await books.reserve("m1", "m2")
    await books.hear()
    assert await books.faults() == ()
    await books.store.rows(text(spoil), {"b": books.brand})
    assert any(told in fault for fault in await books.faults())


async def test_many_settle_at_once_beside_the_consumers(books):
    """Payments, lapses and money at the orders' counter race with who makes the orders."""
    await books.open(stock=60, per_member=1)
    some = await books.reserve(*(f"m{place}" for place in range(60)))
    following = asyncio.gather(*(books.hear() for _ in range(2)))
    await asyncio.gather(
        books.pay(*some[:20]), books.release(*some[20:40]), books.lapse(*some[40:50])
    )
    await following
    await asyncio.gather(books.pay(*some[30:60]), books.hear())
    await books.hear()
    found = await books.audited()
    # who paid too late found the pieces of those who had gone: all sixty but ten are sold
    assert (found.paid, found.remaining) == (50, 10)


class Till(System):
    """A system that keeps what it was told."""

    order_write_kinds = frozenset(OrderWriteKind)

    def __init__(self):
        self.writes = []

    async def write_order(self, write):
        self.writes.append(write)
        return OrderWritten(number=write.number or f"T-{len(self.writes)}")

    async def written_order(self, write):
        known = any(one.reference == write.reference for one in self.writes)
        return OrderWritten(number=write.number or "T-0") if known else None


class Foreign:
    """The channel `jd`, whose orders a till owns."""

    def __init__(self, books, *, kinds=frozenset(OrderWriteKind), load=None):
        self.books, self.till, self.now = books, Till(), NOW
        self.till.order_write_kinds = kinds
        channels = {Capability.ORDER: {"*": "jd"}, Capability.MEMBER: {"*": "jd"}}
        self.spec = ConnectorSpec(name="till", system="till", channels=channels, load=load)
        keys = DataKeys(books.brand, books.owned.sealer)
        self.commands = OrderCommands(books.store, books.brand, keys)
        settles = (FlashSending(books.owned).settle,)
        self.relay = OrderRelay(
            books.owned, self.commands, settles, {"till": self.spec}.get, self._opened
        )
        self.sending = FlashToSystems(books.owned, lambda: [self.spec], self._opened)

    @asynccontextmanager
    async def _opened(self, _):
        yield self.till


async def test_a_system_hears_of_what_is_paid_and_gives_the_number(books):
    await books.open()
    await books.enter("m1", "jd", "J-1")
    paid, waits = await books.reserve("m1", "m2", channel="jd")
    till = Foreign(books)
    await books.hear()
    await till.sending.run()
    assert till.till.writes == []
    assert await books.link(paid) is None, "an order that nobody paid is none of its system"
    await books.pay(paid)
    await books.hear()
    assert (await books.link(paid)).state is FlashOrderState.WAITING
    for _ in range(2):
        await till.sending.run()
    assert (await books.link(paid)).state is FlashOrderState.SENT
    await till.relay.run()
    place, pay = till.till.writes
    assert (place.kind, place.draft.total.minor) == (OrderWriteKind.PLACE, 990)
    assert place.draft.customer == "J-1"
    assert (pay.kind, pay.number, pay.amount.minor) == (OrderWriteKind.PAY, "T-1", 990)
    link = await books.link(paid)
    assert (link.state, link.number) == (FlashOrderState.PLACED, "T-1")
    assert await books.link(waits) is None
    assert (await books.audited()).orders == 1


async def test_a_system_that_takes_no_payments_is_told_of_none(books):
    await books.open()
    (one,) = await books.reserve("m1", channel="jd")
    await books.pay(one)
    await books.hear()
    till = Foreign(books, kinds=frozenset({OrderWriteKind.PLACE}))
    await till.sending.run()
    await till.relay.run()
    assert [write.kind for write in till.till.writes] == [OrderWriteKind.PLACE]


async def test_a_sale_is_a_levelled_stream_to_a_system(books):
    await books.open(stock=30)
    some = await books.reserve(*(f"m{place}" for place in range(12)), channel="jd")
    await books.pay(*some)
    await books.hear()
    till = Foreign(books, load=LoadAgreement(per_second=4))
    waves = []
    for _ in range(4):
        await till.sending.run()
        await till.sending.run()  # what is under way counts
        before = len(till.till.writes)
        await till.relay.run()
        waves.append(len(till.till.writes) - before)
    assert waves == [10, 10, 4, 0], "five orders in five seconds, each placed and paid"
    assert len({write.reference for write in till.till.writes}) == 24


async def test_a_payment_too_late_for_a_system_has_other_pieces_or_goes_back(books):
    await books.open(stock=2, per_member=1)
    one, two = await books.reserve("m1", "m2", channel="jd")
    await books.lapse(one, two)
    assert (await books.reserve("m3", channel="jd"))[0] is not None
    await books.pay(one, two)
    await books.hear()
    till = Foreign(books)
    await till.sending.run()
    links = sorted([await books.link(one), await books.link(two)], key=lambda o: o.state.value)
    assert [link.state for link in links] == [FlashOrderState.MOVED, FlashOrderState.REFUND]
    await till.sending.run()
    await till.relay.run()
    assert (await books.link(links[0].moved_to)).state is FlashOrderState.PLACED
    found = await books.audited()
    assert (found.paid, found.standing, found.remaining) == (1, 2, 0)


async def test_what_a_person_discards_on_its_way_is_said(books):
    await books.open()
    (one,) = await books.reserve("m1", channel="jd")
    await books.pay(one)
    await books.hear()
    till = Foreign(books)
    await till.sending.run()
    queued = await till.commands.listed((CommandState.QUEUED,), 9)
    (place,) = [found for found in queued if found.kind is OrderWriteKind.PLACE]
    settle = FlashSending(books.owned).settle

    async def discard(run):
        settled = await till.commands.discard(run, place.command, "ada", NOW)
        await settle(run, settled)

    await books.do(discard)
    assert (await books.link(one)).state is FlashOrderState.DISCARDED
