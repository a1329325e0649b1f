"""The lists beside orders: everything once, the same in both directions."""

import pytest

from demo.sample.records import POS
from tests.acceptance import truth

pytestmark = [pytest.mark.box, pytest.mark.xdist_group("acceptance")]

LIST = """
query($first: Int, $after: String, $last: Int, $before: String) {
  %s(first: $first, after: $after, last: $last, before: $before) {
    nodes { id }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    sources { name status }
  }
}
"""


def _people():
    """Persons as the graph joins them: by phone, else each membership for itself."""
    retailer = truth.make_retailer()
    every = [one for accounts in retailer.accounts.values() for one in accounts]
    return len({one.person.index for one in every})


COUNTS = {
    "stores": lambda: len(truth.make_retailer().stores),
    "products": lambda: len(truth.make_retailer().products),
    "promotions": lambda: (
        sum(not one.email for one in truth.make_retailer().coupons)
        + len(truth.make_retailer().kits)
    ),
    "coupons": lambda: (
        sum(bool(one.email) for one in truth.make_retailer().coupons)
        + len(truth.make_retailer().gift_cards)
    ),
}


@pytest.mark.parametrize(("name", "count"), COUNTS.items(), ids=COUNTS)
def test_everything_comes_once_and_the_same_backward(retailer, name, count):
    forward = _walk(retailer, name, 100)
    assert len(forward) == len(set(forward)) == count()
    assert _walk(retailer, name, 90, backward=True) == forward


def test_every_member_comes_once(retailer):
    found = _walk(retailer, "members", 50)
    assert len(found) == len(set(found))
    # Virtual, shared and missing phones join nobody, so there are more members than people.
    assert _people() <= len(found) < _people() * 1.2
    accounts = truth.make_retailer().accounts[POS]
    by = {"membership": {"channel": "store", "number": str(accounts[5].number)}}
    member = retailer.ask("query($by: MemberKey!) { member(by: $by) { id } }", by=by)
    assert member.data["member"]["id"] in found


def _walk(retailer, name, size, *, backward=False):
    found, place, more = [], None, True
    while more:
        asked = {"last": size, "before": place} if backward else {"first": size, "after": place}
        told = retailer.ask(LIST % name, **asked).data[name]
        assert {one["status"] for one in told["sources"]} == {"OK"}
        ids, at = [one["id"] for one in told["nodes"]], told["pageInfo"]
        found = [*ids, *found] if backward else [*found, *ids]
        place = at["startCursor" if backward else "endCursor"]
        more = at["hasPreviousPage" if backward else "hasNextPage"]
    return found
