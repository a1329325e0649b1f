"""Whom an old application sees: on the budget of its key, and nobody who was erased."""

import time
from datetime import UTC, datetime

import pytest

from capabilities.member.person import phone_identity
from store.privacy.tombstones import Grave, Tombstones
from store.versions import ERASURES, raise_version
from tests.gateway.compat.old_application import FIXED
from tests.gateway.serving import BRAND

BUDGET = 5
PHONE = "13900010042"


@pytest.fixture(scope="module")
def settings(settings):
    return settings.model_copy(update={"key_lookups_per_10_minutes": BUDGET})


@pytest.fixture
def api(gateway, request):
    """A client of a key that nobody used yet."""
    name = request.node.name.partition("[")[0].replace("_", "-")[-60:]
    return gateway.client(gateway.consumer(name))


def word(answer):
    return answer.status_code, answer.json()["code"]


SPENT = (429, "santong_look_ups_spent")


def test_a_change_of_nothing_is_a_look_up_as_well(api):
    answers = [api.put(f"customers/{101 + at}", {}) for at in range(BUDGET + 1)]
    assert [one.status_code for one in answers[:BUDGET]] == [200] * BUDGET
    assert word(answers[BUDGET]) == SPENT
    assert "Santong-Reason" not in answers[BUDGET].text  # this door reads none
    assert api.get("customers/101").status_code == 200  # whom it has seen it sees again


@pytest.mark.parametrize("resource", ["customers", "orders"])
def test_everybody_who_is_named_counts_also_who_is_not_there(gateway, resource):
    api = gateway.client(gateway.consumer(f"included-{resource}"))
    nobody = ",".join(str(990_000 + at) for at in range(BUDGET))
    assert api.get(resource, params={"include": nobody, **FIXED}).json() == []
    assert word(api.get(resource, params={"include": "990999", **FIXED})) == SPENT
    assert api.get(resource, params={"include": nobody, **FIXED}).status_code == 200


def test_a_list_costs_as_many_people_as_it_shows(api):
    first = api.get("customers", params={"per_page": BUDGET, **FIXED})
    assert first.status_code == 200
    assert api.get("customers", params={"per_page": BUDGET, **FIXED}).json() == first.json()
    assert api.get(f"customers/{first.json()[0]['id']}").status_code == 200
    following = api.get("customers", params={"per_page": 1, "page": BUDGET + 1, **FIXED})
    assert word(following) == SPENT


def test_what_finds_one_person_by_two_keys_counts_her_once(api):
    row = api.get("customers/101").json()
    for params in ({"email": row["email"], "role": "all"}, {"include": "101", "role": "all"}):
        (found,) = api.get("customers", params=params).json()
        assert found == row
    others = [api.get(f"customers/{102 + at}").status_code for at in range(BUDGET)]
    assert others == [200] * (BUDGET - 1) + [429]


def test_orders_show_their_buyers_and_guests_by_themselves(gateway, api):
    buyers, rows = set(), gateway.legacy.get("orders", params={"per_page": 50, **FIXED}).json()
    for row in rows:
        answer = api.get(f"orders/{row['id']}")
        buyers.add(row["customer_id"] or f"guest {row['id']}")
        assert (answer.status_code == 200) is (len(buyers) <= BUDGET), row["id"]
        if len(buyers) > BUDGET:
            break
    assert len(buyers) == BUDGET + 1


def test_who_was_erased_is_on_no_order_of_whatever_channel(gateway, api):
    """In a channel that nobody named, and as the guest whom the shop makes of who is deleted."""
    line = {"line_items": [{"sku": _sku(gateway), "quantity": 1}]}
    hers = {"billing": {"phone": PHONE, "first_name": "晚"}, "customer_note": "门口", **line}
    made = [
        gateway.legacy.post("orders", {"created_via": "admin", "customer_id": 103, **hers}),
        gateway.legacy.post("orders", {"created_via": "app", "customer_id": 0, **hers}),
    ]
    numbers = [one.json()["id"] for one in made]
    for number in numbers:
        assert PHONE in api.get(f"orders/{number}").text
    gateway.at_store(lambda store: _buried(gateway, store))
    for number in numbers:
        while PHONE in (answer := api.get(f"orders/{number}")).text:
            time.sleep(0.05)  # every process follows within a second
        row = answer.json()
        assert row["id"] == number
        assert row.keys().isdisjoint({"billing", "shipping", "customer_note", "meta_data"})
    assert word(api.get("customers/103")) == (404, "woocommerce_rest_invalid_id")


def _sku(gateway):
    (row, *_) = gateway.legacy.get("orders", params=FIXED).json()
    return row["line_items"][0]["sku"]


async def _buried(gateway, store):
    """Leave tombstones of customer 103 and of a phone, as an erasure does."""
    stones = Tombstones.under(BRAND, gateway.owned(store).key)
    phone = phone_identity(f"+86{PHONE}")
    hashes = [
        stones.customer("woo", "103"),
        stones.identity(phone.kind.value, phone.scope, phone.value),
    ]

    async def bury(run):
        await stones.add(run, [Grave("identity", one) for one in hashes], datetime.now(UTC))
        await raise_version(run, BRAND, ERASURES)

    await store.transaction(bury)
