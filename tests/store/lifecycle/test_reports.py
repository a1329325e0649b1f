"""The report's figures, beside a count that goes through everybody one by one."""

import random
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import msgspec
import pytest

from capabilities.lifecycle.campaigns import CampaignPlan, Way
from capabilities.lifecycle.netting import purchases
from capabilities.lifecycle.outcomes import CampaignFigures, OutcomeKind, TouchOutcome
from capabilities.member.consent import ConsentMedium
from capabilities.order.records import OrderKind
from store.lifecycle.campaigns import Campaigns
from store.lifecycle.reading import LifecycleReading
from store.lifecycle.reports import LifecycleReports
from store.lifecycle.touch_outcomes import TouchOutcomes
from tests.store.lifecycle.living import BRAND, Living, day

LONG_AGO, FAR = datetime(2020, 1, 1, tzinfo=UTC), datetime(2040, 1, 1, tzinfo=UTC)


@pytest.fixture
async def living(store):
    return Living(store)


async def _drawn(living, people):
    """Everybody bought on day 0 and was drawn on day 45: every third one was held out."""
    plan = CampaignPlan(
        name="spring",
        rule="second-purchase",
        sender="sms",
        ways=(Way(medium=ConsentMedium.SMS, template="second", cost=10),),
    )
    await Campaigns(living.owned).draft(plan, author="ada", key="d")
    for one in people:
        await living.join(one, ("shop", one), ("till", one))
        await living.buy(("shop", one), 0)
    await living.go(45)
    held = {one for number, one in enumerate(people) if number % 3 == 0}
    await living.sql(
        """UPDATE lifecycle_touches SET campaign = 'spring', drawn_at = :at,
             state = CASE WHEN one_id = ANY(:held) THEN 'HELD_OUT' ELSE 'SENT' END,
             sent_at = CASE WHEN one_id = ANY(:held) THEN NULL ELSE :at END,
             cost = CASE WHEN one_id = ANY(:held) THEN 0 ELSE 10 END, currency = 'CNY'
           WHERE brand = :brand AND rule = 'second-purchase'""",
        at=living.now(),
        held=sorted(held),
    )
    return held


async def _bought(living, people):
    facts = await living.facts.of_people(people)
    window = (day(45), day(45) + timedelta(days=30))
    found = set()
    for one, orders in zip(people, facts, strict=True):
        counted, _ = purchases(orders)
        late = [buy for buy in counted if buy.number != f"{one}-0"]
        if any(window[0] < buy.day <= window[1] for buy in late):
            found.add(one)
    return found


async def test_figures_are_those_of_a_count_one_by_one(living):
    dice = random.Random(5)  # noqa: S311 - the same each time
    people = [f"p{number:02}" for number in range(18)]
    held = await _drawn(living, people)
    for one in people:
        for number in range(dice.randrange(3)):
            on, channel = 45 + dice.randrange(1, 50), dice.choice(["shop", "till"])
            more = dice.choice([{}, {}, {"refunded": 1000}, {"paid": 0}, {"gone": True}])
            paid = 1000 + number
            await living.buy((channel, one), on, **{"paid": paid} | more)
            if dice.random() < 0.3 and not more:
                back = {"kind": OrderKind.RETURN, "paid": -paid}
                await living.buy((channel, one), on + 1, named=f"r{one}{number}", **back)
    bought = await _bought(living, people)
    report = await LifecycleReports(living.owned).report(LONG_AGO, FAR)
    (figures,) = report.campaigns
    assert (figures.treated, figures.held_out) == (12, 6)
    assert figures.treated_bought == len(bought - held)
    assert figures.held_out_bought == len(bought & held)
    assert 0 < figures.treated_bought < 12
    assert (figures.sent, figures.cost_minor) == (12, 120)
    assert sum(one.people for one in report.stages) == 18
    none = await LifecycleReports(living.owned).report(LONG_AGO, LONG_AGO + timedelta(days=1))
    assert none.campaigns == ()


def test_figures_speak_against_the_hold_out():
    figures = CampaignFigures(
        campaign="spring",
        rule="second-purchase",
        occasion=None,
        window_days=30,
        currency="CNY",
        treated=900,
        treated_bought=270,
        held_out=100,
        held_out_bought=20,
        cost_minor=9_000,
    )
    assert (figures.treated_rate, figures.held_out_rate) == (Decimal("0.3000"), Decimal("0.2000"))
    assert figures.uplift == Decimal("0.1000")
    assert figures.extra_purchases == Decimal("90.0")
    assert figures.cost_per_extra.minor == 100
    assert figures.uplift_low == Decimal("0.0161")
    assert figures.uplift_high == Decimal("0.1839")


def test_without_a_hold_out_nothing_is_claimed():
    figures = CampaignFigures(
        campaign="a", rule="b", occasion=None, window_days=1, currency="CNY", treated=5
    )
    assert figures.held_out_rate is figures.uplift is figures.extra_purchases is None
    assert figures.cost_per_extra is figures.uplift_low is figures.score is None
    worse = msgspec.structs.replace(figures, held_out=5, held_out_bought=5)
    assert worse.cost_per_extra is None
    assert worse.extra_purchases == Decimal("-5.0")


async def test_outcomes_are_kept_once_and_counted(living):
    await _drawn(living, ["ann", "bea"])
    (touch,) = [one for one in await living.touches() if one.state == "SENT"]
    opened = TouchOutcome(touch_id=touch.touch_id, kind=OutcomeKind.OPENED, at=living.now())
    survey = TouchOutcome(
        touch_id=touch.touch_id, kind=OutcomeKind.SURVEY, at=living.now(), score=89
    )
    nobodys = TouchOutcome(touch_id="nobody", kind=OutcomeKind.OPENED, at=living.now())
    outcomes = TouchOutcomes(living.owned)
    first = await outcomes.take([opened, survey, nobodys, opened], source="file")
    assert (first.new, first.again, first.unknown) == (2, 1, 1)
    second = await outcomes.take([opened], source="file")
    assert (second.new, second.again) == (0, 1)
    (figures,) = (await LifecycleReports(living.owned).report(LONG_AGO, FAR)).campaigns
    assert (figures.opened, figures.surveys, figures.score) == (1, 1, Decimal("89.0000"))
    reading = LifecycleReading(living.store, BRAND)
    ((told,), (held,)) = await reading.touches([touch.one_id, "ann"])
    assert (told.campaign, told.score, told.cost.minor) == ("spring", 89, 10)
    assert (held.outcome, held.cost) == ("HELD_OUT", None)


async def test_churned_people_come_with_a_store_to_invite_them_to(living):
    await living.join("ann", ("shop", "a"))
    await living.join("bea", ("till", "b"))
    await living.buy(("shop", "a"), 0, store_code="M0007")
    await living.buy(("till", "b"), 0, store_code="M0008")
    await living.sql(
        """INSERT INTO membership_records (brand, number, channel, connector, content, status,
             home_store, first_seen, seen_at)
           VALUES (:brand, 'b', 'till', 'pos', '', 'ACTIVE', 'M0001', now(), now())"""
    )
    await living.go(200)
    found = await LifecycleReports(living.owned).wake_up(None, 10)
    assert [(one.one_id, one.store_channel, one.store_code) for one in found] == [
        ("ann", "shop", "M0007"),
        ("bea", "till", "M0001"),
    ]
    assert found[0].last_on == day(0)
    assert [one.one_id for one in await LifecycleReports(living.owned).wake_up("ann", 10)] == [
        "bea"
    ]


async def test_what_is_due_on_a_day_comes_in_pages(living):
    for number in range(5):
        await living.join(f"p{number}", ("shop", f"{number}"))
        await living.buy(("shop", f"{number}"), number // 2)
    await living.go(3)
    reading = LifecycleReading(living.store, BRAND)
    assert await reading.due("second-purchase", day(44), None, 10) == []
    first = await reading.due("second-purchase", day(47), None, 3)
    last = first[-1]
    rest = await reading.due("second-purchase", day(47), (last.due_on, last.touch_id), 3)
    assert len({one.touch_id for one in (*first, *rest)}) == 5
    assert [one.due_on for one in (*first, *rest)] == sorted(one.due_on for one in (*first, *rest))
    assert await reading.count_due("second-purchase", day(45)) == 2
    (ann,) = await reading.standings(["p0"])
    assert (ann.stage.value, ann.since) == ("FIRST_PURCHASE", date(2026, 3, 1))
    assert await reading.standings(["nobody"]) == [None]
