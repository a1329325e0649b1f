"""Coupons over HTTP: claimed by members, used by the desk, guessed by nobody."""

import asyncio
import time
from datetime import timedelta
from itertools import count
from unittest.mock import Mock

import pytest

from capabilities.attempts import Origin
from capabilities.caller import Caller, Role, Visibility
from capabilities.errors import BadInput, Forbidden
from capabilities.ids import global_id
from capabilities.promotion.codes import new_code
from capabilities.promotion.coupons import CouponChoice, CouponTemplate
from gateway.keys import keyring
from gateway.platform.coupons import CouponDesk
from store.engine import Store
from store.owned import owned_by
from store.promotion.coupon_batches import CouponBatches
from store.promotion.templates import CouponTemplates
from tests.gateway.serving import BRAND

_KEYS = count(1)
CLAIMED = "... on CouponClaimed { coupon { id code status channel { code } } wholeCode }"
USED = "... on CouponUnit { unit state until coupons { id status code } }"
REGISTER = """
mutation R($i: RegisterMemberInput!) { registerMember(input: $i) { __typename
  ... on MemberRegistered { memberId changes { number } } } }
"""


@pytest.fixture(scope="module")
def codes(gateway):
    """Twelve codes of a template that members may claim as well."""

    async def made():
        store = Store.open(gateway.database, deadline_seconds=30)
        try:
            owned = owned_by(store, BRAND, keyring(gateway.settings), "Asia/Shanghai")
            ten = CouponTemplate(
                id="ten", name="满百减十", claimable=True, per_member=2, amount=1000
            )
            await CouponTemplates(owned).put(ten, author="ops", reason="test")
            batches = CouponBatches(owned)
            batch = await batches.begin("ten", 12, "ops")
            await batches.make(batch.id)
            return list(await batches.codes(batch.id, 0))
        finally:
            await store.aclose()

    return asyncio.run(made())


@pytest.fixture(scope="module")
def member(gateway, codes):
    """Number of a membership that the platform itself keeps."""
    wish = {"channel": "jd", "phone": "13900012345", "phoneVerified": True}
    return gateway.data(REGISTER, {"i": {**wish, "idempotencyKey": "member"}}, Role.SERVICE)


def use(gateway, name, kind, role=Role.SERVICE, **given):
    given = {"idempotencyKey": f"u{next(_KEYS)}", **given}
    shown = CLAIMED if name == "claimCoupon" else USED
    fields = f"__typename ... on CouponDeclined {{ code path }} {shown}"
    query = f"mutation M($i: {kind}!) {{ {name}(input: $i) {{ {fields} }} }}"
    return gateway.data(query, {"i": given}, role)


def order(number):
    return {"channel": "jd", "number": str(number)}


def test_a_code_is_locked_redeemed_once_and_returned(gateway, codes):
    typed = "".join(chr(ord(one) + 0xFEE0) for one in codes[0])
    locked = use(gateway, "lockCoupon", "LockCouponInput", codes=[typed, codes[1]], order=order(1))
    assert locked["state"] == "LOCKED", locked
    assert {one["status"] for one in locked["coupons"]} == {"LOCKED"}
    unit = locked["unit"]
    other = use(gateway, "redeemCoupon", "RedeemCouponInput", codes=[codes[0]], order=order(2))
    assert other["code"] == "COUPON_NOT_VALID"
    used = use(gateway, "redeemCoupon", "RedeemCouponInput", unit=unit, order=order(1))
    assert (used["state"], len(used["coupons"])) == ("REDEEMED", 2)
    back = use(gateway, "returnCoupon", "ReturnCouponInput", unit=unit)
    assert {one["status"] for one in back["coupons"]} == {"AVAILABLE"}


def test_a_code_is_nobodys_for_a_membership_that_is_not_seen(gateway, codes):
    query = """mutation M($i: LockCouponInput!) { lockCoupon(input: $i) { __typename } }"""
    wish = {"codes": [codes[4]], "order": order(9), "idempotencyKey": "unseen"}
    unseen = {"membership": global_id("Membership", "jd", "nobody")}
    for role, given in ((Role.SERVICE, unseen), (Role.CONSUMER, {})):
        answer = gateway.ask(query, {"i": {**wish, **given}}, role)
        assert answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT", answer


async def test_a_caller_of_some_channels_uses_coupons_for_orders_of_these_alone():
    shop = Visibility(role=Role.SERVICE, brand=BRAND, channels=frozenset({"shop"}))
    desk = CouponDesk(Mock(), Caller(subject="a", visibility=shop), None, Origin())
    for choice in ("unit", CouponChoice(ids=("1",))):
        with pytest.raises(BadInput):
            await desk.redeem(choice, ("jd", "1"), None, "k")
    with pytest.raises(BadInput):
        await desk.lock(CouponChoice(ids=("1",)), ("jd", "1"), timedelta(seconds=1), None, "k")
    with pytest.raises(Forbidden):
        await desk.void("coupon", "k")


def test_unknown_and_used_codes_have_one_answer_and_guesses_end(gateway, codes):
    used = use(gateway, "redeemCoupon", "RedeemCouponInput", codes=[codes[2]], order=order(3))
    assert used["state"] == "REDEEMED"
    said = []
    for code in [codes[2], new_code(), "no code at all", *(new_code() for _ in range(9))]:
        # every caller of these tests is the same subject, so this is her budget alone
        found = use(
            gateway,
            "lockCoupon",
            "LockCouponInput",
            Role.ADMIN,
            codes=[code],
            order=order(4),
        )
        said.append((found["__typename"], found["code"], tuple(found["path"])))
    constant = ("CouponDeclined", "COUPON_NOT_VALID", ("input",))
    spent = ("CouponDeclined", "ATTEMPTS_SPENT", ("input",))
    wrong = said.count(constant)
    assert 1 <= wrong <= 5
    assert said == [constant] * wrong + [spent] * (len(said) - wrong)


def test_a_promotion_for_a_coupon_applies_to_who_locked_one(gateway, codes):
    gateway.put_in_force(
        id="coupon-ten",
        name="券减十",
        kind="ORDER_DISCOUNT",
        reward={"amountOff": {"amount": "10"}},
        condition={"hasCoupon": {"template": "ten"}},
    )
    query = "query Q($i: QuoteInput!) { quote(input: $i) { applied { key } rejected { key why } } }"
    cart = {"channel": "jd", "lines": [{"ref": "1", "sku": "S1", "unitPrice": "50.00"}]}
    ends = time.monotonic() + 30
    while time.monotonic() < ends:
        found = gateway.data(query, {"i": cart}, Role.SERVICE)
        if found["rejected"]:
            break
    assert {"key": "coupon-ten", "why": "COUPON_MISSING"} in found["rejected"]
    locked = use(gateway, "lockCoupon", "LockCouponInput", codes=[codes[5]], order=order(5))
    found = gateway.data(query, {"i": {**cart, "coupons": [locked["unit"]]}}, Role.SERVICE)
    assert found["applied"] == [{"key": "coupon-ten"}]


@pytest.mark.parametrize("name", ["redeemCoupon", "returnCoupon", "voidCoupon"])
def test_a_consumer_uses_no_coupon_up_by_herself(gateway, name):
    kind = name[0].upper() + name[1:] + "Input"
    given = {
        "redeemCoupon": {"unit": "u", "order": order(1)},
        "returnCoupon": {"unit": "u"},
        "voidCoupon": {"coupon": "Q291cG9uOnBsYXRmb3JtOjE"},
    }[name]
    query = f"mutation M($i: {kind}!) {{ {name}(input: $i) {{ __typename }} }}"
    answer = gateway.ask(query, {"i": {**given, "idempotencyKey": "x"}}, Role.CONSUMER)
    assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"


def test_a_member_has_what_she_claimed_beside_what_systems_gave_her(gateway, codes, member):
    members = gateway.data(
        "{ members(first: 5) { nodes { memberships { id } } } }", role=Role.SERVICE
    )
    mine = members["nodes"][0]["memberships"][0]["id"]
    claimed = use(gateway, "claimCoupon", "ClaimCouponInput", template="ten", membership=mine)
    assert claimed["__typename"] == "CouponClaimed", claimed
    assert claimed["coupon"]["channel"] == {"code": "platform"}
    assert claimed["coupon"]["code"].startswith("****")
    bound = use(gateway, "claimCoupon", "ClaimCouponInput", code=codes[6], membership=mine)
    assert bound["__typename"] == "CouponClaimed", bound
    query = "{ members(first: 5) { nodes { coupons { id status } } } }"
    text = str(gateway.data(query, role=Role.SERVICE))
    assert claimed["coupon"]["id"] in text
    assert bound["coupon"]["id"] in text
    listed = gateway.data(
        "{ coupons(first: 50) { nodes { id } sources { name } } }", role=Role.SERVICE
    )
    assert claimed["coupon"]["id"] in {one["id"] for one in listed["nodes"]}
    assert {"name": "platform"} in listed["sources"]
    node = gateway.data(
        "query N($id: ID!) { node(id: $id) { id } }", {"id": claimed["coupon"]["id"]}, Role.SERVICE
    )
    assert node == {"id": claimed["coupon"]["id"]}
    empty = gateway.ask(
        "query N($id: ID!) { node(id: $id) { id } }", {"id": claimed["coupon"]["id"]}, Role.CONSUMER
    )
    assert empty["data"]["node"] is None
