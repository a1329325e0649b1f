"""Before, during and after a transition: the same client, the same rows, of whichever side."""

import time

import pytest

from capabilities.adoption.cohort import within
from capabilities.adoption.states import AdoptionState
from capabilities.estate import Capability
from gateway.compat import copied
from tests.gateway.compat.old_application import FIXED, walked
from tests.gateway.compat.relaying import Relaying

S = AdoptionState
MEMBER, ORDER = Capability.MEMBER, Capability.ORDER
# What no record holds, so the platform does not answer it; docs/how-to lists the same.
OF_CUSTOMERS = {"date_modified", "date_modified_gmt", "shipping", "is_paying_customer"}
OF_CUSTOMERS |= {"avatar_url", "meta_data"}
OF_ORDERS = {
    *("parent_id", "order_key", "version", "currency_symbol", "billing", "shipping", "cart_hash"),
    *("discount_total", "discount_tax", "shipping_total", "shipping_tax", "cart_tax", "meta_data"),
    *("payment_method", "payment_method_title", "transaction_id", "tax_lines", "shipping_lines"),
    *("fee_lines", "coupon_lines", "refunds", "needs_payment"),
}
OF_LINES = {"product_id", "tax_class", "total", "total_tax", "taxes", "meta_data", "price"}


def is_ours(row):
    """Whether the platform answered: what no record holds is not there."""
    return "meta_data" not in row


def held(row):
    """A row of the shop's as far as a record holds it."""
    if "line_items" in row:
        kept = {name: one for name, one in row.items() if name not in OF_ORDERS}
        lines = [
            {name: one for name, one in line.items() if name not in OF_LINES}
            for line in row["line_items"]
        ]
        return {**kept, "line_items": lines}
    kept = {name: one for name, one in row.items() if name not in OF_CUSTOMERS}
    by_mobile = row["username"].isdigit()
    if not by_mobile:
        del kept["username"]
    phone = {"phone": row["username"]} if by_mobile else {}
    return {**kept, "billing": phone}


def everything(api, resource):
    """All rows of a list, page by page."""
    found, page, params = [], 1, {"role": "all"} if resource == "customers" else {}
    while True:
        answer = api.get(resource, params={**FIXED, **params, "per_page": 100, "page": page})
        assert answer.status_code == 200, answer.text
        found += answer.json()
        if "next" not in answer.links:
            return found
        page += 1


@pytest.fixture(scope="module")
def api(gateway, consumer):
    return gateway.client(consumer)


@pytest.fixture(scope="module")
def before(gateway, api):
    """What the shop says of everything, once it is copied and compared."""
    gateway.stand(MEMBER, S.SHADOW_READ, {"shop"})
    gateway.stand(ORDER, S.SHADOW_READ)
    gateway.sync("members", "woo")
    gateway.sync("orders", "woo")
    return {name: everything(gateway.legacy, name) for name in ("customers", "orders")}


def settled(api, resource, wanted):
    """Every row, once the gateway follows a step by which so many are the platform's."""
    while True:
        rows = everything(api, resource)
        if wanted({row["id"] for row in rows if is_ours(row)}):
            return rows
        time.sleep(0.2)  # followed within a second


def test_while_both_are_compared_the_shop_answers(gateway, api, before):
    assert everything(api, "customers") == before["customers"]
    assert walked(api) == walked(gateway.legacy)


@pytest.mark.parametrize("points", [3_000, 6_000])
def test_in_a_canary_each_row_is_of_one_side_and_says_the_same(gateway, api, before, points):
    gateway.stand(MEMBER, S.CANARY_READ, {"shop"}, read_points=points)
    rows = gateway.rows("SELECT number, one_id FROM membership_links WHERE channel = 'shop'")
    first = {int(row.number) for row in rows if within(MEMBER, row.one_id, points)}
    shown = settled(api, "customers", first.__eq__)
    assert 0 < len(first) < len(shown)
    assert [row["id"] for row in shown] == [row["id"] for row in before["customers"]]
    for ours, theirs in zip(shown, before["customers"], strict=True):
        assert ours == (held(theirs) if theirs["id"] in first else theirs)
    number = min(first)
    assert is_ours(api.get(f"customers/{number}").json())
    other = next(row for row in before["customers"] if row["id"] not in first)
    assert api.get(f"customers/{other['id']}").json() == other


def test_the_platform_answers_with_the_numbers_pages_and_totals_of_the_shop(gateway, api, before):
    gateway.stand(MEMBER, S.MIDDLE_READ, {"shop"}, read_points=0)
    everybody = {row["id"] for row in before["customers"]}
    shown = settled(api, "customers", everybody.__eq__)
    assert shown == [held(row) for row in before["customers"]]
    assert_same_lists(gateway, api, CUSTOMERS)


def test_a_change_is_read_back_from_the_copy(gateway, api, before):
    one = before["customers"][12]
    with Relaying(gateway):
        answer = api.put(f"customers/{one['id']}", {"first_name": "知秋"})
    there = gateway.legacy.get(f"customers/{one['id']}").json()
    assert answer.status_code == 200
    assert is_ours(answer.json())
    assert (answer.json()["first_name"], there["first_name"]) == ("知秋", "知秋")
    before["customers"][12] = there


def test_where_the_platform_leads_a_change_is_there_before_the_shop_has_it(gateway, api, before):
    gateway.stand(MEMBER, S.DUAL_WRITE_MIDDLE_LEAD, {"shop"}, write_points=10_000)
    address = f"customers/{before['customers'][14]['id']}"
    answer = api.put(address, {"first_name": "知春", "billing": {"phone": "13900010099"}})
    old = gateway.legacy.get(address).json()
    assert (answer.status_code, is_ours(answer.json())) == (200, True)
    assert answer.json() == api.get(address).json()
    assert (answer.json()["first_name"], old) == ("知春", before["customers"][14])
    gateway.relay()
    there = before["customers"][14] = gateway.legacy.get(address).json()
    assert (there["first_name"], there["billing"]["phone"]) == ("知春", "+8613900010099")
    gateway.stand(MEMBER, S.MIDDLE_READ, {"shop"}, write_points=0)


def test_orders_go_the_same_way_channel_by_channel(gateway, api, before):
    gateway.stand(ORDER, S.MIDDLE_READ, {"app"})
    of_app = {row["id"] for row in before["orders"] if row["created_via"] == "app"}
    shown = settled(api, "orders", of_app.__eq__)
    for ours, theirs in zip(shown, before["orders"], strict=True):
        assert ours == (held(theirs) if theirs["id"] in of_app else theirs)
    gateway.stand(ORDER, S.MIDDLE_READ)
    known = {"checkout", "app", "miniprogram", "livestream"}
    kept = [row for row in before["orders"] if row["created_via"] in known]
    shown = settled(api, "orders", {row["id"] for row in kept}.__eq__)
    assert shown == [held(row) for row in kept]
    assert_same_lists(gateway, api, orders_of(before["orders"]))


@pytest.mark.parametrize("resource", ["customers", "orders"])
def test_behind_the_last_page_is_nothing_and_the_total_stays_true(api, resource):
    """No page number makes anybody walk over all rows."""
    params = {**FIXED, **({"role": "all"} if resource == "customers" else {})}
    whole = api.get(resource, params={**params, "per_page": 1})
    deep = api.get(resource, params={**params, "per_page": 100, "page": 999_999_999})
    assert is_ours(whole.json()[0])
    assert (deep.status_code, deep.json()) == (200, [])
    assert deep.headers["x-wp-total"] == whole.headers["x-wp-total"]


@pytest.mark.parametrize("resource", ["customers", "orders"])
def test_a_list_that_is_too_long_to_be_counted_is_refused(api, monkeypatch, resource):
    params = {**FIXED, **({"role": "all"} if resource == "customers" else {})}
    rows = api.get(resource, params={**params, "per_page": 20}).json()
    monkeypatch.setattr(copied, "MOST_LISTED", 20)
    answer = api.get(resource, params=params)
    assert (answer.status_code, answer.json()["code"]) == (400, "santong_too_many")
    some = api.get(resource, params={**params, "include": ",".join(str(row["id"]) for row in rows)})
    assert (some.status_code, some.headers["x-wp-total"]) == (200, "20")


def test_what_only_the_shop_has_is_not_there_once_the_platform_owns_the_channel(gateway, api):
    made = gateway.legacy.post("customers", {"email": "late@example.test"}).json()
    address = f"customers/{made['id']}"
    assert api.get(address).json() == made  # the copy lacks her, so she is the shop's
    gateway.stand(MEMBER, S.MIDDLE_OWNED, {"shop"})
    while (answer := api.get(address)).status_code == 200:
        time.sleep(0.1)  # followed within a second
    assert (answer.status_code, answer.json()["code"]) == (404, "woocommerce_rest_invalid_id")


def test_a_shop_that_is_being_taken_on_answers_nobody_yet(gateway, api):
    gateway.stand(MEMBER, S.CONTRACT_OK, {"shop"})
    while (answer := api.get("customers", params=FIXED)).status_code == 200:
        time.sleep(0.1)  # as above
    assert (answer.status_code, answer.json()["code"]) == (403, "woocommerce_rest_cannot_view")


def test_and_back_again_nothing_is_lost(gateway, api):
    gateway.stand(MEMBER, S.FEDERATED_READ, {"shop"}, read_points=0)
    gateway.stand(ORDER, S.FEDERATED_READ)
    while api.get("customers", params=FIXED).status_code == 403:
        time.sleep(0.1)  # as above
    assert settled(api, "customers", set().__eq__) == everything(gateway.legacy, "customers")
    settled(api, "orders", set().__eq__)
    assert walked(api) == walked(gateway.legacy)


CUSTOMERS = [
    ("customers", {"role": "customer", "per_page": 7, "page": 2, **FIXED}),
    ("customers", {"role": "subscriber", "per_page": 50, **FIXED}),
    ("customers", {"role": "all", "per_page": 9, "offset": 4, "orderby": "id", "order": "desc"}),
    ("customers", {"include": "101,103,105", "role": "all", **FIXED}),
    ("customers", {"exclude": "101,103", "role": "all", "per_page": 5, **FIXED}),
]


def orders_of(rows):
    """Questions of orders, by what stands there."""
    buyer = next(row["customer_id"] for row in rows if row["customer_id"])
    middle = rows[len(rows) // 2]
    since = {"modified_after": middle["date_modified_gmt"], "dates_are_gmt": "true"}
    return [
        ("orders", {"customer": buyer, "per_page": 50, **FIXED}),
        ("orders", {"customer": 0, "per_page": 5, **FIXED}),
        ("orders", {"status": "completed", "per_page": 6, "page": 2, **FIXED}),
        ("orders", {**since, "per_page": 20, **FIXED}),
        ("orders", {"after": middle["date_created"], "per_page": 20, **FIXED}),
        ("orders", {"before": middle["date_created"], "per_page": 20, "page": 3, **FIXED}),
        ("orders", {"include": f"{rows[3]['id']},{rows[9]['id']}", **FIXED}),
    ]


def assert_same_lists(gateway, api, questions):
    """Rows, order, totals and links of each question are the shop's."""
    for resource, params in questions:
        ours, theirs = (one.get(resource, params=params) for one in (api, gateway.legacy))
        assert ours.status_code == theirs.status_code == 200, ours.text
        assert ours.json() == [held(row) for row in theirs.json()], params
        for name in ("X-WP-Total", "X-WP-TotalPages"):
            assert ours.headers[name] == theirs.headers[name], params
        assert ours.links.keys() == theirs.links.keys()


@pytest.mark.parametrize(
    ("resource", "params"),
    [
        ("orders", {"after": "0001-01-01T00:00:00"}),
        ("orders", {"before": "2026-13-01"}),
        ("customers", {"orderby": "name"}),
        ("orders", {"search": "x"}),
        ("orders", {"orderby": "title"}),
    ],
)
def test_what_the_copy_cannot_answer_is_refused(gateway, api, before, resource, params):
    gateway.stand(MEMBER, S.MIDDLE_READ, {"shop"})
    gateway.stand(ORDER, S.MIDDLE_READ)
    settled(api, "customers", {row["id"] for row in before["customers"]}.__eq__)
    while not is_ours(api.get("orders", params=FIXED).json()[0]):
        time.sleep(0.1)  # as above
    answer = api.get(resource, params=params)
    assert (answer.status_code, answer.json()["code"]) == (400, "rest_invalid_param")
