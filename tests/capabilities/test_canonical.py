"""Equal values have one spelling, others have another."""

import itertools
import subprocess
import sys
from datetime import UTC, datetime

from capabilities.canonical import canonical
from capabilities.order.records import OrderFilter, OrderKind, OrderStatus
from capabilities.page import PageAsk

_VALUES = [
    None,
    "",
    "a",
    1,
    True,
    ("a",),
    ("a", "b"),
    ("ab",),
    frozenset({"a"}),
    frozenset(),
    OrderStatus.DRAFT,
    OrderKind.UNKNOWN,
    OrderStatus.UNKNOWN,
    OrderFilter(),
    OrderFilter(statuses=frozenset(OrderStatus)),
    OrderFilter(statuses=frozenset(OrderStatus) - {OrderStatus.DRAFT}),
    OrderFilter(placed_from=datetime(2026, 1, 1, tzinfo=UTC)),
    OrderFilter(placed_before=datetime(2026, 1, 1, tzinfo=UTC)),
    OrderFilter(stores=frozenset({"1"})),
    OrderFilter(channels=frozenset({"1"})),
    (OrderFilter(), PageAsk(first=1, channels=("a",))),
    (OrderFilter(), PageAsk(first=2, channels=("a",))),
]


def test_other_values_have_another_spelling():
    for left, right in itertools.combinations(_VALUES, 2):
        assert canonical(left) != canonical(right), (left, right)


def test_the_order_of_a_set_says_nothing():
    """Sets of enums are hashed by name, and every process has its own order of them."""
    script = (
        "from capabilities.canonical import canonical\n"
        "from capabilities.order.records import OrderFilter, OrderStatus\n"
        "print(canonical(OrderFilter(statuses=frozenset(OrderStatus), stores=frozenset('abc'))))"
    )
    told = {
        subprocess.run(
            [sys.executable, "-c", script],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": "."},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(told) == 1
