"""Promotions are written down, go through their lives, and every step is kept."""

import asyncio
from datetime import timedelta
from decimal import Decimal

import psycopg
import pytest

from capabilities.operations import IdempotencyKeyReused
from capabilities.page import PageAsk, SortKey
from capabilities.pricing.definition import PercentOff
from capabilities.promotion.plans import (
    PromotionAction,
    PromotionDeclined,
    Stage,
)
from capabilities.promotion.records import PromotionFilter, PromotionStatus
from store.promotion.in_force import InForce
from store.promotion.lists import PromotionLists
from tests.store.promotion.conftest import NOON, plan, wanted

ASK = PageAsk(first=100, channels=("platform",))
MOVE = PromotionAction


async def _put(promotions, one, *actions):
    await promotions.create(one, wanted(f"create {one.id}"))
    for action in actions:
        done = await promotions.move(one.id, action, wanted(f"{action} {one.id}"))
        assert not isinstance(done, PromotionDeclined)


async def test_a_promotion_goes_through_its_life_by_people_and_by_the_clock(promotions, clock):
    one = plan(starts_at=NOON + timedelta(hours=1), ends_at=NOON + timedelta(hours=2))
    assert (await promotions.create(one, wanted("1"))).status is PromotionStatus.DRAFT
    scheduled = await promotions.move("eleven", MOVE.SCHEDULE, wanted("2"))
    assert scheduled.status is PromotionStatus.SCHEDULED
    assert await promotions.follow_clock() == 0
    clock.pass_by(hours=1)
    assert await promotions.follow_clock() == 1
    paused = await promotions.move("eleven", MOVE.PAUSE, wanted("3"))
    assert paused.status is PromotionStatus.PAUSED
    resumed = await promotions.move("eleven", MOVE.RESUME, wanted("4"))
    assert resumed.status is PromotionStatus.ACTIVE
    assert await promotions.follow_clock() == 0
    clock.pass_by(hours=1)
    assert await promotions.follow_clock() == 1
    steps = await promotions.history("eleven")
    said = [(one.action.value, one.stage, one.before_stage, one.author) for one in steps]
    assert said == [
        ("CREATE", Stage.DRAFT, None, "ops"),
        ("SCHEDULE", Stage.SCHEDULED, Stage.DRAFT, "ops"),
        ("START", Stage.SCHEDULED, Stage.SCHEDULED, "system:clock"),
        ("PAUSE", Stage.PAUSED, Stage.SCHEDULED, "ops"),
        ("RESUME", Stage.SCHEDULED, Stage.PAUSED, "ops"),
        ("EXPIRE", Stage.ENDED, Stage.SCHEDULED, "system:clock"),
    ]
    assert [one.sequence for one in steps] == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize(
    ("actions", "action"),
    [
        ((), MOVE.PAUSE),
        ((), MOVE.RESUME),
        ((MOVE.END,), MOVE.SCHEDULE),
        ((MOVE.SCHEDULE, MOVE.PAUSE), MOVE.SCHEDULE),
    ],
)
async def test_it_cannot_go_where_its_stage_does_not_lead(promotions, actions, action):
    await _put(promotions, plan(), *actions)
    done = await promotions.move("eleven", action, wanted("x"))
    assert done.code == "PROMOTION_STAGE"


async def test_one_that_is_over_is_put_in_force_no_more(promotions, clock):
    await _put(promotions, plan())
    clock.pass_by(days=1)
    done = await promotions.move("eleven", MOVE.SCHEDULE, wanted("x"))
    assert done.code == "PROMOTION_STAGE"


async def test_a_new_version_is_in_force_at_once_and_the_old_ones_stay(promotions, owned):
    await _put(promotions, plan(), MOVE.SCHEDULE)
    better = plan(reward=PercentOff(percent=Decimal(20)))
    done = await promotions.update(better, 1, wanted("better"))
    assert (done.terms.version, done.percent) == (2, Decimal(20))
    same = await promotions.update(better, 2, wanted("same"))
    assert same.terms.version == 2
    late = await promotions.update(plan(name="x"), 1, wanted("late"))
    assert late.code == "PROMOTION_CHANGED"
    in_force = InForce(owned.store, owned.brand)
    assert await in_force.latest() == 3
    found = [[one.reward.percent for one in await in_force.plans(at)] for at in range(4)]
    assert found == [[], [], [Decimal(10)], [Decimal(20)]]


async def test_the_same_wish_again_answers_what_it_did_the_first_time(promotions):
    first = await promotions.create(plan(), wanted("k"))
    await promotions.move("eleven", MOVE.SCHEDULE, wanted("s"))
    assert await promotions.create(plan(), wanted("k")) == first
    other = await promotions.create(plan(name="other"), wanted("k"))
    assert isinstance(other, IdempotencyKeyReused)
    again = await promotions.create(plan(), wanted("another key"))
    assert again.code == "PROMOTION_EXISTS"


async def test_a_plan_that_makes_no_sense_is_declined_with_every_fault(promotions):
    bad = plan(id="Eleven!", reward=PercentOff(percent=Decimal(101)), ends_at=NOON - timedelta(9))
    done = await promotions.create(bad, wanted("k"))
    assert done.code == "PROMOTION_INVALID"
    assert [one.path for one in done.faults] == [("id",), ("ends_at",), ("reward", "percent")]
    assert await promotions.history("Eleven!") == []


async def test_steps_that_come_at_once_are_numbered_one_after_the_other(promotions, owned):
    names = [f"p{at}" for at in range(8)]
    await asyncio.gather(*(promotions.create(plan(id=one), wanted(one)) for one in names))
    steps = [step for one in names for step in await promotions.history(one)]
    assert sorted(one.sequence for one in steps) == list(range(1, 9))
    assert await InForce(owned.store, owned.brand).latest() == 8


async def test_every_step_stands_in_the_audit_trail_and_rows_are_only_added(promotions, database):
    await _put(promotions, plan(), MOVE.SCHEDULE, MOVE.END)
    with psycopg.connect(database) as connection:
        rows = connection.execute(
            "SELECT action, actor, reason FROM audit_entries ORDER BY number"
        ).fetchall()
    assert [row[0] for row in rows] == [
        "promotion.create",
        "promotion.schedule",
        "promotion.end",
    ]
    assert {row[1:] for row in rows} == {("ops", "to sell")}


async def test_pages_walk_the_merged_order_both_ways_and_pass_rows_of_other_channels(
    promotions, owned
):
    for at in range(7):
        starts = None if at == 3 else NOON - timedelta(days=at // 2 + 1)
        await _put(promotions, plan(id=f"p{at}" + "x" * (at % 2), starts_at=starts), MOVE.SCHEDULE)
    lists = PromotionLists(owned)
    whole = (await lists.page(PromotionFilter(), ASK, staff=True)).rows
    keys = [row.sort_key for row in whole]
    assert keys == sorted(keys, key=lambda one: one.rank)
    for newest_first in (True, False):
        walked, after = [], None
        while True:
            ask = PageAsk(first=2, channels=("platform",), after=after, newest_first=newest_first)
            page = await lists.page(PromotionFilter(), ask, staff=True)
            walked += page.rows
            if not page.has_more:
                break
            after = page.rows[-1].sort_key
        assert walked == list(whole if newest_first else whole[::-1])
    for channel in ("aaa", "zzz"):
        after = SortKey(keys[0].value, channel, "m")
        same = sum(one.value == keys[0].value for one in keys)
        page = await lists.page(
            PromotionFilter(), PageAsk(first=9, channels=("platform",), after=after), staff=True
        )
        assert len(page.rows) == (7 if channel == "aaa" else 7 - same)


async def test_consumers_see_what_is_on_or_will_be_and_filters_name_status_and_channel(
    promotions, owned, clock
):
    await _put(promotions, plan(id="draft"))
    await _put(promotions, plan(id="on", channels=frozenset({"shop"})), MOVE.SCHEDULE)
    await _put(promotions, plan(id="soon", starts_at=NOON + timedelta(minutes=5)), MOVE.SCHEDULE)
    await _put(promotions, plan(id="held"), MOVE.SCHEDULE, MOVE.PAUSE)
    lists = PromotionLists(owned)

    async def seen(staff=True, **filters):
        page = await lists.page(PromotionFilter(**filters), ASK, staff=staff)
        assert page.total == len(page.rows)
        return {row.key for row in page.rows}

    assert await seen() == {"draft", "on", "soon", "held"}
    assert await seen(staff=False) == {"on", "soon"}
    active = frozenset({PromotionStatus.ACTIVE})
    assert await seen(statuses=active) == {"on"}
    assert await seen(staff=False, statuses=frozenset({PromotionStatus.DRAFT})) == set()
    assert await seen(channels=frozenset({"pos"})) == {"draft", "soon", "held"}
    clock.pass_by(hours=2)
    assert await seen(statuses=frozenset({PromotionStatus.ENDED})) == {"on", "soon", "held"}
