"""People judged in the store: by events, by the day, anew after merges, and once for ever."""

import random

import pytest
from psycopg import errors

from capabilities.lifecycle.rules import Rules, RuleSet, Thresholds
from store.lifecycle.people import read_dossiers
from store.lifecycle.rules import LifecycleRules
from tests.store.lifecycle.living import BRAND, ZONE, Living, day

ANN, BEA = ("shop", "a"), ("till", "b")


@pytest.fixture
async def living(store):
    people = Living(store)
    await people.join("ann", ANN)
    await people.join("bea", BEA)
    return people


async def _history(living, one_id):
    found = await living.store.transaction(
        lambda run: read_dossiers(run, living.facts, BRAND, ZONE, [one_id])
    )
    steps = found.people[0].before.transitions
    return [(one.stage.value, one.since) for one in steps]


async def test_a_first_purchase_plans_the_second_touch_for_day_45(living):
    await living.buy(ANN, 0)
    await living.catch_up()
    assert await living.stage("ann") == ("FIRST_PURCHASE", day(0))
    assert await living.stage("bea") == ("NEW", None)
    (touch,) = await living.touches()
    assert (touch.one_id, touch.due_on, touch.state) == ("ann", day(45), "PLANNED")


async def test_stages_change_by_time_alone(living):
    await living.buy(ANN, 0)
    for number, stage in (
        (44, "FIRST_PURCHASE"),
        (45, "AT_RISK"),
        (90, "DORMANT"),
        (181, "CHURNED"),
    ):
        await living.go(number)
        assert (await living.stage("ann"))[0] == stage
    assert await _history(living, "ann") == [
        ("FIRST_PURCHASE", day(0)),
        ("AT_RISK", day(45)),
        ("DORMANT", day(90)),
        ("CHURNED", day(180)),
    ]
    assert await living.told() == [("ann", "a-0", "CANCELLED", "LAPSED")]
    (back,) = await living.touches("win-back")
    assert (back.state, back.due_on) == ("PLANNED", day(180))


async def test_a_second_purchase_in_another_channel_cancels(living):
    await living.join("ann", ("till", "a"))
    await living.buy(ANN, 0)
    await living.go(20)
    await living.buy(("till", "a"), 20)
    await living.catch_up()
    assert await living.told() == [("ann", "a-0", "CANCELLED", "SECOND_PURCHASE")]
    assert await living.stage("ann") == ("ACTIVE", day(20))


async def test_a_refund_cancels_and_its_end_plans_again(living):
    await living.buy(ANN, 0)
    await living.catch_up()
    await living.buy(ANN, 0, refunded=1000)
    await living.catch_up()
    assert await living.told() == [("ann", "a-0", "CANCELLED", "REFUNDED")]
    assert (await living.stage("ann"))[0] == "NEW"
    await living.buy(ANN, 0)
    await living.catch_up()
    assert await living.told() == [("ann", "a-0", "PLANNED", None)]


async def test_a_late_order_moves_the_anchor(living):
    await living.buy(ANN, 0)
    await living.go(10)
    await living.buy(ANN, -20, named="late")
    await living.catch_up()
    assert await living.told() == [("ann", "a-0", "CANCELLED", "EARLIER_ORDER")]
    await living.buy(ANN, 0, refunded=1000)
    await living.catch_up()
    assert await living.told() == [
        ("ann", "late", "PLANNED", None),
        ("ann", "a-0", "CANCELLED", "EARLIER_ORDER"),
    ]


async def test_a_merge_shows_that_the_first_order_was_the_third(living):
    await living.buy(ANN, 0)
    await living.buy(BEA, -30)
    await living.buy(BEA, -10)
    await living.catch_up()
    assert await living.told() == [("ann", "a-0", "PLANNED", None)]
    await living.merge("ann", "bea")
    await living.catch_up()
    assert await living.told() == [("bea", "a-0", "CANCELLED", "EARLIER_ORDER")]
    assert await living.stage("ann") is None
    assert (await living.stage("bea"))[0] == "ACTIVE"
    await living.unmerge("ann", ANN)
    await living.catch_up()
    assert await living.told() == [("ann", "a-0", "PLANNED", None)]
    assert await living.stage("ann") == ("FIRST_PURCHASE", day(0))
    assert (await living.stage("bea"))[0] == "ACTIVE"


async def test_a_touch_that_was_sent_stays_sent_through_merge_and_unmerge(living):
    await living.buy(ANN, 0)
    await living.catch_up()
    await living.sql("UPDATE lifecycle_touches SET state = 'SENT' WHERE brand = :brand")
    await living.merge("ann", "bea")
    await living.catch_up()
    assert await living.told() == [("bea", "a-0", "SENT", None)]
    await living.unmerge("ann", ANN)
    await living.catch_up()
    assert await living.told() == [("ann", "a-0", "SENT", None)]


async def test_a_withdrawn_consent_cancels_until_she_consents_again(living):
    await living.consent("ann")
    await living.buy(ANN, 0)
    await living.catch_up()
    assert await living.told() == [("ann", "a-0", "PLANNED", None)]
    living.hour = 13
    await living.consent("ann", granted=False)
    await living.catch_up()
    withdrawn = [("ann", "a-0", "CANCELLED", "CONSENT_WITHDRAWN")]
    assert await living.told() == withdrawn
    await living.buy(ANN, 0, paid=900)
    await living.catch_up()
    assert await living.told() == withdrawn
    living.hour = 14
    await living.consent("ann")
    await living.catch_up()
    assert await living.told() == [("ann", "a-0", "PLANNED", None)]


async def test_an_erased_person_stands_nowhere_and_is_never_written_to(living):
    await living.buy(ANN, 0)
    await living.catch_up()
    await living.erase("ann")
    await living.catch_up()
    assert await living.stage("ann") is None
    assert await living.told() == [("ann", "a-0", "CANCELLED", "ERASED")]


async def test_what_lies_in_a_drop_is_called_back(living):
    await living.buy(ANN, 0)
    await living.catch_up()
    await living.sql("UPDATE lifecycle_touches SET state = 'DROPPED' WHERE brand = :brand")
    await living.buy(ANN, 1)
    await living.go(1)
    (touch,) = await living.touches()
    assert (touch.state, touch.recall) == ("DROPPED", "SECOND_PURCHASE")
    await living.buy(ANN, 1, refunded=1000)
    await living.catch_up()
    (touch,) = await living.touches()
    assert (touch.state, touch.recall) == ("DROPPED", None)


async def test_new_rules_judge_everybody_anew_and_history_says_by_which(living):
    await living.buy(ANN, 0)
    await living.go(20)
    rules = LifecycleRules(living.store, BRAND)
    short = Thresholds(at_risk_days=10, dormant_days=30, churned_days=60)
    drafted = Rules(rules=(RuleSet(stages=short, touches=()),))
    assert await rules.put(drafted, author="ada", reason="trial", at=living.now()) == 1
    await living.go(20)
    assert await living.stage("ann") == ("AT_RISK", day(10))
    rows = await living.sql(
        "SELECT revision, stage, rule_version FROM lifecycle_transitions WHERE one_id = 'ann'"
        " ORDER BY revision, position"
    )
    assert [tuple(row) for row in rows] == [(1, "FIRST_PURCHASE", 0), (2, "AT_RISK", 1)]
    assert await living.told() == [("ann", "a-0", "CANCELLED", "RULE_WITHDRAWN")]


@pytest.mark.parametrize(
    "words", ["DELETE FROM {}", "UPDATE {} SET rule_version = 7", "TRUNCATE {}"]
)
async def test_a_history_is_only_added_to(living, words):
    await living.buy(ANN, 0)
    await living.catch_up()
    with pytest.raises(errors.RaiseException):
        await living.sql(words.format("lifecycle_transitions"))


async def test_step_by_step_is_as_at_once(store):
    """Whatever comes in whatever order, the end is that of one judgement of it all."""
    dice = random.Random(7)  # noqa: S311 - the same each time
    stepwise, at_once = Living(store), Living(store)
    for number in range(12):
        await stepwise.join(f"p{number}", ("shop", f"{number}"), ("till", f"{number}"))
    orders = [
        (("shop" if dice.random() < 0.5 else "till", f"{dice.randrange(12)}"), dice.randrange(200))
        for _ in range(40)
    ]
    for number, (holder, on) in enumerate(orders):
        await stepwise.buy(holder, on, named=f"o{number}", refunded=1000 * (number % 5 == 0))
        if number % 3 == 0:
            await stepwise.catch_up()
        if number == 20:
            await stepwise.merge("p1", "p2")
    await stepwise.go(210)
    told, stages = await stepwise.told(), await _stages(stepwise)
    await stepwise.sql("DELETE FROM lifecycle_standings")
    await stepwise.sql("DELETE FROM lifecycle_touches")
    at_once.today = day(210)
    after = ""
    while after is not None:
        after = await at_once.lifecycle.everybody(after)
    assert await _stages(at_once) == stages
    live = [one for one in told if one[2] == "PLANNED"]
    assert await at_once.told() == live


async def _stages(living):
    rows = await living.sql(
        "SELECT one_id, stage, since, inputs, next_change FROM lifecycle_standings ORDER BY one_id"
    )
    return [tuple(row) for row in rows]
