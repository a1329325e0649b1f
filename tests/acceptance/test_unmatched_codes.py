"""Reading everything: the whole list is the truth, and every code without a product is counted."""

import pytest

from tests.acceptance import truth
from tests.acceptance.retailer import SYSTEMS

pytestmark = [pytest.mark.box, pytest.mark.xdist_group("acceptance")]

EVERYTHING = """
query($after: String) {
  orders(first: 100, after: $after) {
    nodes { number channel { code } lines { product { sku } } }
    pageInfo { hasNextPage endCursor }
    sources { name status }
  }
}
"""
UNMATCHED = """
query($connector: String) {
  unmatchedCodes(connector: $connector, first: 100) { connector kind code lines }
}
"""


def test_after_reading_all_orders_the_unmatched_codes_are_those_that_were_planted(retailer):
    shown, place, more, without = [], None, True, 0
    while more:
        told = retailer.ask(EVERYTHING, after=place).data["orders"]
        assert {one["status"] for one in told["sources"]} == {"OK"}
        shown += [(one["channel"]["code"], one["number"]) for one in told["nodes"]]
        lines = [line for one in told["nodes"] for line in one["lines"]]
        without += sum(line["product"] is None for line in lines)
        place, more = told["pageInfo"]["endCursor"], told["pageInfo"]["hasNextPage"]
    known = set(truth.keys())
    assert [key for key in shown if key in known] == truth.keys()
    assert without
    for connector in ("sap", "woo", "pos"):
        told = retailer.ask(UNMATCHED, connector=connector).data["unmatchedCodes"]
        found = {(one["connector"], one["kind"], one["code"]) for one in told}
        assert found == {key for key in truth.unmatched() if key[0] == connector}
        assert all(one["lines"] > 0 for one in told)
    assert len(SYSTEMS) == len({key[0] for key in truth.unmatched()})
