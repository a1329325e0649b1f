"""A sale as it goes on: exact for operations, coarse for everybody else, hers for a buyer."""

import asyncio
import json
import secrets
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from itertools import takewhile

import httpx
import pytest
from pydantic import SecretStr

from capabilities.caller import MembershipKey, Role
from capabilities.flash.records import SHARED, FlashSale, SaleState
from gateway.app import create_app
from gateway.auth.tokens import mint
from store.engine import Store
from store.flash.sales import define
from tests.gateway.serving import BRAND, bearer, served, settings_for
from tests.migrated import migrated

NOW = datetime.now(UTC)
SALE = FlashSale(
    id="s1",
    sku="SN-1",
    price=990,
    opens_at=NOW - timedelta(hours=1),
    closes_at=NOW + timedelta(days=1),
    pools={SHARED: 9, "jd": 1},
    per_member=2,
    state=SaleState.OPEN,
    target_units=20,
)
DESK = """subscription { flashSale(id: "s1") { state leftPercent sale {
  targetUnits desk { answers { answer count } seconds(last: 600) { answers { count } }
    pools { channelCode remaining } } figures { revenue { amount } } } } }"""
COARSE = 'subscription { flashSale(id: "s1") { state leftPercent ordersPerSecond %s } }'
OWN = """subscription ($k: ID!) { reservation(sale: "s1", key: $k) { id state } }"""
PAY = """mutation ($i: SettleReservationInput!) { payReservation(input: $i) { __typename } }"""


@pytest.fixture(scope="module")
def settings(tmp_path_factory, postgres, valkey):
    database = migrated(postgres, f"moments_{secrets.token_hex(4)}")

    async def prepare():
        store = Store.open(database, deadline_seconds=30)
        await store.transaction(lambda run: define(run, BRAND, SALE))
        await store.aclose()

    asyncio.run(prepare())
    return settings_for(
        tmp_path_factory.mktemp("moments"),
        database_url=SecretStr(database),
        redis_url=SecretStr(valkey.url),
        proxy_hops=1,
        max_streams_per_address=2,
        max_subscriptions=8,
    )


@pytest.fixture(scope="module")
def client(settings):
    with (
        served(create_app(settings)) as (host, port),
        httpx.Client(base_url=f"http://{host}:{port}", trust_env=False, timeout=60) as opened,
    ):
        yield opened


@pytest.fixture
def buyer(settings):
    def of(number):
        member = MembershipKey("jd", str(number))
        token = mint(settings, role=Role.CONSUMER, brand=BRAND, member=member)
        return {"authorization": f"Bearer {token}"}

    return of


def buy(client, headers, quantity=1):
    ticket = client.post("/flash/s1/tickets", headers=headers).json()["ticket"]
    wish = {"idempotencyKey": secrets.token_hex(4), "quantity": quantity}
    return client.post("/flash/s1/orders", json=wish, headers={"santong-ticket": ticket}).json()


def followed(client, headers, query, **variables):
    """The answers of a subscription, one after another, until whoever reads has enough."""
    body = {"query": query, "variables": variables}
    headers = {**headers, "accept": "text/event-stream"}
    with client.stream("POST", "/graphql", json=body, headers=headers) as answer:
        for line in answer.iter_lines():
            if line.startswith("data: {"):
                yield json.loads(line[6:])
            if line == "event: complete":
                return


def test_operations_see_each_second_what_was_answered(client, settings, buyer):
    assert buy(client, buyer(1), 2)["__typename"] == "Reserved"
    assert buy(client, buyer(1))["__typename"] == "LimitReached"
    for told in followed(client, bearer(settings), DESK):
        sale = told["data"]["flashSale"]["sale"]
        counts = {one["answer"]: one["count"] for one in sale["desk"]["answers"]}
        if len(counts) == 2:
            break
    assert counts == {"RESERVED": 1, "LIMIT_REACHED": 1}
    seconds = sale["desk"]["seconds"]
    assert sum(one["count"] for second in seconds for one in second["answers"]) == 2
    assert sum(one["remaining"] for one in sale["desk"]["pools"]) == 8
    assert (sale["targetUnits"], sale["figures"]["revenue"]["amount"]) == (20, "0.00")


def test_a_consumer_sees_what_everybody_may(client, buyer):
    first = next(followed(client, buyer(2), COARSE % ""))["data"]["flashSale"]
    assert first["state"] == "OPEN"
    assert first["leftPercent"] % 10 == 0
    kept = next(followed(client, buyer(2), COARSE % "sale { id desk { version } }"))
    assert kept["data"]["flashSale"]["sale"] == {"id": "s1", "desk": None}
    assert kept["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    missing = next(followed(client, buyer(2), (COARSE % "").replace("s1", "none")))
    assert missing["errors"][0]["extensions"]["code"] == "FLASH_SALE_UNKNOWN"


def test_a_buyer_follows_her_reservation_to_its_payment(client, settings, buyer):
    key = buy(client, buyer(3))["reservation"]
    states = []
    for told in followed(client, buyer(3), OWN, k=key):
        own = told["data"]["reservation"]
        states.append(own["state"])
        if states == ["PENDING"]:
            wish = {"reservation": own["id"], "idempotencyKey": "p"}
            body = {"query": PAY, "variables": {"i": wish}}
            client.post("/graphql", json=body, headers=bearer(settings, Role.SERVICE))
    assert states == ["PENDING", "PAID"]
    stranger = next(followed(client, buyer(4), OWN, k=key))
    assert stranger["errors"][0]["extensions"]["code"] == "FORBIDDEN"


def test_anybody_asks_how_a_sale_stands(client):
    told = client.get("/flash/s1")
    assert told.headers["cache-control"] == "public, max-age=1"
    stands = told.json()
    assert (stands["sale"], stands["state"]) == ("s1", "OPEN")
    assert set(stands) >= {"at", "opensAt", "closesAt", "leftPercent", "ordersPerSecond"}
    missing = client.get("/flash/none")
    assert (missing.status_code, missing.json()["errors"][0]["extensions"]["code"]) == (
        404,
        "FLASH_SALE_UNKNOWN",
    )


def test_a_stream_tells_when_a_sale_is_another(client, buyer):
    with client.stream("GET", "/flash/s1", headers={"accept": "text/event-stream"}) as answer:
        lines = (line for line in answer.iter_lines() if line.startswith("data: "))
        before = json.loads(next(lines)[6:])["leftPercent"]
        for number in range(10, 12):
            buy(client, buyer(number), 2)
        after = next(
            found for line in lines if (found := json.loads(line[6:])["leftPercent"]) != before
        )
    assert after < before


def test_one_address_takes_its_own_streams_and_nobody_elses(client):
    with ExitStack() as held:

        def stream(address):
            headers = {"accept": "text/event-stream", "x-forwarded-for": address}
            answer = held.enter_context(client.stream("GET", "/flash/s1", headers=headers))
            told = {} if answer.is_success else json.loads(answer.read())["errors"][0]["extensions"]
            return answer, (answer.status_code, told.get("code"), told.get("retryable"))

        # of one /64 somebody has every address, and what she says of herself stands further left
        greedy = [stream(f"198.51.100.{end}, 2001:db8::{end}")[0] for end in (1, 2)]
        assert [one.status_code for one in greedy] == [200, 200]
        assert stream("2001:db8::3")[1] == (429, "TOO_MANY_SUBSCRIPTIONS", False)
        assert client.get("/flash/s1", headers={"x-forwarded-for": "2001:db8::3"}).is_success
        others = (stream(f"192.0.2.{end}")[1] for end in range(8))
        found = list(takewhile(lambda one: one != (503, "TOO_MANY_SUBSCRIPTIONS", True), others))
        assert 1 <= len(found) <= 6
        assert set(found) == {(200, None, None)}
        greedy[0].close()
        assert any(stream("192.0.2.9")[0].is_success for _ in range(10_000))
