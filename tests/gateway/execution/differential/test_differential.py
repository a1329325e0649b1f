"""What a plan answers is what graphql-core answers, over drawn operations and random records.

Two schemas, the contract and one with every feature of GraphQL. `python -m
tests.gateway.execution.differential contract 5000` prints how often each thing was met.
"""

import os

import pytest

from tests.gateway.execution.differential.coverage import missed, required
from tests.gateway.execution.differential.kits import KITS
from tests.gateway.execution.differential.running import Report, Running

# graphql-core leaves coroutines unawaited where a null climbs over them.
pytestmark = pytest.mark.filterwarnings(
    "ignore:coroutine .* was never awaited:RuntimeWarning",
    "ignore::pytest.PytestUnraisableExceptionWarning",
)

# Shares of all operations that may be compared by a weaker rule, or not be compiled at all.
_WEAKER = 0.03
_FALLBACK = 0.15
_INVALID = 0.01
# The more fields the contract asks of somebody, the fewer operations meet no fault on their way.
_ANSWERED = 0.2
# `make differential` draws more, and then meets nearly everything of the contract three times.
_OPERATIONS = int(os.environ.get("DIFFERENTIAL_OPERATIONS", "8000"))
_MANY = 20_000
_UNMET_OF_FEW = 0.13


def compared(name: str, operations: int, seed: int) -> Report:
    kit = KITS[name]()
    report = Running(kit, seed).run(operations, most_differences=3)
    assert not report.differences, "\n\n".join(map(str, report.differences))
    weaker = (
        report.rules["errors possible"] + report.rules["errors equal in another order of events"]
    )
    assert weaker < _WEAKER * report.operations
    assert report.engines["graphql-core"] < _FALLBACK * report.operations
    assert report.engines["plan"] > _ANSWERED * report.operations
    assert report.invalid < _INVALID * report.operations
    return report


@pytest.mark.parametrize("name", sorted(KITS))
def test_some_operations_are_answered_alike(name: str) -> None:
    compared(name, 250, seed=7)


@pytest.mark.suite
@pytest.mark.timeout(3600)
@pytest.mark.parametrize(
    ("name", "operations"), [("contract", _OPERATIONS), ("torture", max(9_500, _OPERATIONS))]
)
def test_thousands_of_operations_are_answered_alike_and_meet_everything(
    name: str, operations: int
) -> None:
    report = compared(name, operations, seed=20_261_126)
    kit = KITS[name]()
    faults = name == "torture"
    seldom = missed(kit.schema, report.seen, faults=faults, least=kit.least)
    every = sum(1 for _ in required(kit.schema, faults=faults))
    unmet = _UNMET_OF_FEW if name == "contract" and operations < _MANY else kit.unmet
    assert len(seldom) <= unmet * every, seldom
