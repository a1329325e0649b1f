"""The one real rule: a guide sees the members of her stores, a consumer herself, nobody nothing."""

import pytest

from demo.sample.records import POS, SAP
from tests.acceptance import truth
from tests.acceptance.retailer import GUIDE_STORE

pytestmark = [pytest.mark.box, pytest.mark.xdist_group("acceptance")]

MEMBER = "query($by: MemberKey!) { member(by: $by) { id displayName memberships { number } } }"
NODE = "query($id: ID!) { node(id: $id) { id ... on Member { displayName } } }"
ENTITIES = """
query($of: [_Any!]!) { _entities(representations: $of) { ... on Member { id displayName } } }
"""
MEMBERS = """
query($after: String) {
  members(first: 50, after: $after) {
    nodes { id memberships { number channel { code } homeStoreCode } }
    pageInfo { hasNextPage endCursor }
  }
}
"""
ORDERS = """
query($after: String, $filter: OrderFilterInput) {
  orders(first: 100, after: $after, filter: $filter) {
    nodes { number storeCode channel { code } member { id } }
    pageInfo { hasNextPage endCursor }
  }
}
"""
NOBODYS_PHONE = "13700009999"
FORBIDDEN_TO_CONSUMERS = {
    "member": '{ member(by: { phone: "13912345678" }) { id } }',
    "members": "{ members(first: 1) { nodes { id } } }",
    "orders": "{ orders(first: 1) { nodes { id } } }",
    "coupons": "{ coupons(first: 1) { nodes { id } } }",
    "connectors": "{ connectors { name } }",
    "unmatchedCodes": "{ unmatchedCodes(first: 1) { code } }",
}


def _accounts(system):
    return truth.make_retailer().accounts[system]


@pytest.fixture(scope="module")
def hers():
    """Customer numbers of the guide's store."""
    codes = {one.number: one.code for one in truth.make_retailer().stores}
    return {str(one.number) for one in _accounts(POS) if codes.get(one.home) == GUIDE_STORE}


@pytest.fixture(scope="module")
def foreigner(hers):
    """A store customer of another store with a phone that only she has."""
    phones = [one.person.phone for one in _accounts(POS)]
    return next(
        one
        for one in _accounts(POS)
        if str(one.number) not in hers
        and not one.deleted
        and one.phone == one.person.phone
        and phones.count(one.phone) == 1
        and len(one.person.systems) > 1
    )


@pytest.fixture
def foreign_id(retailer, foreigner):
    found = retailer.ask(MEMBER, by={"phone": foreigner.phone}).data["member"]
    return found["id"]


def test_a_guide_finds_her_own_member(retailer):
    assert retailer.ask(MEMBER, role="guide", by={"phone": truth.LIN["phone"]}).data["member"]


def test_a_foreign_member_looks_like_nobody_to_a_guide(retailer, foreigner, foreign_id):
    nobody = _body(retailer.ask(MEMBER, role="guide", by={"phone": NOBODYS_PHONE}))
    assert nobody["data"] == {"member": None}
    number = str(foreigner.number)
    ways = (
        {"phone": foreigner.phone},
        {"membership": {"channel": "store", "number": number}},
        {"id": foreign_id},
    )
    for by in ways:
        assert _body(retailer.ask(MEMBER, role="guide", by=by)) == nobody


def test_a_member_without_any_store_looks_like_nobody_to_a_guide(retailer):
    phones = {one.person.phone for one in _accounts(POS)}
    one = next(one for one in _accounts(SAP) if one.person.phone not in phones)
    by = {"membership": {"channel": _sap_channel(one), "number": str(one.number)}}
    assert retailer.ask(MEMBER, by=by).data["member"]
    assert retailer.ask(MEMBER, role="guide", by=by).data["member"] is None


def test_no_other_door_shows_a_guide_a_foreign_member(retailer, foreign_id):
    of = [{"__typename": "Member", "id": foreign_id}]
    for ask, told in ((NODE, {"id": foreign_id}), (ENTITIES, {"of": of})):
        shown = retailer.ask(ask, **told)
        assert foreign_id in shown.text
        hidden = retailer.ask(ask, role="guide", **told)
        assert list(hidden.data.values()) in ([None], [[None]])


def test_a_guide_lists_the_members_of_her_store_and_no_others(retailer, hers):
    found = _all(retailer, MEMBERS, "members")
    for member in found:
        assert any(one["homeStoreCode"] == GUIDE_STORE for one in member["memberships"])
    numbers = {
        one["number"]
        for member in found
        for one in member["memberships"]
        if one["channel"]["code"] == "store"
    }
    assert hers
    assert hers <= numbers


def test_a_guide_lists_the_orders_of_her_store_and_no_others(retailer, hers):
    until = {"placedBefore": truth.days_before_the_end(0).isoformat()}
    found = _all(retailer, ORDERS, "orders", filter=until)
    assert [(one["channel"]["code"], one["number"]) for one in found] == truth.keys(
        lambda one: one.store == GUIDE_STORE
    )
    people = {one["member"]["id"] for one in found if one["member"]}
    for one in people:
        assert retailer.ask(NODE, role="guide", id=one).data["node"]
    for stores in (["M0002"], ["M0002", GUIDE_STORE]):
        asked = _all(retailer, ORDERS, "orders", filter={"stores": stores, **until})
        assert {one["storeCode"] for one in asked} == (
            {GUIDE_STORE} if GUIDE_STORE in stores else set()
        )


@pytest.mark.parametrize("mode", ["refuse", "hang", "error"])
def test_with_the_tills_down_a_guides_look_up_fails_coded_and_tells_nothing(
    retailer, foreigner, mode
):
    """Hers, a foreign one and nobody at all: one and the same refusal."""
    with retailer.broken("pos", mode):
        told = [
            _body(retailer.ask(MEMBER, role="guide", by={"phone": phone}))
            for phone in (truth.LIN["phone"], foreigner.phone, NOBODYS_PHONE)
        ]
    assert told[0]["data"] == {"member": None}
    assert [one["extensions"]["source"] for one in told[0]["errors"]] == ["pos"]
    assert told[0]["errors"][0]["extensions"]["retryable"] is True
    assert told[1] == told[0]
    assert told[2] == told[0]


@pytest.mark.parametrize("query", FORBIDDEN_TO_CONSUMERS.values(), ids=FORBIDDEN_TO_CONSUMERS)
def test_a_consumer_is_denied_what_is_not_hers(retailer, query):
    answer = retailer.ask(query, role="consumer")
    assert answer.codes == ["FORBIDDEN"]
    assert not any((answer.body["data"] or {}).values())


def test_a_consumer_sees_herself_and_nobody_else(retailer, foreign_id):
    query = (
        "{ me { id memberships { channel { code } number } orders(first: 3) { nodes { id } } } }"
    )
    me = retailer.ask(query, role="consumer").data["me"]
    found = {(one["channel"]["code"], one["number"]) for one in me["memberships"]}
    assert found == truth.LIN_MEMBERSHIPS
    assert len(me["orders"]["nodes"]) == 3
    order = "query($id: ID!) { node(id: $id) { id } }"
    assert retailer.ask(order, role="consumer", id=me["orders"]["nodes"][0]["id"]).data["node"]
    theirs = next(one for one in truth.orders() if one.person not in {None, 0})
    by = {"business": {"channel": theirs.channel, "number": theirs.number}}
    other = "query($by: OrderKey!) { order(by: $by) { id } }"
    assert retailer.ask(other, by=by).data["order"]
    assert retailer.ask(other, role="consumer", by=by).data["order"] is None
    for ask, told in (
        (NODE, {"id": foreign_id}),
        (ENTITIES, {"of": [{"__typename": "Member", "id": foreign_id}]}),
    ):
        body = retailer.ask(ask, role="consumer", **told).body
        assert list(body["data"].values()) in ([None], [[None]])


def test_without_a_token_there_is_no_answer(retailer):
    for query in ("{ __typename }", "{ channels { code } }", "{ me { id } }"):
        answer = retailer.ask(query, role=None)
        assert answer.status == 401
        assert answer.codes == ["UNAUTHENTICATED"]
        assert "data" not in answer.body


def _sap_channel(one):
    return {"MJDC": "jd", "MTMC": "tmall", "MWMC": "waimai"}[one.grouping]


def _body(answer):
    """The body without what differs in every answer."""
    body = answer.body
    body["extensions"].pop("requestId")
    for error in body.get("errors", ()):
        error["extensions"].pop("requestId")
    return body


def _all(retailer, query, name, **variables):
    found, place, more = [], None, True
    while more:
        told = retailer.ask(query, role="guide", after=place, **variables).data[name]
        found += told["nodes"]
        place, more = told["pageInfo"]["endCursor"], told["pageInfo"]["hasNextPage"]
    return found
