"""Goals: which are met, and how figures are written."""

import pytest

from bench import cache, fields, mapping, merge, resilience
from bench.federation import CEILING, FLOOR, SHARED, SINGLE, STRAWBERRY, WIRELESS, goals, shares
from bench.goals import Goal, figures, ratio, table
from connectors.manifest import load_system


@pytest.mark.parametrize(
    ("goal", "met"),
    [
        (Goal("a", 3, 3.0), True),
        (Goal("a", 3, 2.9), False),
        (Goal("a", 3, None), None),
        (Goal("a", 1.3, 1.3, at_least=False), True),
        (Goal("a", 1.3, 1.4, at_least=False), False),
    ],
)
def test_a_goal_is_met_at_its_bound(goal, met):
    assert goal.met is met
    assert goal.told()["met"] is met


def test_the_goals_are_ratios_of_one_run():
    found = {
        name: {"cpu_ms": cpu}
        for name, cpu in ((SHARED, 0.5), (SINGLE, 1.0), (CEILING, 2.0), (FLOOR, 0.4))
    }
    told = {goal.name: goal for goal in goals(found)}
    assert told["cheaper than the Node ceiling, batches across requests"].value == 4.0
    assert told["cheaper than the Node ceiling, without them"].value == 2.0
    assert told["of the client floor, batches across requests"].value == 0.8
    assert told["of the client floor, without them"].met is False
    assert told["cheaper than Strawberry + httpx"].value is None
    assert len(told) == 8


def test_the_shares_of_plain_strawberry_make_a_whole():
    found = {STRAWBERRY: {"cpu_ms": 50.0}, WIRELESS: {"cpu_ms": 20.0}}
    assert shares(found) == {"wire": 0.6, "execution": 0.4}
    assert shares({}) == {}


def test_a_ratio_of_what_was_not_measured_is_none():
    assert ratio(None, 2.0) is None
    assert ratio(2.0, None) is None
    assert ratio(3.0, 2.0) == 1.5


def test_a_table_has_every_column_and_a_dash_where_nothing_is():
    written = table([{"case": "one", "ms": 1.23456}, {"case": "two", "n": 12345, "x": 1234.5}])
    assert written.splitlines() == [
        "| case | ms | n | x |",
        "|---|---:|---:|---:|",
        "| one | 1.23 | – | – |",
        "| two | – | 12,345 | 1,234 |",
    ]


def test_figures_are_written_with_their_goals():
    told = figures("b", [{"case": "x"}], [Goal("g", 2, 1.23456)])
    assert told["goals"] == [{"name": "g", "goal": "≥ 2", "value": 1.235, "met": False, "note": ""}]
    assert told["table"].startswith("| case |")


def test_the_goals_of_fields_and_merge():
    fields_found = {
        fields.SANTONG: {"cpu_ms": 0.2},
        fields.GRAPHQL_JIT: {"cpu_ms": 0.25},
        fields.GRAPHQL_CORE: {"cpu_ms": 2.0},
    }
    assert [(goal.value, goal.met) for goal in fields.goals(fields_found)] == [
        (0.8, True),
        (0.1, False),
    ]
    (goal,) = merge.goals({"10 sources": {"row_us": 10.0}, "100 sources": {"row_us": 14.0}})
    assert (goal.value, goal.met) == (1.4, False)


def test_the_goals_of_the_cache_are_of_one_order():
    found = {
        cache.named(cache.ORDER, layer): {"cpu_ms": cpu}
        for layer, cpu in ((cache.ECHO, 0.02), (cache.PROCESS, 0.05), (cache.REDIS, 0.2))
    }
    told = [(round(goal.value, 3), goal.met) for goal in cache.goals(found)]
    assert told == [(0.4, True), (0.1, False)]


def test_the_goals_of_resilience_are_ratios_of_one_load():
    alive, dead = (
        {"p99_ms": p99, "requests_per_second": rate} for p99, rate in ((20, 100), (40, 95))
    )
    found = {
        resilience.named(place, what): figures
        for place, figures in ((resilience.ALIVE, alive), (resilience.DEAD, dead))
        for what in (resilience.FLAT_OUT, resilience.STEADY)
    }
    told = [(goal.value, goal.met) for goal in resilience.goals(found)]
    assert told == [(2.0, False), (2.0, False), (0.95, True)]


def test_the_goal_of_mapping_is_a_rate():
    found = {mapping.ASKED: {"all_us": 100.0}, mapping.WHOLE: {"all_us": 300.0}}
    assert [(goal.value, goal.met) for goal in mapping.goals(found)] == [
        (600_000, True),
        (200_000, False),
    ]


def test_both_shapes_of_rows_are_the_same_orders():
    section = load_system("sap_s4hana").sections["orders"]
    ways = [mapping._way(section, whole=whole) for whole in (False, True)]
    asked, whole = (way.records(way.decode(way.bodies[3])) for way in ways)
    assert asked == whole
    assert len({order.number for order in asked}) == len(asked) == 100
    assert len(ways[0].bodies[3]) < len(ways[1].bodies[3])
