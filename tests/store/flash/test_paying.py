"""Payments of reservations, many in one transaction: each once, whoever tells it how often."""

import asyncio
from uuid import uuid4

from sqlalchemy import text

from gateway.together import Together
from store.flash.paying import PaidReservations, Paying, Settled
from store.flash.settling import release
from store.wishes import KeyReused
from tests.store.flash.test_selling import BRAND, _on_sale, checked, sell, wish

PAID, LATE = Settled(), Settled("RESERVATION_RELEASED")


async def _events(store, topic):
    asked = {"brand": BRAND, "topic": topic}
    counted = text("SELECT count(*) AS n FROM events WHERE brand = :brand AND topic = :topic")
    return (await store.rows(counted, asked))[0].n


async def _reserved(store, many):
    await _on_sale(store, pools={"": many})
    got = await sell(store, *(wish(f"m{number}") for number in range(many)))
    return [one.reservation for one in got]


async def test_those_that_come_together_are_paid_in_one_transaction(store, monkeypatch):
    keys = await _reserved(store, 40)
    paid, begun, whole = PaidReservations(store, BRAND), [], store.transaction
    monkeypatch.setattr(store, "transaction", lambda work: begun.append(1) or whole(work))
    desk = Together(paid.pay, paid.stands)
    asked = [Paying("s1", key, "desk", f"k{at}") for at, key in enumerate(keys)]
    assert await asyncio.gather(*map(desk.ask, asked)) == [PAID] * 40
    assert len(begun) == 1
    monkeypatch.undo()
    found = await checked(store)
    assert (found.paid, found.standing) == (40, 40)
    told = await _events(store, "flash.settled")
    assert told == 40
    assert await paid.pay(asked[:3]) == [PAID] * 3
    assert await _events(store, "flash.settled") == told
    assert await paid.stands([asked[0], Paying("s1", keys[0], "desk", "new")]) == [PAID, None]


async def test_what_went_back_before_is_told_of_once_a_key(store):
    first, second = await _reserved(store, 2)
    await store.transaction(lambda run: release(run, BRAND, "s1", [first], "UNPAID"))
    paid = PaidReservations(store, BRAND)
    asked = [Paying("s1", first, "desk", "a"), Paying("s1", second, "desk", "b")]
    assert await paid.pay(asked) == [LATE, PAID]
    assert await paid.pay(asked) == [LATE, PAID]
    assert await _events(store, "flash.paid_late") == 1
    assert (await checked(store)).paid == 1


async def test_a_key_stands_for_one_reservation_of_one_author(store):
    first, second = await _reserved(store, 2)
    paid = PaidReservations(store, BRAND)
    asked = [
        Paying("s1", first, "desk", "a"),
        Paying("s1", second, "desk", "a"),
        Paying("s1", first, "desk", "a"),
        Paying("s1", first, "other", "a"),
        Paying("s1", uuid4(), "other", "b"),
        Paying("none", second, "other", "c"),
    ]
    done = await paid.pay(asked)
    assert isinstance(done[1], KeyReused)
    unknown = Settled("RESERVATION_UNKNOWN")
    assert [done[0], *done[2:]] == [PAID, PAID, PAID, unknown, unknown]
    assert (await checked(store)).paid == 1


async def test_processes_that_pay_the_same_in_any_order_never_cross(store):
    keys = await _reserved(store, 12)
    paid = PaidReservations(store, BRAND)
    there = [Paying("s1", key, "a", f"k{at}") for at, key in enumerate(keys)]
    back = [Paying("s1", key, "b", f"k{at}") for at, key in enumerate(keys)][::-1]
    done = await asyncio.gather(*(paid.pay(some) for some in (there, back, there, back)))
    assert done == [[PAID] * 12] * 4
    assert (await checked(store)).paid == 12
