"""An unmodified client library of the shop's interface: the gateway answers it as the shop does."""

import time

import pytest
from woocommerce import API
from woocommerce.oauth import OAuth

from capabilities.caller import Role
from store.access.api_keys import ApiKeys
from tests.gateway.compat.old_application import told, walked
from tests.gateway.compat.relaying import Relaying
from tests.gateway.serving import BRAND


def test_the_same_program_reads_the_same_at_the_shop_and_at_the_gateway(gateway, consumer):
    here, there = walked(gateway.client(consumer)), walked(gateway.legacy)
    assert len(here) == len(there)
    for ours, theirs in zip(here, there, strict=True):
        assert ours == theirs
    statuses = {status for status, *_ in here}
    assert statuses == {200, 400, 404}


def test_its_totals_and_links_are_those_of_the_address_that_it_knows(gateway, consumer):
    answer = gateway.client(consumer).get("orders", params={"per_page": 5, "orderby": "id"})
    assert answer.links["next"]["url"].startswith(
        f"{gateway.url}/compat/shop/wp-json/wc/v3/orders?"
    )
    assert consumer.key not in answer.links["next"]["url"]
    assert answer.headers["cache-control"] == "private, no-store"


def test_totals_alone_are_asked_by_head(gateway, consumer):
    address = f"{gateway.url}/compat/shop/wp-json/wc/v3/orders"
    plain = {"auth": (consumer.key, consumer.secret), "params": {"per_page": 5}}
    head, got = gateway.http.head(address, **plain), gateway.http.get(address, **plain)
    assert (head.status_code, head.content) == (200, b"")
    for name in ("x-wp-total", "x-wp-totalpages", "link", "cache-control"):
        assert head.headers[name] == got.headers[name]


def test_key_and_secret_are_taken_plain_as_well(gateway, consumer):
    address = f"{gateway.url}/compat/shop/wp-json/wc/v3/customers/101"
    plain = gateway.http.get(address, auth=(consumer.key, consumer.secret))
    named = {"consumer_key": consumer.key, "consumer_secret": consumer.secret}
    query = gateway.http.get(address, params=named)
    assert plain.status_code == query.status_code == 200
    assert plain.json() == query.json() == gateway.legacy.get("customers/101").json()


@pytest.mark.parametrize("address", ["customers", "customers/101", "orders", "nothing", "orders/x"])
def test_a_stranger_learns_nothing(gateway, consumer, address):
    wrong = API(f"{gateway.url}/compat/shop", consumer.key, "cs_" + "0" * 64, timeout=60)
    nobody = API(f"{gateway.url}/compat/shop", "ck_" + "0" * 16, consumer.secret, timeout=60)
    answers = [wrong.get(address), nobody.get(address)]
    answers.append(gateway.http.get(f"{gateway.url}/compat/shop/wp-json/wc/v3/{address}"))
    assert {one.status_code for one in answers} == {401}
    assert {one.json()["code"] for one in answers} == {"woocommerce_rest_authentication_error"}


def test_a_key_reads_only_what_it_is_bound_to(gateway, consumer):
    part = gateway.consumer("part", channels=frozenset({"shop"}))
    assert gateway.client(part).get("customers/101").status_code == 200
    refused = gateway.client(part).get("orders")
    assert (refused.status_code, refused.json()["code"]) == (403, "woocommerce_rest_cannot_view")
    other = gateway.consumer("other", role=Role.OPERATIONS)
    assert gateway.client(other).get("customers/101").status_code == 403
    free = gateway.consumer("free", channels=None)
    assert gateway.client(free).get("customers/101").status_code == 403
    elsewhere = API(f"{gateway.url}/compat/jd", consumer.key, consumer.secret, timeout=60)
    assert elsewhere.get("customers/101").status_code == 403


@pytest.mark.parametrize(
    ("address", "params", "status", "word"),
    [
        ("customers", {"registered_after": "2026-01-01"}, 400, "rest_invalid_param"),
        ("orders", {"store": "M0001"}, 400, "rest_invalid_param"),
        ("orders", {"context": "edit"}, 400, "rest_invalid_param"),
        ("orders", {"page": "none"}, 400, "rest_invalid_param"),
        ("customers/101", {"search": "x"}, 400, "rest_invalid_param"),
        ("products", {}, 404, "rest_no_route"),
        ("customers/0", {}, 404, "rest_no_route"),
        ("orders/1/notes", {}, 404, "rest_no_route"),
    ],
)
def test_what_is_not_known_here_is_refused(gateway, consumer, address, params, status, word):
    answer = gateway.client(consumer).get(address, params=params)
    assert (answer.status_code, answer.json()["code"]) == (status, word)
    assert answer.json()["data"] == {"status": status}


def test_a_signature_counts_once_and_for_a_quarter_of_an_hour(gateway, consumer):
    api = gateway.client(consumer)
    first = api.get("customers/101")
    again = gateway.http.get(first.url)
    assert (first.status_code, again.status_code) == (200, 401)
    address = f"{gateway.url}/compat/shop/wp-json/wc/v3/customers/101"
    named = {"consumer_key": consumer.key, "consumer_secret": consumer.secret, "version": "wc/v3"}
    for seconds, status in ((-1_000, 401), (-800, 200), (800, 200), (1_000, 401)):
        stamp = int(time.time()) + seconds
        signed = OAuth(address, **named, method="GET", oauth_timestamp=stamp).get_oauth_url()
        assert gateway.http.get(signed).status_code == status
    other = str(first.url).replace("customers/101", "customers/102")
    assert gateway.http.get(other).status_code == 401


def test_a_key_that_is_revoked_reads_no_more(gateway):
    ended = gateway.consumer("ended")
    assert gateway.client(ended).get("customers/101").status_code == 200
    gateway.at_store(lambda store: ApiKeys(store, BRAND).revoke("ended", by="test"))
    while gateway.client(ended).get("customers/101").status_code != 401:
        time.sleep(0.1)  # followed within a second


def test_that_people_are_seen_in_the_clear_stands_in_the_trail(gateway):
    seen = gateway.consumer("seen")
    for _ in range(3):
        gateway.client(seen).get("customers", params={"email": "nobody@example.test"})
    rows = gateway.rows("SELECT a::text AS row FROM audit_entries a WHERE actor = 'key:seen'")
    reads = [one.row for one in rows if "compat.read" in one.row]
    assert len(reads) == 1
    assert "customers" in reads[0]
    assert "nobody@" not in "".join(one.row for one in rows)


def test_a_change_reaches_the_shop_by_the_one_way_and_is_read_back(gateway, consumer):
    api = gateway.client(consumer)
    before = api.get("customers/105").json()
    wish = {**before, "first_name": "晓", "billing": {**before["billing"], "phone": "13900010005"}}
    with Relaying(gateway):
        answer = api.put("customers/105", wish)
    after = gateway.legacy.get("customers/105").json()
    assert (answer.status_code, answer.json()) == (200, after)
    assert (after["first_name"], after["billing"]["phone"]) == ("晓", "+8613900010005")
    assert {one["key"] for one in after["meta_data"]} >= {"santong_reference"}
    same = {
        key: one for key, one in after.items() if key not in {"first_name", "billing", "meta_data"}
    }
    assert same == {key: before[key] for key in same}
    kept = gateway.rows("SELECT m::text AS row FROM member_commands m")
    assert "13900010005" not in "".join(one.row for one in kept)


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_a_form_of_a_foreign_page_changes_nothing(gateway, consumer, kind):
    """A browser that knows the key sends it along with whatever form it is shown."""
    address = f"{gateway.url}/compat/shop/wp-json/wc/v3/customers/107"
    plain = {"auth": (consumer.key, consumer.secret), "headers": {"content-type": kind}}
    answer = gateway.http.post(address, content=b'{"first_name": "x", "a": "="}', **plain)
    assert (answer.status_code, answer.json()["code"]) == (415, "rest_invalid_json")


def test_what_is_sent_back_as_it_was_read_changes_nothing(gateway, consumer):
    api = gateway.client(consumer)
    read = api.get("customers/106").json()
    commands = gateway.rows("SELECT id FROM member_commands")
    answer = api.put("customers/106", read)
    assert (answer.status_code, answer.json()) == (200, read)
    assert gateway.rows("SELECT id FROM member_commands") == commands


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ({"role": "administrator"}, "rest_invalid_param"),
        ({"billing": {"city": "上海"}}, "rest_invalid_param"),
        ({"first_name": ""}, "rest_invalid_param"),
        ({"billing": {"phone": "010-12345678"}}, "santong_declined"),
        ([1], "rest_invalid_json"),
    ],
)
def test_what_this_door_does_not_write_is_refused(gateway, consumer, body, word):
    answer = gateway.client(consumer).put("customers/107", body)
    assert (answer.status_code, answer.json()["code"]) == (400, word)
    assert told(gateway.client(consumer).get("customers/107")) == told(
        gateway.legacy.get("customers/107")
    )


def test_there_is_no_customer_to_change(gateway, consumer):
    answer = gateway.client(consumer).put("customers/999999", {"first_name": "晓"})
    assert (answer.status_code, answer.json()["code"]) == (404, "woocommerce_rest_invalid_id")


def test_a_shop_that_is_away_is_said_in_its_own_words(gateway, consumer):
    control = f"{gateway.shop}/__control/fault"
    gateway.http.post(control, json={"mode": "error500"})
    try:
        answer = gateway.client(consumer).get("customers/101")
    finally:
        gateway.http.post(control, json={"mode": "none"})
    assert answer.status_code == 503
    assert answer.json()["code"] == "santong_shop_unavailable"
    assert "retry-after" in answer.headers
