"""One person in all channels: what the query shows, what it costs, and who she is."""

from math import ceil

import pytest

from connectors.connector import load_manifest
from tests.acceptance import truth
from tests.acceptance.retailer import ROOT

pytestmark = [pytest.mark.box, pytest.mark.xdist_group("acceptance")]

PERSON = (ROOT / "gateway/explorer/queries/10-person.graphql").read_text("utf-8")
MEMBER = """
query Who($by: MemberKey!) {
  member(by: $by) { id oneId memberships { number channel { code } } }
}
"""
MEMBERS = """
query Many($first: Int!) {
  members(first: $first) {
    nodes {
      memberships { source { connector } }
      orders(first: 1) { nodes { id } sources { name status code } }
    }
    sources { name status }
  }
}
"""
_MAX_BATCH = 50  # of every connector of the demo's estate
_SCAN_CALLS = 5  # of every connector: pages that one list may read on to fill everyone's page


def test_she_is_shown_with_everything_of_every_channel(retailer):
    answer = retailer.ask(PERSON)
    member, promotions = answer.data["member"], answer.data["promotions"]
    found = {(one["channel"]["code"], one["number"]) for one in member["memberships"]}
    assert found == truth.LIN_MEMBERSHIPS
    assert {one["source"]["connector"] for one in member["memberships"]} == {"sap", "woo", "pos"}
    orders = [edge["node"] for edge in member["orders"]["edges"]]
    shown = [(one["channel"]["code"], one["number"]) for one in orders]
    assert shown == truth.keys(lambda one: one.person == 0)[:10]
    assert {one.connector for one in truth.orders() if one.key in shown} == {"sap", "woo", "pos"}
    assert all(line["product"] for one in orders for line in one["lines"])
    assert {one["kind"] for one in member["coupons"]} == {"DISCOUNT", "GIFT_CARD"}
    assert {edge["node"]["channel"]["code"] for edge in promotions["edges"]} == {"shop"}
    for part in (member["orders"], promotions):
        assert {one["status"] for one in part["sources"]} == {"OK"}
    assert answer.warnings == []


def test_all_her_orders_come_as_one_list(retailer):
    query = """
      query($after: String) {
        member(by: { phone: "13912345678" }) {
          orders(first: 25, after: $after) {
            nodes { number channel { code } } pageInfo { hasNextPage endCursor }
          }
        }
      }
    """
    shown, place = [], None
    for _ in range(10):
        told = retailer.ask(query, after=place).data["member"]["orders"]
        shown += [(one["channel"]["code"], one["number"]) for one in told["nodes"]]
        if not told["pageInfo"]["hasNextPage"]:
            break
        place = told["pageInfo"]["endCursor"]
    assert shown == truth.keys(lambda one: one.person == 0)


def test_it_asks_each_system_once_for_each_capability(retailer):
    retailer.ask(PERSON)  # connections to the tills' database are made once
    retailer.reset()
    assert retailer.ask(PERSON).warnings == []
    assert retailer.upstream("sap") == {"A_BusinessPartner": 1, "A_SalesOrder": 1}
    # promotions of all, and her own coupons, which are a declared scan: a hundred rows a call
    assert retailer.upstream("shop") == {"customers": 1, "orders": 1, "coupons": 2}
    # her membership, orders and gift cards, the promotions, and her home store
    assert retailer.upstream("pos") == {"ask": 5}


@pytest.mark.parametrize("people", [1, 10, 30, 60])
def test_many_people_cost_as_many_calls_as_batches_are_declared(retailer, people):
    retailer.reset()
    answer = retailer.ask(MEMBERS, first=people)
    told = answer.data["members"]
    assert answer.warnings == []
    # each stands at the oldest of her memberships, so rows of people shown further on drop out
    assert len(told["nodes"]) >= people * 0.6
    at = _memberships_at(told["nodes"])
    sap, shop, pos = (retailer.upstream(system) for system in ("sap", "shop", "pos"))
    lists = ceil(people / 20) + 4  # a page that would be empty reads on
    assert sap["A_BusinessPartner"] <= lists + _waves(people, _batch("sap_s4hana", "PHONE"))
    assert shop["customers"] <= lists + people
    assert shop.get("orders", 0) == at["woo"]  # the shop takes one customer a call, and says so
    assert sap.get("A_SalesOrder", 0) <= _waves(at["sap"], _MAX_BATCH) * _SCAN_CALLS
    assert pos["ask"] <= lists + _waves(people, _MAX_BATCH) + _waves(at["pos"], _MAX_BATCH)


WAYS = {
    "phone": {"phone": "13912345678"},
    "phone with spaces": {"phone": "139 1234 5678"},
    "phone with country": {"phone": "+86 139-1234-5678"},
    "phone with zeros": {"phone": "0086 13912345678"},
    "phone in full width": {"phone": "１３９１２３４５６７８"},
    "card": {"cardNumber": truth.LIN_CARD},
    "e-mail": {"email": truth.LIN["email"]},
    "tmall": {"membership": {"channel": "tmall", "number": "1000100"}},
    "shop": {"membership": {"channel": "shop", "number": "101"}},
    "store": {"membership": {"channel": "store", "number": "1001"}},
}


@pytest.fixture
def lin(retailer):
    return retailer.ask(MEMBER, by=WAYS["phone"]).data["member"]


@pytest.mark.parametrize("by", WAYS.values(), ids=WAYS)
def test_she_is_one_member_whichever_way_she_is_found(retailer, lin, by):
    found = retailer.ask(MEMBER, by=by).data["member"]
    assert found == lin
    assert {(one["channel"]["code"], one["number"]) for one in found["memberships"]} == (
        truth.LIN_MEMBERSHIPS
    )


def test_her_id_and_her_orders_lead_to_her_too(retailer, lin):
    assert retailer.ask(MEMBER, by={"id": lin["id"]}).data["member"] == lin
    query = """query($id: ID!) { node(id: $id) { ... on Member { oneId } } }"""
    assert retailer.ask(query, id=lin["id"]).data["node"]["oneId"] == lin["oneId"]
    bought = """
      query($by: OrderKey!) { order(by: $by) { member { id oneId } } }
    """
    for connector in ("sap", "woo", "pos"):
        one = next(one for one in truth.orders() if one.person == 0 and one.connector == connector)
        key = {"business": {"channel": one.channel, "number": one.number}}
        member = retailer.ask(bought, by=key).data["order"]["member"]
        assert member == {"id": lin["id"], "oneId": lin["oneId"]}


def test_people_who_share_a_shops_phone_are_not_one_person(retailer):
    answer = retailer.ask(MEMBER, by={"phone": truth.SHARED_PHONE})
    assert answer.body["data"]["member"] is None
    assert answer.codes == ["PHONE_UNUSABLE"]
    sharers = [
        one.number
        for one in truth.make_retailer().accounts["ospos"]
        if one.phone == truth.SHARED_PHONE and not one.deleted
    ]
    assert len(sharers) > 1
    ids = {
        retailer.ask(MEMBER, by={"membership": {"channel": "store", "number": str(number)}}).data[
            "member"
        ]["id"]
        for number in sharers[:4]
    }
    assert len(ids) == len(sharers[:4])


def _waves(keys: int, batch: int) -> int:
    """Calls for so many keys; loaders part them by the connector's own batch before that."""
    whole, rest = divmod(keys, _MAX_BATCH)
    return whole * ceil(_MAX_BATCH / batch) + ceil(rest / batch)


def _batch(system: str, identity: str) -> int:
    declared = load_manifest(system).sections["memberships"].by_identity[identity].batch
    return min(declared or _MAX_BATCH, _MAX_BATCH)


def _memberships_at(members: list[dict]) -> dict[str, int]:
    every = [one["source"]["connector"] for member in members for one in member["memberships"]]
    return {name: every.count(name) for name in ("sap", "woo", "pos")}
