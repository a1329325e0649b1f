"""`quote` over HTTP: goods through the reference, promotions with their reasons, the same again."""

import time

import pytest

from capabilities.caller import Role
from store.product.products_file import import_products
from tests.gateway.promotion.conftest import SNACKS
from tests.gateway.serving import BRAND

QUOTE = """
query Q($i: QuoteInput!) { quote(input: $i) {
  policyVersion book gross { amount } discount { amount } shipping { amount } total { amount }
  lines { ref sku net { amount } reductions { promotionId amount { amount } } }
  applied { key version name amount { amount } times settled giftSku }
  rejected { key why missing by }
  unmatched token
} }
"""
AGAIN = QUOTE.replace("Q($i: QuoteInput!)", "Q($t: String!)").replace(
    "quote(input: $i)", "quoteAgain(token: $t)"
)
CART = {
    "channel": "jd",
    "shipping": "8.00",
    "lines": [
        {"ref": "nuts", "sku": "S1", "unitPrice": "33.33", "quantity": "3"},
        {"ref": "soap", "sku": "S2", "unitPrice": "10.00"},
        {"ref": "own", "code": "NOBODY", "unitPrice": "5.00"},
        {"ref": "bar", "code": "6901234567892", "codeKind": "barcode", "unitPrice": "1.00"},
    ],
}


@pytest.fixture(scope="module", autouse=True)
def goods(gateway, tmp_path_factory):
    folder = tmp_path_factory.mktemp("goods")
    products, codes = folder / "products.csv", folder / "codes.csv"
    products.write_text(
        "sku,name,brand,category_path,barcodes,unit,launched_at,discontinued_at\n"
        "S1,nuts,,零食>坚果,6901234567892,,,\nS2,soap,,日用,,,,\n",
        "utf-8",
    )
    codes.write_text("system,connector,kind,code,sku,valid_from,valid_to\n", "utf-8")
    import_products(gateway.database, products, codes, brand=BRAND)
    gateway.put_in_force(**SNACKS)
    gateway.put_in_force(
        id="order",
        name="满百减十",
        kind="ORDER_DISCOUNT",
        reward={"amountOff": {"amount": "10"}},
        condition={"atLeast": {"amount": "1000"}},
    )
    gateway.put_in_force(
        id="live",
        name="直播间包邮",
        kind="SHIPPING",
        reward={"shippingOff": {}},
        scenes=["live-7"],
        condition={"fact": {"name": "host", "values": ["anna"]}},
        execution="SETTLED_TO_LEGACY",
    )
    gateway.put_in_force(
        id="members",
        name="会员每人一次",
        kind="GIFT",
        reward={"gift": {"sku": "CARD"}},
        limits={"perMember": 1},
    )
    ends = time.monotonic() + 30
    while time.monotonic() < ends and len(quoted(gateway)["rejected"]) < 3:
        pass


def quoted(gateway, role=Role.SERVICE, **changed):
    return gateway.data(QUOTE, {"i": {**CART, **changed}}, role)


def test_a_cart_costs_what_its_promotions_leave_and_every_other_has_its_reason(gateway):
    found = quoted(gateway)
    assert found["gross"]["amount"] == "123.99"
    (applied,) = found["applied"]
    assert (applied["key"], applied["amount"]["amount"]) == ("snacks", "10.10")
    nets = {one["ref"]: one["net"]["amount"] for one in found["lines"]}
    assert nets == {"nuts": "89.99", "soap": "10.00", "own": "5.00", "bar": "0.90"}
    assert found["total"]["amount"] == "113.89"
    assert {one["ref"]: one["sku"] for one in found["lines"]}["bar"] == "S1"
    assert found["unmatched"] == ["own"]
    why = {one["key"]: (one["why"], one["missing"]) for one in found["rejected"]}
    assert why == {
        "live": ("SCENE", None),
        "members": ("MEMBER_NEEDED", None),
        "order": ("AMOUNT_MISSING", "894.11"),
    }


def test_a_scene_and_a_fact_bind_a_promotion(gateway):
    facts = [{"name": "host", "value": "anna"}]
    found = quoted(gateway, scene="live-7", facts=facts)
    live = next(one for one in found["applied"] if one["key"] == "live")
    assert (live["settled"], live["amount"]["amount"]) == (True, "8.00")
    assert found["shipping"]["amount"] == "0.00"
    without = quoted(gateway, scene="live-7")
    assert ("live", "FACT") in {(one["key"], one["why"]) for one in without["rejected"]}


def test_the_same_quote_again_is_the_same_whatever_is_in_force_now(gateway):
    first = quoted(gateway)
    assert quoted(gateway)["book"] == first["book"]
    gateway.change("pausePromotion", "PromotionChangeInput", id="snacks")
    ends = time.monotonic() + 30
    while (now := quoted(gateway))["applied"] and time.monotonic() < ends:
        pass
    assert now["applied"] == []
    assert now["policyVersion"] > first["policyVersion"]
    assert gateway.data(AGAIN, {"t": first["token"]}) == first
    gateway.change("resumePromotion", "PromotionChangeInput", id="snacks")
    while not quoted(gateway)["applied"] and time.monotonic() < ends:
        pass


def test_a_token_that_anybody_touched_is_no_quote(gateway):
    token = quoted(gateway)["token"]
    turned = token[:40] + ("A" if token[40] != "A" else "B") + token[41:]
    for wrong in (turned, token[:-4], "", "é", "x" * 70_000):
        assert gateway.data(AGAIN, {"t": wrong}) is None


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"channel": "nowhere"}, "CHANNEL_UNKNOWN"),
        ({"lines": []}, "BAD_USER_INPUT"),
        ({"lines": CART["lines"][:1] * 2}, "BAD_USER_INPUT"),
        ({"lines": [{"ref": "1", "unitPrice": "1"}]}, "BAD_USER_INPUT"),
        ({"lines": [{"ref": "1", "sku": "a", "unitPrice": "-1"}]}, "BAD_USER_INPUT"),
        ({"lines": [{"ref": "1", "sku": "a", "unitPrice": "1e99"}]}, "BAD_USER_INPUT"),
        ({"lines": [{"ref": "1", "sku": "a", "unitPrice": "1", "quantity": "0"}]}, None),
        ({"lines": [{"ref": "1", "sku": "a", "unitPrice": "1", "quantity": "1e-99"}]}, None),
        ({"membership": "TWVtYmVyc2hpcDpqZDo5OTk"}, "BAD_USER_INPUT"),
    ],
)
def test_what_is_no_cart_is_refused(gateway, changed, code):
    answer = gateway.ask(QUOTE, {"i": {**CART, **changed}})
    assert answer["errors"][0]["extensions"]["code"] == (code or "BAD_USER_INPUT")


def test_a_consumer_tells_no_facts_and_sees_no_figures(gateway):
    facts = [{"name": "host", "value": "anna"}]
    answer = gateway.ask(QUOTE, {"i": {**CART, "facts": facts}}, Role.CONSUMER)
    assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"


def test_staff_see_how_far_a_promotion_is(gateway):
    query = (
        "{ promotions(first: 9) { nodes { key progress { used spend { amount } usedShare } } } }"
    )
    found = {one["key"]: one["progress"] for one in gateway.data(query)["nodes"]}
    assert found["snacks"] == {"used": 0, "spend": {"amount": "0.00"}, "usedShare": None}
