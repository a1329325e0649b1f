"""`placeOrder` by a quote: its prices, its limits under a crowd, and what comes back."""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import count

import pytest
from sqlalchemy import text

from capabilities.caller import Role
from capabilities.ids import global_id
from capabilities.promotion.coupons import CouponChoice, CouponTemplate
from gateway.keys import keyring
from store.engine import Store
from store.events import Events
from store.owned import owned_by
from store.product.products_file import import_products
from store.promotion.coupon_batches import CouponBatches
from store.promotion.coupon_moves import By, ForOrder
from store.promotion.coupons import Coupons
from store.promotion.templates import CouponTemplates
from tests.gateway.promotion.conftest import SNACKS
from tests.gateway.serving import BRAND
from work.promotion_orders import promotion_orders

_KEYS = count(1)
QUOTE = """query Q($i: QuoteInput!) { quote(input: $i) {
  total { amount } token applied { key } rejected { key why } } }"""
ORDER = """{ __typename
  ... on OrderChanged { orderId order { number total { amount } money { shipping { amount } }
    lines { rawSku gift total { amount } discounts { name amount { amount } } } } }
  ... on UserError { code path } }"""
LINES = [("S1", "10.00", "3"), ("S2", "5.00", "1")]
PROGRESS = """{ promotions(first: 50) { nodes { key progress {
  used spend { amount } revenue { amount } } } } }"""


@pytest.fixture(scope="module", autouse=True)
def goods(gateway, tmp_path_factory):
    folder = tmp_path_factory.mktemp("goods")
    products, codes = folder / "products.csv", folder / "codes.csv"
    products.write_text(
        "sku,name,brand,category_path,barcodes,unit,launched_at,discontinued_at\n"
        "S1,nuts,,零食>坚果,,,,\nS2,soap,,日用,,,,\nS3,rare,,稀>有,,,,\nS4,club,,会>员,,,,\n",
        "utf-8",
    )
    codes.write_text("system,connector,kind,code,sku,valid_from,valid_to\n", "utf-8")
    import_products(gateway.database, products, codes, brand=BRAND)
    at(gateway, _templates)
    gateway.put_in_force(**SNACKS)
    gateway.put_in_force(
        id="card", name="赠卡", kind="GIFT", reward={"gift": {"sku": "CARD"}}, priority=-1
    )
    gateway.put_in_force(
        id="rare",
        name="限三份",
        kind="ITEM_DISCOUNT",
        reward={"amountOff": {"amount": "1"}},
        items={"skus": ["S3"]},
        limits={"total": 3},
    )
    gateway.put_in_force(
        id="ten",
        name="券",
        kind="ORDER_DISCOUNT",
        reward={"amountOff": {"amount": "2"}},
        items={"skus": ["S2"]},
        condition={"hasCoupon": {"template": "ten"}},
    )
    gateway.put_in_force(
        id="thanks",
        name="送券",
        kind="COUPON_ISSUE",
        reward={"issueCoupon": "thanks"},
        items={"skus": ["S4"]},
    )
    ends = time.monotonic() + 60
    while time.monotonic() < ends:
        found = quoted(gateway, [("S4", "1.00", "1")])
        if len(found["applied"]) + len(found["rejected"]) == 5:
            return
    raise AssertionError(found)


def at(gateway, work):
    """Do something with the platform behind the gateway."""

    async def done():
        store = Store.open(gateway.database, deadline_seconds=30)
        try:
            return await work(owned_by(store, BRAND, keyring(gateway.settings), "Asia/Shanghai"))
        finally:
            await store.aclose()

    return asyncio.run(done())


async def _templates(owned):
    for name in ("ten", "thanks"):
        template = CouponTemplate(id=name, name=name, amount=200)
        await CouponTemplates(owned).put(template, author="ops", reason="test")


def hear(gateway):
    """Let the consumer that follows orders hear of everything."""

    async def heard(owned):
        one = promotion_orders(owned)
        events = Events(owned.store, owned.brand)
        while await events.consume(one.name, one.topics, one.handle):
            pass

    at(gateway, heard)


def quoted(gateway, lines=LINES, **more):
    cart = [
        {"ref": f"r{place}", "sku": sku, "unitPrice": price, "quantity": pieces}
        for place, (sku, price, pieces) in enumerate(lines)
    ]
    return gateway.data(QUOTE, {"i": {"channel": "jd", "lines": cart, **more}}, Role.SERVICE)


def money(amount):
    return {"amount": amount, "currency": "CNY"}


def wish(quote, lines=LINES, **more):
    return {
        "channel": "jd",
        "lines": [
            {"sku": sku, "quantity": pieces, "unitPrice": money(price)}
            for sku, price, pieces in lines
        ],
        "total": money(quote["total"]["amount"]),
        "quote": quote["token"],
        "idempotencyKey": f"q{next(_KEYS)}",
        **more,
    }


def do(gateway, name, kind, **given):
    query = f"mutation M($i: {kind}!) {{ {name}(input: $i) {ORDER} }}"
    return gateway.data(query, {"i": given}, Role.SERVICE)


def place(gateway, **given):
    return do(gateway, "placeOrder", "PlaceOrderInput", **given)


def change(gateway, name, order, **given):
    kind = name[0].upper() + name[1:] + "Input"
    key = f"c{next(_KEYS)}"
    return do(gateway, name, kind, order=order["orderId"], idempotencyKey=key, **given)


def pay(gateway, order, amount):
    done = change(gateway, "payOrder", order, amount=money(amount), method="CASH")
    assert done["__typename"] == "OrderChanged", done


def progress(gateway, key):
    nodes = gateway.data(PROGRESS)["nodes"]
    return next(one["progress"] for one in nodes if one["key"] == key)


def rows(gateway, statement, **named):
    async def read(owned):
        return await owned.store.rows(text(statement), {"brand": BRAND, **named})

    return at(gateway, read)


def test_an_order_costs_what_was_quoted_and_says_why(gateway):
    quote = quoted(gateway, shipping="8.00")
    given = wish(quote, shipping=money("8.00"))
    made = place(gateway, **given)
    order = made["order"]
    assert (order["total"]["amount"], order["money"]["shipping"]["amount"]) == ("40.00", "8.00")
    nuts, soap, card = order["lines"]
    (off,) = nuts["discounts"]
    assert (off["name"], off["amount"]["amount"]) == ("零食九折", "3.00")
    assert (nuts["total"]["amount"], soap["discounts"]) == ("27.00", [])
    assert (card["rawSku"], card["gift"], card["total"]["amount"]) == ("CARD", True, "0.00")
    assert place(gateway, **given) == made, "the same key answers the same order"


def test_progress_moves_and_comes_back_with_what_is_returned(gateway):
    before = progress(gateway, "snacks")
    made = place(gateway, **wish(quoted(gateway)))
    after = progress(gateway, "snacks")
    assert after["used"] == before["used"] + 1
    spent = float(after["spend"]["amount"]) - float(before["spend"]["amount"])
    assert spent == pytest.approx(3.00)
    pay(gateway, made, "32.00")
    change(gateway, "fulfillOrder", made, delivered=True)
    half = [{"ref": "1", "quantity": "3", "amount": money("16.00")}]
    change(gateway, "returnOrder", made, lines=half, reason="half of the money")
    hear(gateway)
    part = progress(gateway, "snacks")
    assert part["used"] == after["used"], "a part that came back is still a use"
    given = float(after["spend"]["amount"]) - float(part["spend"]["amount"])
    assert given == pytest.approx(1.50)
    rest = [{"ref": "2", "quantity": "1", "amount": money("16.00")}]
    change(gateway, "returnOrder", made, lines=rest, reason="the rest")
    hear(gateway)
    assert progress(gateway, "snacks") == before


def test_limits_hold_under_a_crowd_and_a_cancelled_order_makes_room(gateway):
    lines = [("S3", "10.00", "1")]
    wishes = [wish(quoted(gateway, lines), lines) for _ in range(9)]
    with ThreadPoolExecutor(9) as crowd:
        answers = list(crowd.map(lambda given: place(gateway, **given), wishes))
    made = [one for one in answers if one["__typename"] == "OrderChanged"]
    refused = [one for one in answers if one["__typename"] != "OrderChanged"]
    assert len(made) == 3
    assert {one["code"] for one in refused} == {"PROMOTION_USED_UP"}
    assert progress(gateway, "rare")["used"] == 3
    held = rows(
        gateway,
        "SELECT count(*) AS n FROM platform_orders o JOIN platform_order_lines l"
        " USING (brand, channel, number) WHERE brand = :brand AND l.raw_sku = 'S3'",
    )
    assert held[0].n == 3, "nothing is kept of an order that was refused"
    change(gateway, "cancelOrder", made[0], reason="changed her mind")
    hear(gateway)
    hear(gateway)
    assert progress(gateway, "rare")["used"] == 2
    assert place(gateway, **wish(quoted(gateway, lines), lines))["__typename"] == "OrderChanged"


@pytest.mark.parametrize(
    ("changed", "path"),
    [
        ({"channel": "jd", "store": "M1"}, ["input", "store"]),
        ({"discount": money("1.00")}, ["input", "discount"]),
        ({"shipping": money("1.00")}, ["input", "shipping"]),
        ({"lines": []}, ["input", "lines"]),
    ],
)
def test_an_order_that_is_another_than_was_quoted_is_refused(gateway, changed, path):
    refused = place(gateway, **wish(quoted(gateway), **changed))
    assert (refused["code"], refused["path"]) == ("QUOTE_DIFFERS", path)


@pytest.mark.parametrize(
    "lines",
    [
        [("S1", "10.00", "2"), ("S2", "5.00", "1")],
        [("S1", "9.00", "3"), ("S2", "5.00", "1")],
        [("S2", "10.00", "3"), ("S2", "5.00", "1")],
    ],
)
def test_lines_that_differ_from_the_cart_are_refused(gateway, lines):
    refused = place(gateway, **wish(quoted(gateway), lines))
    assert (refused["code"], refused["path"]) == ("QUOTE_DIFFERS", ["input", "lines", "0"])


def test_a_quote_that_is_none_and_a_total_that_is_not_its_are_refused(gateway):
    quote = quoted(gateway)
    none = {**wish(quote), "quote": "none"}
    assert place(gateway, **none)["code"] == "QUOTE_EXPIRED"
    assert place(gateway, **wish(quote, total=money("35.00")))["code"] == "TOTAL_DIFFERS"


def test_a_coupon_is_used_up_with_the_order_and_good_again_without_it(gateway):
    async def locked(owned):
        batches = CouponBatches(owned)
        batch = await batches.begin("ten", 1, "ops")
        await batches.make(batch.id)
        (code,) = await batches.codes(batch.id, 0)
        cart = ForOrder(channel="jd", number="cart-7")
        by = By(author="ops", key="lock")
        choice = CouponChoice(codes=(code,))
        return (await Coupons(owned).lock(choice, cart, timedelta(hours=1), by)).unit

    unit = at(gateway, locked)
    lines = [("S2", "5.00", "1")]
    quote = quoted(gateway, lines, coupons=[unit])
    assert quote["total"]["amount"] == "3.00"
    made = place(gateway, **wish(quote, lines))
    assert made["order"]["total"]["amount"] == "3.00"
    coupon = "SELECT state, order_number FROM coupons WHERE brand = :brand AND template = 'ten'"
    found = rows(gateway, coupon)[0]
    assert (found.state, found.order_number) == ("REDEEMED", made["order"]["number"])
    again = place(gateway, **wish(quote, lines))
    assert again["code"] == "COUPON_NOT_VALID", "one coupon, one order"
    change(gateway, "cancelOrder", made, reason="no")
    hear(gateway)
    assert rows(gateway, coupon)[0].state == "AVAILABLE"


def test_a_coupon_is_earned_with_the_payment_and_goes_with_the_order(gateway):
    register = """mutation R($i: RegisterMemberInput!) { registerMember(input: $i) {
      ... on MemberRegistered { memberId changes { number } } } }"""
    who = {"channel": "jd", "phone": "13900054321", "phoneVerified": True}
    member = gateway.data(register, {"i": {**who, "idempotencyKey": "m"}}, Role.SERVICE)
    membership = global_id("Membership", "jd", member["changes"][0]["number"])
    lines = [("S4", "20.00", "1")]

    def buy():
        given = wish(quoted(gateway, lines, membership=membership), lines, membership=membership)
        return place(gateway, **given)

    earned = "SELECT state FROM coupons WHERE brand = :brand AND template = 'thanks' ORDER BY 1"
    first, second = buy(), buy()
    hear(gateway)
    assert rows(gateway, earned) == [], "nothing is given for what is not paid"
    for order in (first, second):
        pay(gateway, order, "20.00")
    hear(gateway)
    hear(gateway)
    assert [row.state for row in rows(gateway, earned)] == ["AVAILABLE", "AVAILABLE"]
    change(gateway, "cancelOrder", first, reason="no")
    hear(gateway)
    assert [row.state for row in rows(gateway, earned)] == ["AVAILABLE", "VOID"]
    other = place(gateway, **wish(quoted(gateway, lines), lines, membership=membership))
    assert (other["code"], other["path"]) == ("QUOTE_DIFFERS", ["input", "membership"])
