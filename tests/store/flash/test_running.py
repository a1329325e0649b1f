"""Operations run a sale: steps in their order, a second person, what is left goes back."""

import asyncio
from datetime import UTC, datetime

import pytest
from msgspec.structs import replace
from sqlalchemy import text

from capabilities.caller import Person, Role
from capabilities.errors import BadInput
from capabilities.flash.lifecycle import SaleDeclined, Step
from capabilities.flash.records import SHARED, FlashSale, NotOpen, Reserved, SaleState, Wish
from store.flash.audit import audit
from store.flash.running import Running
from store.flash.selling import Asked, reserve
from store.flash.settling import expire, overdue_sales, pay
from store.flash.taking import Home

BRAND = "baiwei"
ANN, BOB, CAI = (Person(subject=one, role=Role.OPERATIONS) for one in ("ann", "bob", "cai"))
SALE = FlashSale(
    id="s1",
    sku="SN-1",
    price=990,
    opens_at=datetime(2020, 1, 1, tzinfo=UTC),
    closes_at=datetime(2100, 1, 1, tzinfo=UTC),
    pools={SHARED: 5, "jd": 2},
)
HOME = Home(BRAND, "s1", 0, frozenset({"jd"}))


@pytest.fixture
def running(store):
    return Running(store, BRAND)


async def opened(running, **changes):
    await running.define(replace(SALE, **changes), "ann")
    await running.take("s1", Step.PRELOAD, "ann")
    proposal = await running.propose("s1", Step.OPEN, ANN)
    return await running.confirm(proposal.id, BOB)


async def buy(store, member, channel="app"):
    asked = [Asked(HOME, Wish(member, "k", channel))]
    (outcome,) = await store.transaction(lambda run: reserve(run, BRAND, asked))
    return outcome


async def test_a_second_person_opens(store, running):
    await running.define(SALE, "ann")
    await running.take("s1", Step.PRELOAD, "ann")
    assert isinstance(await buy(store, "m"), NotOpen)
    proposal = await running.propose("s1", Step.OPEN, ANN)
    assert [one.id for one in await running.waiting()] == [proposal.id]
    with pytest.raises(SaleDeclined) as refused:
        await running.confirm(proposal.id, replace(ANN, role=Role.ADMIN))
    assert refused.value.code == "FLASH_SALE_SECOND_PERSON"
    assert isinstance(await buy(store, "m"), NotOpen)
    assert (await running.confirm(proposal.id, BOB)).state is SaleState.OPEN
    assert isinstance(await buy(store, "m"), Reserved)
    with pytest.raises(SaleDeclined) as again:
        await running.confirm(proposal.id, CAI)
    assert again.value.code == "FLASH_SALE_CONFIRMED"
    rows = await store.rows(
        text("SELECT actor, facts FROM audit_entries WHERE action = 'flash.open'")
    )
    assert [row.actor for row in rows] == ["bob"]
    assert '"proposed_by":"ann"' in rows[0].facts


async def test_nobody_opens_or_tops_up_alone(running):
    await opened(running)
    for step in (Step.OPEN, Step.TOP_UP):
        with pytest.raises(SaleDeclined):
            await running.take("s1", step, "ann")


async def test_what_waits_is_taken_back(store, running):
    await opened(running)
    proposal = await running.propose("s1", Step.TOP_UP, ANN, units=5000)
    assert (await running.withdraw(proposal.id, "bob")).state is SaleState.OPEN
    assert await running.waiting() == []
    for again in (running.confirm(proposal.id, BOB), running.withdraw(proposal.id, "bob")):
        with pytest.raises(SaleDeclined) as gone:
            await again
        assert gone.value.code == "FLASH_SALE_UNKNOWN"
    done = await running.propose("s1", Step.TOP_UP, ANN, units=5)
    await running.confirm(done.id, BOB)
    with pytest.raises(SaleDeclined) as late:
        await running.withdraw(done.id, "ann")
    assert late.value.code == "FLASH_SALE_CONFIRMED"
    rows = await store.rows(
        text("SELECT actor, facts FROM audit_entries WHERE action = 'flash.withdrawn'")
    )
    assert [row.actor for row in rows] == ["bob"]
    assert '"proposed_by":"ann"' in rows[0].facts


async def test_two_confirmations_at_once_top_up_once(store, running):
    await opened(running)
    proposal = await running.propose("s1", Step.TOP_UP, ANN, units=10)
    both = await asyncio.gather(
        *(running.confirm(proposal.id, by) for by in (BOB, CAI)), return_exceptions=True
    )
    assert sorted(isinstance(one, FlashSale) for one in both) == [False, True]
    (sale,) = await running.sales()
    assert sale.pools == {SHARED: 15, "jd": 2}
    found = await store.transaction(lambda run: audit(run, BRAND, "s1"))
    assert found.faults == ()


@pytest.mark.parametrize(
    "step", [Step.RESUME, Step.PRELOAD, Step.RECONCILE], ids=lambda one: one.value
)
async def test_a_step_out_of_turn_is_declined(running, step):
    await opened(running)
    with pytest.raises(SaleDeclined):
        await running.take("s1", step, "ann")


async def test_what_was_proposed_before_somebody_changed_the_sale_is_void(running):
    await running.define(SALE, "ann")
    await running.take("s1", Step.PRELOAD, "ann")
    proposal = await running.propose("s1", Step.OPEN, ANN)
    top_up = await running.propose("s1", Step.TOP_UP, ANN, units=1)
    await running.confirm(top_up.id, BOB)
    with pytest.raises(SaleDeclined) as moved:
        await running.confirm(proposal.id, BOB)
    assert moved.value.code == "FLASH_SALE_MOVED"
    assert [one.id for one in await running.waiting()] == [proposal.id], "it was not used up"


async def test_a_paused_sale_sells_nothing_until_it_goes_on(store, running):
    await opened(running)
    await running.take("s1", Step.PAUSE, "ann")
    assert isinstance(await buy(store, "m"), NotOpen)
    await running.take("s1", Step.RESUME, "ann")
    assert isinstance(await buy(store, "m"), Reserved)


async def test_what_nobody_bought_leaves_when_all_is_paid(store, running):
    await opened(running)
    one, other = await buy(store, "m"), await buy(store, "n", "jd")
    await running.take("s1", Step.CLOSE, "ann")
    with pytest.raises(SaleDeclined, match="2 units are reserved"):
        await running.take("s1", Step.RECONCILE, "ann")
    ids = [one.reservation, other.reservation]
    await store.transaction(lambda run: pay(run, BRAND, "s1", ids))
    assert (await running.take("s1", Step.RECONCILE, "ann")).state is SaleState.RECONCILED
    found = await store.transaction(lambda run: audit(run, BRAND, "s1"))
    assert (found.allocated, found.remaining, found.paid, found.faults) == (2, 0, 2, ())


async def test_sales_with_something_overdue_are_found(store, running):
    await opened(running, payment_seconds=1)
    assert await overdue_sales(store, BRAND) == []
    await buy(store, "m")
    await store.rows(text("UPDATE flash_reservations SET pay_until = now() - interval '1 s'"))
    assert await overdue_sales(store, BRAND) == ["s1"]
    assert await store.transaction(lambda run: expire(run, BRAND, "s1", 10)) == 1
    assert await overdue_sales(store, BRAND) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"id": "a/b"},
        {"closes_at": SALE.opens_at},
        {"per_member": 0},
        {"pools": {}},
        {"pools": {SHARED: -1}},
        {"admission_rate": -1.0},
    ],
)
async def test_a_sale_that_cannot_be_held_is_not_written_down(running, changes):
    with pytest.raises(SaleDeclined) as refused:
        await running.define(replace(SALE, **changes), "ann")
    assert refused.value.code == "FLASH_SALE_INVALID"
    assert await running.sales() == []


async def test_a_sale_that_is_not_there_is_said(running):
    with pytest.raises(BadInput) as unknown:
        await running.take("none", Step.PAUSE, "ann")
    assert unknown.value.code == "FLASH_SALE_UNKNOWN"
    await running.define(SALE, "ann")
    with pytest.raises(SaleDeclined) as taken:
        await running.define(SALE, "ann")
    assert taken.value.code == "FLASH_SALE_TAKEN"
