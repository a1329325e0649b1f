"""What a front-end team's page gets from @apollo/client with its default settings."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest

from tests.node_tools import run_node

pytestmark = pytest.mark.box

# A connector of the demo, and the channels whose orders it answers.
CHANNELS = {
    "sap": {"jd", "tmall", "waimai"},
    "woo": {"shop", "app", "mini", "live"},
    "pos": {"store", "terminal", "popup"},
}

Breaker = Callable[[str, str], AbstractContextManager[None]]


@pytest.fixture
def ask(gateway_url: str, demo_tokens: dict[str, str]) -> Callable[[], dict[str, Any]]:
    """The person query, as the client hands its answer to a page."""
    url, token = f"{gateway_url.rstrip('/')}/graphql", demo_tokens["OPERATIONS"]

    def run() -> dict[str, Any]:
        asked = run_node("apollo.mjs", url, token)
        assert asked.status == 0, asked.complaint
        return asked.json()

    return run


def orders_of(outcome: dict[str, Any]) -> dict[str, Any]:
    assert outcome["error"] is None
    return outcome["data"]["member"]["orders"]


def channels_of(orders: dict[str, Any]) -> set[str]:
    return {edge["node"]["channel"]["code"] for edge in orders["edges"]}


def test_a_whole_answer_arrives(ask: Callable[[], dict[str, Any]]) -> None:
    orders = orders_of(ask())
    assert all(channels_of(orders) & channels for channels in CHANNELS.values())
    assert {report["status"] for report in orders["sources"]} <= {"OK", "STALE"}


@pytest.mark.parametrize("broken", CHANNELS)
def test_the_rest_arrives_while_a_source_is_down(
    ask: Callable[[], dict[str, Any]], break_source: Breaker, broken: str
) -> None:
    with break_source(broken, "error500"):
        orders = orders_of(ask())
    statuses = {report["name"]: report["status"] for report in orders["sources"]}
    assert statuses[broken] in {"ERROR", "TIMEOUT", "OPEN_CIRCUIT"}
    assert not channels_of(orders) & CHANNELS[broken]
    for answering in CHANNELS.keys() - {broken}:
        assert statuses[answering] == "OK"
        assert channels_of(orders) & CHANNELS[answering]
