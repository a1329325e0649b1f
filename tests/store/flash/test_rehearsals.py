"""Rehearsals that were asked for: one of a sale at a time, and one that was lost is over."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from capabilities.errors import BadInput
from capabilities.flash.lifecycle import SaleDeclined
from capabilities.flash.records import SHARED, FlashSale, SaleState
from capabilities.flash.rehearsal import Rehearsal, RehearsalState
from store.flash.rehearsals import begin, ended, last_rehearsal
from store.flash.sales import define

BRAND = "baiwei"
SALE = FlashSale(
    id="s1",
    sku="SN-1",
    price=990,
    opens_at=datetime(2020, 1, 1, tzinfo=UTC),
    closes_at=datetime(2100, 1, 1, tzinfo=UTC),
    pools={SHARED: 5},
)
RESULT = Rehearsal(
    sale="s1",
    units=1,
    people=3,
    seconds=0.5,
    rate=2.0,
    p50_ms=3.0,
    p99_ms=9.0,
    answers={"RESERVED": 1, "SOLD_OUT": 2},
    reserved=1,
    faults=(),
)


async def begun(store, named):
    return await store.transaction(lambda run: begin(run, BRAND, "s1", named, "ann", "ADMIN"))


@pytest.fixture
async def defined(store):
    await store.transaction(lambda run: define(run, BRAND, SALE))


@pytest.mark.usefixtures("defined")
async def test_one_runs_at_a_time_and_its_end_is_kept(store):
    assert await last_rehearsal(store, BRAND, "s1") is None
    assert (await begun(store, "r1")).state is RehearsalState.RUNNING
    with pytest.raises(SaleDeclined, match="is being rehearsed"):
        await begun(store, "r2")
    await ended(store, BRAND, "s1", "r1", RESULT, None)
    await ended(store, BRAND, "s1", "r1", None, "CUT_OFF")
    found = await last_rehearsal(store, BRAND, "s1")
    assert (found.state, found.result, found.reason) == (RehearsalState.DONE, RESULT, None)
    await begun(store, "r2")
    await ended(store, BRAND, "s1", "r2", None, "DEFECT")
    assert (await last_rehearsal(store, BRAND, "s1")).state is RehearsalState.FAILED


@pytest.mark.usefixtures("defined")
async def test_one_that_its_process_lost_is_over(store):
    await begun(store, "r1")
    await store.rows(text("UPDATE flash_rehearsals SET started_at = now() - interval '5 min'"))
    lost = await last_rehearsal(store, BRAND, "s1")
    assert (lost.state, lost.reason) == (RehearsalState.FAILED, "LOST")
    assert (await begun(store, "r2")).id == "r2"


@pytest.mark.usefixtures("defined")
async def test_what_is_over_or_not_there_is_not_rehearsed(store):
    with pytest.raises(BadInput):
        await store.transaction(lambda run: begin(run, BRAND, "none", "r", "ann", "ADMIN"))
    await store.rows(
        text("UPDATE flash_sales SET state = :state"), {"state": SaleState.CLOSED.value}
    )
    with pytest.raises(SaleDeclined, match="before its end"):
        await begun(store, "r1")
