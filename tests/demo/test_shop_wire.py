import re
from datetime import datetime, timedelta

import httpx
import pytest

from demo.sample.people import END
from demo.shop import create_shop

ORDERS = "/wp-json/wc/v3/orders"
CUSTOMERS = "/wp-json/wc/v3/customers"
COUPONS = "/wp-json/wc/v3/coupons"


async def _walk(shop, path, **parameters):
    rows = []
    page = 1
    while True:
        answer = await shop.get(path, params={**parameters, "per_page": 100, "page": page})
        assert answer.status_code == 200, answer.text
        rows += answer.json()
        if page >= int(answer.headers["x-wp-totalpages"]):
            return rows
        page += 1


async def _ids(shop, path, **parameters):
    return [row["id"] for row in await _walk(shop, path, _fields="id", **parameters)]


async def test_headers_of_a_page(shop):
    answer = await shop.get(ORDERS, params={"status": "any", "page": 2})
    assert len(answer.json()) == 10
    total, pages = int(answer.headers["x-wp-total"]), int(answer.headers["x-wp-totalpages"])
    assert pages == -(-total // 10)
    assert answer.links["next"]["url"] == f"http://shop{ORDERS}?status=any&page=3"
    assert answer.links["prev"]["url"] == f"http://shop{ORDERS}?status=any&page=1"
    beyond = await shop.get(ORDERS, params={"page": pages + 1})
    assert beyond.json() == []


async def test_times_stand_twice_and_without_a_zone(shop):
    (order,) = (await shop.get(ORDERS, params={"per_page": 1})).json()
    local = datetime.fromisoformat(order["date_created"])
    assert local.tzinfo is None
    assert local - datetime.fromisoformat(order["date_created_gmt"]) == timedelta(hours=8)


async def test_sums_are_text_and_hold(shop):
    for order in (await shop.get(ORDERS, params={"per_page": 100})).json():
        cents = {
            name: round(float(order[name]) * 100)
            for name in ("total", "shipping_total", "cart_tax")
        }
        lines = sum(round(float(line["total"]) * 100) for line in order["line_items"])
        assert cents["total"] == lines + cents["cart_tax"] + cents["shipping_total"]
        for line in order["line_items"]:
            assert isinstance(line["price"], float | int)
            assert re.fullmatch(r"\d+\.\d\d", line["total"])
            assert abs(line["price"] * line["quantity"] - float(line["total"])) < 0.005


async def test_decimals_on_request(shop):
    (order,) = (await shop.get(ORDERS, params={"per_page": 1, "dp": 4})).json()
    assert re.fullmatch(r"\d+\.\d{4}", order["total"])


async def test_every_trap_of_the_lines(shop):
    lines = [line for order in await _walk(shop, ORDERS) for line in order["line_items"]]
    assert any(line["sku"] == "" and line["variation_id"] for line in lines)
    skus = {line["sku"] for line in lines if line["variation_id"] == 0}
    assert any(line["variation_id"] and line["sku"] not in skus for line in lines)


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        (f"{ORDERS}?per_page=101", 400, "rest_invalid_param"),
        (f"{ORDERS}?per_page=0", 400, "rest_invalid_param"),
        (f"{ORDERS}?page=0", 400, "rest_invalid_param"),
        (f"{ORDERS}?page=x", 400, "rest_invalid_param"),
        (f"{ORDERS}?status=gone", 400, "rest_invalid_param"),
        (f"{ORDERS}?order=up", 400, "rest_invalid_param"),
        (f"{ORDERS}?orderby=total", 400, "rest_invalid_param"),
        (f"{ORDERS}?after=yesterday", 400, "rest_invalid_param"),
        (f"{ORDERS}?include=a", 400, "rest_invalid_param"),
        (f"{ORDERS}?include={'9' * 5000}", 400, "rest_invalid_param"),
        (f"{ORDERS}?page={'9' * 5000}", 400, "rest_invalid_param"),
        (f"{ORDERS}?after=0001-01-01T00:00:00%2B08:00", 400, "rest_invalid_param"),
        (f"{ORDERS}?before=9999-12-31T23:59:59&dates_are_gmt=1", 400, "rest_invalid_param"),
        (f"{ORDERS}/5", 404, "woocommerce_rest_shop_order_invalid_id"),
        (f"{CUSTOMERS}/5", 404, "woocommerce_rest_invalid_id"),
        (f"{COUPONS}/5", 404, "woocommerce_rest_shop_coupon_invalid_id"),
        ("/wp-json/wc/v3/nowhere", 404, "rest_no_route"),
    ],
)
async def test_errors(shop, path, status, code):
    answer = await shop.get(path)
    assert answer.status_code == status
    body = answer.json()
    assert (body["code"], body["data"]["status"]) == (code, status)


@pytest.mark.parametrize(
    ("auth", "code"),
    [
        (None, "woocommerce_rest_cannot_view"),
        (("ck_demo", "wrong"), "woocommerce_rest_authentication_error"),
    ],
)
async def test_keys(shop, auth, code):
    shop.auth = auth
    answer = await shop.get(ORDERS)
    assert (answer.status_code, answer.json()["code"]) == (401, code)
    failed = (await shop.get("/__control/requests")).json()["logons_failed"]
    assert failed == (0 if auth is None else 1)


async def test_the_key_may_stand_in_the_address(shop):
    shop.auth = None
    answer = await shop.get(
        ORDERS, params={"consumer_key": "ck_demo", "consumer_secret": "cs_demo", "per_page": 1}
    )
    assert answer.status_code == 200


async def test_any_is_the_default_and_leaves_out_the_trash(shop):
    default = await _walk(shop, ORDERS, _fields="id,status")
    statuses = {order["status"] for order in default}
    assert {"completed", "lay-by", "refunded"} <= statuses
    assert "trash" not in statuses
    everything = await _ids(shop, ORDERS, status="any")
    assert sorted(everything) == sorted(order["id"] for order in default)
    trash = await _walk(shop, ORDERS, status="trash", _fields="status")
    assert {order["status"] for order in trash} == {"trash"}
    two = await _walk(shop, ORDERS, status="lay-by,failed", _fields="status")
    assert {order["status"] for order in two} == {"lay-by", "failed"}


async def test_unknown_parameters_have_no_effect(shop):
    whole = await shop.get(ORDERS, params={"per_page": 1})
    asked = await shop.get(ORDERS, params={"per_page": 1, "phone": "139", "customer_ids": "1"})
    assert asked.headers["x-wp-total"] == whole.headers["x-wp-total"]
    later = await shop.get(CUSTOMERS, params={"modified_after": "2099-01-01T00:00:00"})
    assert int(later.headers["x-wp-total"]) > 100


async def test_bounds_are_in_site_time_unless_told(shop):
    (order,) = (await shop.get(ORDERS, params={"per_page": 1, "orderby": "id"})).json()
    second = timedelta(seconds=1)
    local = datetime.fromisoformat(order["date_created"])
    gmt = datetime.fromisoformat(order["date_created_gmt"])

    async def count(**parameters):
        answer = await shop.get(ORDERS, params={**parameters, "include": order["id"]})
        return int(answer.headers["x-wp-total"])

    assert await count(after=(local - second).isoformat()) == 1
    assert await count(after=local.isoformat()) == 0
    assert await count(before=(local + second).isoformat()) == 1
    assert await count(before=local.isoformat()) == 0
    assert await count(after=(gmt - second).isoformat(), dates_are_gmt="true") == 1
    assert await count(after=gmt.isoformat(), dates_are_gmt="true") == 0
    assert await count(after=f"{(gmt - second).isoformat()}Z") == 1
    assert await count(after=f"{gmt.isoformat()}Z") == 0


async def test_modified_bounds(shop):
    since = (END - timedelta(days=3)).isoformat()
    changed = await _walk(shop, ORDERS, modified_after=since)
    assert changed
    assert all(order["date_modified"] > since for order in changed)
    before = await _ids(shop, ORDERS, modified_before=since)
    assert len(before) + len(changed) == len(await _ids(shop, ORDERS)) - len(
        [order for order in await _walk(shop, ORDERS) if order["date_modified"] == since]
    )


async def test_a_customers_orders_and_guests(shop):
    hers = await _walk(shop, ORDERS, customer=101)
    assert len(hers) >= 12
    assert {order["customer_id"] for order in hers} == {101}
    assert {order["created_via"] for order in hers} == {
        "checkout",
        "app",
        "miniprogram",
        "livestream",
    }
    guests = await _walk(shop, ORDERS, customer=0)
    assert {order["customer_id"] for order in guests} == {0}
    assert all(order["billing"]["phone"] for order in guests)


async def test_include_exclude_offset_and_order(shop):
    ids = await _ids(shop, ORDERS, orderby="id", order="asc")
    assert ids == sorted(ids)
    three = f"{ids[7]},{ids[2]},{ids[5]}"
    assert await _ids(shop, ORDERS, include=three, orderby="include") == [ids[7], ids[2], ids[5]]
    assert ids[2] not in await _ids(shop, ORDERS, exclude=ids[2])
    offset = await shop.get(
        ORDERS, params={"orderby": "id", "order": "asc", "offset": 4, "per_page": 2, "page": 9}
    )
    assert [order["id"] for order in offset.json()] == ids[4:6]


async def test_pages_drift_while_orders_arrive(shop):
    first = (await shop.get(ORDERS, params={"per_page": 50})).json()
    made = (await shop.post("/__control/orders", json={"count": 5, "touched": 0})).json()["orders"]
    second = (await shop.get(ORDERS, params={"per_page": 50, "page": 2})).json()
    repeated = {order["id"] for order in first} & {order["id"] for order in second}
    assert len(repeated) == 5
    newest = (await shop.get(ORDERS, params={"per_page": 5})).json()
    assert [order["id"] for order in newest] == made[::-1]


async def test_arrivals_touch_old_orders(shop):
    before = {order["id"]: order["date_modified"] for order in await _walk(shop, ORDERS)}
    await shop.post("/__control/orders", json={"count": 1, "touched": 7})
    after = {order["id"]: order["date_modified"] for order in await _walk(shop, ORDERS)}
    touched = [number for number, at in before.items() if after[number] != at]
    assert 5 <= len(touched) <= 7  # one or two may lie in the trash


async def test_a_wrong_count_is_refused(shop):
    answer = await shop.post("/__control/orders", json={"count": -1})
    assert answer.status_code == 400


async def test_customers(shop):
    (lin,) = (await shop.get(CUSTOMERS, params={"email": "lin.xiaoman@example.com"})).json()
    assert lin["billing"]["phone"] == "139 1234 5678"
    found = (await shop.get(CUSTOMERS, params={"search": "13912345678"})).json()
    assert [customer["id"] for customer in found] == [lin["id"]]
    default = await _ids(shop, CUSTOMERS)
    everyone = await _ids(shop, CUSTOMERS, role="all")
    assert len(everyone) == 140
    assert len(default) == 126


async def test_coupons(shop):
    (coupon,) = (await shop.get(COUPONS, params={"code": "DOUBLE11"})).json()
    assert (coupon["amount"], coupon["discount_type"]) == ("10.00", "percent")
    assert coupon["email_restrictions"] == []
    everything = await _walk(shop, COUPONS)
    hers = [c for c in everything if c["email_restrictions"] == ["lin.xiaoman@example.com"]]
    assert len(hers) == 1
    asked = await shop.get(COUPONS, params={"email": "lin.xiaoman@example.com"})
    assert int(asked.headers["x-wp-total"]) == len(everything)


async def test_refunds_leave_the_status(shop):
    orders = await _walk(shop, ORDERS)
    partly = [order for order in orders if order["refunds"] and order["status"] == "completed"]
    assert partly
    for order in partly:
        assert float(order["refunds"][0]["total"]) < 0
    whole = [order for order in orders if order["status"] == "refunded"]
    assert all(o["refunds"][0]["total"] == f"-{o['total']}" for o in whole)


async def test_a_single_order(shop):
    (listed,) = (await shop.get(ORDERS, params={"per_page": 1, "orderby": "id"})).json()
    assert (await shop.get(f"{ORDERS}/{listed['id']}")).json() == listed


async def test_an_order_is_made_paid_and_given_back(shop):
    (known,) = (await shop.get(ORDERS, params={"per_page": 1})).json()
    sku = known["line_items"][0]["sku"]
    line = {"sku": sku, "quantity": 2, "total": "40.000000", "subtotal": "41.000000"}
    body = {"created_via": "app", "line_items": [line], "meta_data": [{"key": "k", "value": "v"}]}
    made = (await shop.post(ORDERS, json=body)).json()
    assert (made["status"], made["total"], made["total_tax"]) == ("pending", "45.20", "5.20")
    assert (made["discount_total"], made["created_via"]) == ("1.00", "app")
    place = f"{ORDERS}/{made['id']}"
    paid = (await shop.put(place, json={"set_paid": True, "transaction_id": "t1"})).json()
    assert (paid["status"], paid["transaction_id"]) == ("processing", "t1")
    assert paid["meta_data"] == made["meta_data"]
    refund = await shop.post(f"{place}/refunds", json={"amount": "45.20", "reason": "x"})
    assert refund.status_code == 201
    assert (await shop.get(f"{place}/refunds")).json()[0]["amount"] == "45.20"
    after = (await shop.get(place)).json()
    assert (after["status"], after["refunds"][0]["total"]) == ("refunded", "-45.20")
    assert (await shop.post(f"{place}/refunds", json={"amount": "0.01"})).status_code == 400
    assert (await shop.get(ORDERS, params={"per_page": 1})).json()[0]["id"] == made["id"]


@pytest.mark.parametrize(
    ("body", "status"),
    [({}, 400), ({"line_items": [{"sku": "nothing"}]}, 400), ({"line_items": ["x"]}, 400)],
)
async def test_what_is_no_order_is_refused(shop, body, status):
    assert (await shop.post(ORDERS, json=body)).status_code == status
    assert (await shop.put(f"{ORDERS}/1", json=body)).status_code == 404


async def test_two_shops_of_one_seed_are_equal(shop):
    transport = httpx.ASGITransport(create_shop())
    async with httpx.AsyncClient(
        transport=transport, base_url="http://shop", auth=("ck_demo", "cs_demo")
    ) as other:
        assert await _walk(shop, ORDERS, orderby="id") == await _walk(other, ORDERS, orderby="id")
