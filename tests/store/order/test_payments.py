"""Money that came before its order, or that a person took before: counted once, and never lost."""

import asyncio

import pytest

from capabilities.events import Subject
from capabilities.order.changing import paid
from capabilities.order.history import OrderAction
from capabilities.order.payments import (
    DESK,
    Confirmed,
    Contradicted,
    PaymentOutcome,
    shown_name,
    slip,
    wished_name,
)
from store.order.carried_payments import CarriedPayments, OrderSystem
from store.order.held import Done
from store.order.payments import Payments
from tests.store.member.taking import fresh_brand
from tests.store.order.holding import NOW, Books, confirmation, order


@pytest.fixture
async def books(store):
    return Books(store, fresh_brand())


async def take(books, one, amount, name):
    """A payment that a person takes, as a desk does it; False where it is known."""
    subject = Subject(key=one.number, channel=one.channel)

    async def work(run):
        (held,) = await books.orders.locked(run, [subject])
        after = paid(held, amount, NOW)
        told = confirmation(one, amount, name, provider=DESK)
        if not await books.payments.claim(run, told, NOW):
            return False
        await books.orders.put(run, [after], [Done(action=OrderAction.PAID, author="ada")])
        return True

    return await books.store.transaction(work)


async def test_money_that_comes_first_waits_for_its_order(books):
    one, other = order(), order()
    told = [(one, 2000, "t1"), (one, 580, "t2"), (one, 10, "t3"), (other, 100, "t4")]
    made = [confirmation(*each) for each in told]
    answers = await books.payments.confirm(made, NOW)
    assert {each.outcome for each in answers} == {PaymentOutcome.UNKNOWN_ORDER}
    assert await books.payments.match(NOW) == 0
    await books.place(one)
    assert sum(await asyncio.gather(*(books.payments.match(NOW) for _ in range(3)))) == 3
    held = await books.held(one)
    assert (held.paid, held.version, held.status.value) == (2590, 4, "CONFIRMED")
    again = await books.payments.confirm(made, NOW)
    assert [each.outcome.value for each in again] == [
        *("CONFIRMED", "CONFIRMED", "OVERPAID", "UNKNOWN_ORDER")
    ]
    assert all(each.duplicate for each in again)
    assert await books.payments.match(NOW) == 0
    assert (await books.held(one)).paid == 2590


async def test_money_in_another_currency_is_matched_and_counts_nowhere(books):
    one = order()
    await books.payments.confirm([confirmation(one, 2580, "t1", "HKD")], NOW)
    await books.place(one)
    assert await books.payments.match(NOW) == 1
    assert (await books.held(one)).paid == 0
    again = await books.confirm(one, 2580, "t1", "HKD")
    assert again == Confirmed(outcome=PaymentOutcome.CURRENCY_DIFFERS, duplicate=True)


async def test_what_a_person_took_with_its_number_is_not_counted_again(books):
    one = order()
    await books.place(one)
    assert await take(books, one, 2000, shown_name("mini", one.number, "t1"))
    first = await books.confirm(one, 2000, "t1")
    assert first == Confirmed(outcome=PaymentOutcome.KNOWN)
    assert (await books.confirm(one, 2000, "t1")).duplicate
    assert (await books.held(one)).paid == 2000
    assert (await books.confirm(one, 580, "t2")).outcome is PaymentOutcome.CONFIRMED
    assert not await take(books, one, 580, shown_name("mini", one.number, "t2"))
    assert (await books.held(one)).paid == 2580


async def test_the_desk_and_the_provider_at_once_count_money_once(books):
    some = [order() for _ in range(6)]
    for one in some:
        await books.place(one)
    both = [books.confirm(one, 100, f"t-{one.number}") for one in some]
    both += [
        take(books, one, 100, shown_name("mini", one.number, f"t-{one.number}")) for one in some
    ]
    await asyncio.gather(*both)
    assert [(await books.held(one)).paid for one in some] == [100] * 6


async def test_nobody_can_use_up_the_name_of_anothers_payment(books):
    one, other = order(), order()
    await books.place(one)
    await books.place(other)
    assert await take(books, other, 1, shown_name("mini", other.number, "t1"))
    assert (await books.confirm(one, 2580, "t1")) == Confirmed(outcome=PaymentOutcome.CONFIRMED)
    assert await take(books, other, 1, shown_name("mini", other.number, "bob:k1"))
    assert await take(books, other, 1, wished_name("bob", "k1"))
    assert await take(books, other, 1, wished_name("bob:k", "1"))
    # what a person typed wrong keeps no money out: people see that it is too much
    assert await take(books, other, 5, shown_name("mini", other.number, "t9"))
    assert (await books.confirm(other, 2580, "t9")).outcome is PaymentOutcome.OVERPAID


def at_systems(books):
    """The payments of orders whose channels, but for our own, a system owns."""

    def system_of(channel):
        return None if channel == "mini" else OrderSystem("erp" if channel == "sap" else None)

    carried = CarriedPayments(books.brand, books.keys, system_of)
    return Payments(books.store, books.brand, books.orders, carried)


async def commands(books):
    rows = await books.rows("SELECT kind, number FROM order_commands WHERE brand = :brand")
    return sorted((row.kind, row.number) for row in rows)


async def keep(books, payments, one, amount, slip):
    """A payment of a system's order that a person takes."""
    name = shown_name(one.channel, one.number, slip)
    told = confirmation(one, amount, name, provider=DESK)
    return await books.store.transaction(lambda run: payments.keep(run, told, NOW))


async def test_a_system_is_told_of_the_same_money_once(books):
    payments = at_systems(books)
    some = [order(channel="sap") for _ in range(3)]
    first, second, third = some
    assert await keep(books, payments, first, 100, "t1")
    made = [confirmation(first, 100, "t1"), confirmation(second, 100, "t2")]
    made.append(confirmation(order(channel="quiet"), 5, "t3"))
    outcomes = [one.outcome.value for one in await payments.confirm(made, NOW)]
    assert outcomes == ["KNOWN", "KEPT", "KEPT"]
    assert all(one.duplicate for one in await payments.confirm(made, NOW))
    assert not await keep(books, payments, second, 100, "t2")
    assert await commands(books) == [("PAY", second.number)]
    both = await asyncio.gather(
        payments.confirm([confirmation(third, 9, "t4")], NOW),
        keep(books, payments, third, 9, "t4"),
    )
    told_here = both[0][0].outcome is PaymentOutcome.KEPT
    assert told_here is not both[1], "one of the two tells the system"
    assert len(await commands(books)) == 1 + told_here


async def test_what_stands_is_found_by_its_name(books):
    one = order()
    await books.place(one)
    await books.confirm(one, 100, "t1")
    asked = [confirmation(one, 100, "t1"), confirmation(one, 9, "t1"), confirmation(one, 100, "t2")]
    stands = Confirmed(outcome=PaymentOutcome.CONFIRMED, duplicate=True)
    assert await books.payments.stands(asked) == [stands, Contradicted(), None]


def test_a_slip_is_shown_as_it_was_written():
    assert slip("pay", "t1") == "t1"
    assert slip(DESK, shown_name("mini", "42", "t1")) == "t1"
    assert slip(DESK, wished_name("ada", "k1")) is None
