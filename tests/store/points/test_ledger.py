"""The ledger's rules one by one, over a real PostgreSQL."""

import asyncio
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from capabilities.operations import IdempotencyKeyReused
from capabilities.points import ledger
from capabilities.points.records import (
    AccountKey,
    Burn,
    EntryType,
    InsufficientPoints,
    OrderRef,
    Told,
)
from store.points.ledger import PointsLedger, Wish

NOW = datetime(2026, 5, 1, tzinfo=UTC)
KEY = AccountKey("shop", "7001")


class Clock:
    def __init__(self):
        self.now = NOW

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def points(store, clock):
    return PointsLedger(store, "baiwei", clock)


def told(key, *, days=0, order=None):
    ref = OrderRef("shop", order) if order else None
    occurred = NOW + timedelta(days=days)
    return Told(source="test", author="ada", idempotency_key=key, occurred_at=occurred, order=ref)


async def earn(points, amount, key, *, days=0, order=None, **dates):
    why = told(key, days=days, order=order)

    def decide(accounts, at):
        return [ledger.credit(accounts[KEY], EntryType.EARN, amount, why, at, **dates)]

    return await points.change([KEY], decide)


async def spend(points, amount, key):
    def decide(accounts, at):
        done = ledger.spend(accounts[KEY], EntryType.SPEND, amount, told(key), at)
        return [done] if isinstance(done, ledger.Posted) else done

    return await points.change([KEY], decide, Wish(author="ada", key=key, what=["spend", amount]))


async def reverse(points, amount, key, order):
    why = told(key, order=order)

    def decide(accounts, at):
        return [ledger.reverse(accounts[KEY], EntryType.REVERSE, amount, why, at)]

    return await points.change([KEY], decide)


async def account(points):
    return (await points.accounts([KEY]))[0]


async def test_what_was_earned_first_goes_first_however_late_it_came(points):
    await earn(points, 10, "e1")
    await earn(points, 10, "e2", days=-3)
    (gone,) = await spend(points, 15, "s1")
    assert gone.burns == (Burn(2, 10), Burn(1, 5))


async def test_pending_and_expired_points_cannot_be_spent(points, clock):
    soon = NOW + timedelta(days=7)
    await earn(points, 10, "e1", pending_until=soon)
    await earn(points, 5, "e2", expires_at=soon)
    declined = await spend(points, 6, "s1")
    assert isinstance(declined, InsufficientPoints)
    assert declined.available == 5
    clock.now = soon
    held = await account(points)
    assert (held.available(soon), held.pending(soon), held.balance) == (10, 0, 15)


async def test_a_refund_after_spending_is_owed_and_the_next_points_pay_it(points):
    await earn(points, 10, "e1", order="O-1")
    await spend(points, 8, "s1")
    (back,) = await reverse(points, 10, "r1", "O-1")
    assert (back.flagged, back.owed) == (True, 8)
    assert (await account(points)).balance == -8
    (paid,) = await earn(points, 20, "e2")
    assert paid.owed == 8
    assert (await account(points)).available(NOW) == 12


async def test_a_reversal_takes_its_own_orders_points_first(points):
    await earn(points, 10, "e1", order="O-1")
    await earn(points, 10, "e2", order="O-2", pending_until=NOW + timedelta(days=7))
    (back,) = await reverse(points, 12, "r1", "O-2")
    assert back.burns == (Burn(2, 10), Burn(1, 2))


async def test_one_key_is_one_wish(points):
    await earn(points, 30, "e1")
    first = await spend(points, 10, "s1")
    assert await spend(points, 10, "s1") == first
    assert isinstance(await spend(points, 11, "s1"), IdempotencyKeyReused)
    assert (await account(points)).balance == 20


async def test_what_was_declined_may_be_tried_again(points):
    assert isinstance(await spend(points, 10, "s1"), InsufficientPoints)
    await earn(points, 30, "e1")
    assert isinstance(await spend(points, 10, "s1"), tuple)


async def test_many_at_once_spend_what_is_there_and_no_more(points):
    await earn(points, 50, "e1")
    done = await asyncio.gather(*(spend(points, 10, f"s{n % 8}") for n in range(16)))
    kept = {one[0].sequence for one in done if isinstance(one, tuple)}
    assert len(kept) == 5
    held = await account(points)
    assert (held.balance, held.sequence) == (0, 6)


async def test_a_clock_that_runs_backwards_dates_nothing_back(points, clock):
    await earn(points, 10, "e1")
    clock.now = NOW - timedelta(days=1)
    (later,) = await earn(points, 10, "e2")
    assert later.recorded_at == NOW
    assert await points.balance_at(KEY, NOW - timedelta(seconds=1)) == 0
    assert await points.balance_at(KEY, NOW) == 20


async def test_a_brand_has_its_own_accounts(points, store, clock):
    await earn(points, 10, "e1")
    other = PointsLedger(store, "other", clock)
    assert (await account(other)).balance == 0
    assert [key async for key in points.every_account()] == [KEY]
    assert [key async for key in other.every_account()] == []


async def test_a_cache_that_is_wrong_is_told(points, database):
    await earn(points, 10, "e1")
    assert await points.check(KEY) == []
    with psycopg.connect(database) as connection:
        connection.execute("UPDATE points_lots SET remaining = 9")
    (fault,) = await points.check(KEY)
    assert (fault.what, fault.cached, fault.entries) == ("lot 1", 9, 10)


@pytest.mark.parametrize("change", ["UPDATE {} SET brand = 'x'", "DELETE FROM {}", "TRUNCATE {}"])
@pytest.mark.parametrize("table", ["points_entries", "programme_versions"])
def test_entries_and_policies_are_never_changed(database, table, change):
    with psycopg.connect(database) as connection, pytest.raises(psycopg.errors.RaiseException):
        connection.execute(change.format(table))
