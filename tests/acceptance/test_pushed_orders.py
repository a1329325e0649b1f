"""Orders of the shop that arrive by push: signed by it, some twice, kept once each."""

import time

import psycopg
import pytest

from tests.acceptance.retailer import Retailer

pytestmark = pytest.mark.box
ARRIVING = 8
SECONDS = 60.0


def pushed(retailer: Retailer) -> list[tuple[str, int]]:
    """Which orders were told of, and how often by deliveries of their own."""
    with psycopg.connect(retailer.state.environment["SANTONG_DATABASE_URL"]) as connection:
        return connection.execute(
            "SELECT number, count(*) FROM hook_deliveries"
            " WHERE connector = 'woo' AND topic = 'order.created' GROUP BY number ORDER BY number"
        ).fetchall()


def test_orders_of_the_shop_arrive_by_push(retailer: Retailer) -> None:
    before = pushed(retailer)
    retailer.arrive("shop", ARRIVING)
    until = time.monotonic() + SECONDS
    while len(pushed(retailer)) < len(before) + ARRIVING and time.monotonic() < until:
        time.sleep(0.1)
    found = [one for one in pushed(retailer) if one not in before]
    assert len(found) == ARRIVING
    assert {times for _, times in found} == {1}  # also those that the shop sent twice
