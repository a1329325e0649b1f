"""Orders in the store: placed once, changed one after the other, never refunded beyond payment."""

import asyncio
from datetime import timedelta
from decimal import Decimal

import pytest
from psycopg.errors import IntegrityError
from sqlalchemy import text

from capabilities.caller import MembershipKey
from capabilities.events import Subject
from capabilities.order.changing import (
    OrderDeclined,
    Part,
    cancelled,
    fulfilled,
    returned,
)
from capabilities.order.history import OrderAction, OrderPersonal
from capabilities.order.payments import Confirmed, Contradicted, PaymentOutcome
from capabilities.order.writing import Recipient
from store.order.facts import OrderFacts
from store.order.held import Done
from store.privacy.data_keys import owner_of_membership, owner_of_order
from tests.store.member.taking import fresh_brand
from tests.store.order.holding import NOW, Books, confirmation, line, order

LIN = MembershipKey("mini", "42")
GIFT = OrderPersonal(recipient=Recipient(name="林晓", phone="13900001111"), note="轻放")


@pytest.fixture
async def books(store):
    return Books(store, fresh_brand())


async def give_back(books, one, parts, amount):
    """One return as a desk does it: whatever it was told is weighed under the lock."""
    subject = Subject(key=one.number, channel=one.channel)

    async def work(run):
        (held,) = await books.orders.locked(run, [subject])
        given = returned(held, parts, amount, NOW)
        if isinstance(given, OrderDeclined):
            return given
        done = Done(action=OrderAction.RETURNED, author="ada", amount=given.amount)
        await books.orders.give_back(run, given, done, restock=False)
        return given

    return await books.store.transaction(work)


async def test_an_order_stands_as_it_was_placed_with_history_facts_and_an_event(books):
    placed = order(line(), line("2", 500, 1), off=300, holder=LIN, store_code="M0001")
    assert await books.place(placed, GIFT)
    assert await books.held(placed) == placed
    (past,) = await books.rows("SELECT * FROM order_changes WHERE brand = :brand")
    assert (past.version, past.action, past.author) == (1, "PLACED", "ada")
    (event,) = await books.rows("SELECT topic, key FROM events WHERE brand = :brand")
    assert (event.topic, event.key) == ("order.changed", placed.number)
    subject = Subject(key=placed.number, channel="mini")
    facts = OrderFacts(books.store, books.brand)
    (fact,) = await books.store.transaction(lambda run: facts.by_key_in(run, [subject]))
    assert (fact.holder, fact.paid, fact.lines[0].sku) == (LIN, 0, "SN-1")


async def test_a_number_is_given_once_in_all_channels(books):
    placed = order()
    assert await books.place(placed)
    assert not await books.place(placed)
    assert not await books.place(order(number=placed.number, channel="kiosk"))
    assert len(await books.rows("SELECT 1 FROM platform_order_lines WHERE brand = :brand")) == 1


@pytest.mark.parametrize("holder", [LIN, None])
async def test_what_it_says_of_people_goes_with_the_key(books, holder):
    placed = order(holder=holder)
    await books.place(placed, GIFT)
    key = [Subject(key=placed.number, channel=placed.channel)]
    assert await books.orders.personal(key) == [GIFT]
    (kept,) = await books.rows("SELECT o::text AS all FROM platform_orders o WHERE brand = :brand")
    assert "林" not in kept.all
    assert "13900001111" not in kept.all
    owner = owner_of_order("mini", placed.number)
    if holder is not None:
        owner = owner_of_membership(holder.channel, holder.number)
    await books.keys.delete(books.store.rows, [owner])
    assert await books.orders.personal(key) == [None]
    await books.keys.make(books.store.rows, [owner])
    assert await books.orders.personal(key) == [None]


async def test_a_payment_counts_once_however_often_and_by_whomever_it_is_told(books):
    placed = order()
    await books.place(placed)
    first = await asyncio.gather(*(books.confirm(placed, 2580, "t1") for _ in range(8)))
    assert {one.outcome for one in first} == {PaymentOutcome.CONFIRMED}
    assert sorted(one.duplicate for one in first) == [False] + [True] * 7
    held = await books.held(placed)
    assert (held.paid, held.version) == (2580, 2)
    assert await books.confirm(placed, 2581, "t1") == Contradicted()
    assert (await books.confirm(placed, 2580, "t1", provider="other")).outcome.value == "OVERPAID"


async def test_one_batch_may_hold_the_same_twice_and_one_order_twice(books):
    placed, other = order(), order()
    await books.place(placed)
    await books.place(other)
    calls = [(placed, 1000, "a"), (placed, 1000, "a"), (placed, 1580, "b"), (other, 9, "a")]
    made = [confirmation(*call) for call in calls]
    answers = await books.payments.confirm(made, NOW)
    confirmed = Confirmed(outcome=PaymentOutcome.CONFIRMED)
    again = Confirmed(outcome=PaymentOutcome.CONFIRMED, duplicate=True)
    assert answers == [confirmed, again, confirmed, Contradicted()]
    held = await books.held(placed)
    assert (held.paid, held.version, held.status.value) == (2580, 3, "CONFIRMED")
    past = await books.rows(
        "SELECT amount, author FROM order_changes WHERE brand = :brand AND action = 'PAID'"
    )
    assert sorted(tuple(one) for one in past) == [(1000, "provider:pay"), (1580, "provider:pay")]


async def test_money_for_no_order_or_in_another_currency_is_kept_and_counts_nowhere(books):
    placed = order()
    unknown = await books.confirm(order(number="404"), 5, "t1")
    assert unknown.outcome is PaymentOutcome.UNKNOWN_ORDER
    await books.place(placed)
    wrong = await books.confirm(placed, 2580, "t2", currency="HKD")
    assert wrong.outcome is PaymentOutcome.CURRENCY_DIFFERS
    assert (await books.held(placed)).paid == 0
    assert (await books.confirm(placed, 2580, "t2", currency="HKD")).duplicate
    kept = await books.rows("SELECT outcome FROM order_payments WHERE brand = :brand")
    assert {one.outcome for one in kept} == {"UNKNOWN_ORDER", "CURRENCY_DIFFERS"}


async def test_many_returns_at_once_never_give_back_more_than_was_paid(books):
    placed = order(line(quantity=5))
    await books.place(placed)
    await books.confirm(placed, placed.total, "t1")
    await fulfil(books, placed)
    one = [Part(ref="1", quantity=Decimal(1))]
    done = await asyncio.gather(*(give_back(books, placed, one, None) for _ in range(12)))
    refused = [one.code for one in done if isinstance(one, OrderDeclined)]
    assert refused == ["QUANTITY_EXCEEDED"] * 7
    held = await books.held(placed)
    assert (held.refunded, held.status.value) == (placed.total, "CLOSED_REFUNDED")
    rows = await books.rows("SELECT sum(amount) AS all FROM order_refunds WHERE brand = :brand")
    assert rows[0].all == placed.total


async def fulfil(books, one):
    subject = Subject(key=one.number, channel=one.channel)

    async def work(run):
        (held,) = await books.orders.locked(run, [subject])
        after, parts = fulfilled(held, None, NOW, delivered=True)
        done = Done(action=OrderAction.FULFILLED, author="ada")
        await books.orders.fulfil(run, after, parts, done, delivered=True, carrier="SF")

    await books.store.transaction(work)


async def test_a_cancelled_order_gives_back_what_was_paid(books):
    placed = order()
    await books.place(placed)
    await books.confirm(placed, 2580, "t1")

    async def work(run):
        (held,) = await books.orders.locked(run, [Subject(key=placed.number, channel="mini")])
        given = cancelled(held, NOW)
        done = Done(action=OrderAction.CANCELLED, author="ada", amount=given.amount)
        await books.orders.give_back(run, given, done, restock=False)

    await books.store.transaction(work)
    held = await books.held(placed)
    assert (held.status.value, held.refunded, held.refundable) == ("CLOSED_REFUNDED", 2580, 0)
    late = await books.confirm(placed, 10, "t2")
    assert late.outcome is PaymentOutcome.LATE


async def test_the_database_itself_refuses_a_refund_beyond_payment(books):
    await books.place(order())
    with pytest.raises(IntegrityError):
        await books.store.rows(
            text("UPDATE platform_orders SET refunded = 1 WHERE brand = :brand"),
            {"brand": books.brand},
        )


async def test_two_processes_pay_the_same_orders_in_any_order_without_crossing(books):
    placed = [order() for _ in range(6)]
    for one in placed:
        await books.place(one)
    there = [confirmation(one, 100, f"a{at}") for at, one in enumerate(placed)]
    back = [confirmation(one, 100, f"b{at}") for at, one in enumerate(placed)][::-1]
    both = [books.payments.confirm(batch, NOW + timedelta(1)) for batch in (there, back, there)]
    await asyncio.gather(*both)
    assert [(await books.held(one)).paid for one in placed] == [200] * 6
