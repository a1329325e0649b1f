"""Flash sales through the graph: bought as on the fast path, paid, cancelled, paid too late."""

import asyncio
import secrets
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import text

from capabilities.caller import MembershipKey, Role
from capabilities.flash.records import SHARED, FlashSale, SaleState
from gateway.app import create_app
from gateway.auth.tokens import mint
from store.engine import Store
from store.flash.sales import define
from store.flash.settling import expire
from tests.gateway.serving import BRAND, bearer, served, settings_for
from tests.migrated import migrated
from tests.work.flash_books import FlashBooks

NOW = datetime.now(UTC)
SALE = FlashSale(
    id="s1",
    sku="SN-1",
    price=990,
    opens_at=NOW - timedelta(hours=1),
    closes_at=NOW + timedelta(days=1),
    pools={SHARED: 10},
    state=SaleState.OPEN,
)
PLACE = """mutation ($i: PlaceFlashOrderInput!) { placeFlashOrder(input: $i) { __typename
  ... on Reserved { reservation replay } ... on UserError { code message } } }"""
SETTLE = """mutation ($i: SettleReservationInput!) { %s(input: $i) { __typename
  ... on FlashReservation { state reason } ... on UserError { code } } }"""
OWN = 'query ($k: ID!) { reservation(sale: "s1", key: $k) { id state saleId channelCode } }'


@pytest.fixture(scope="module")
def settings(tmp_path_factory, postgres, valkey):
    database = migrated(postgres, f"flashing_{secrets.token_hex(4)}")
    _at(database, lambda run: define(run, BRAND, SALE))
    return settings_for(
        tmp_path_factory.mktemp("flashing"),
        database_url=SecretStr(database),
        redis_url=SecretStr(valkey.url),
    )


def _at(database, work):
    async def done():
        store = Store.open(database, deadline_seconds=30)
        try:
            return await store.transaction(work)
        finally:
            await store.aclose()

    return asyncio.run(done())


@pytest.fixture(scope="module")
def client(settings):
    with (
        served(create_app(settings)) as (host, port),
        httpx.Client(base_url=f"http://{host}:{port}", trust_env=False, timeout=60) as opened,
    ):
        yield opened


class Buyer:
    def __init__(self, client, settings, number):
        self.client = client
        member = MembershipKey("jd", str(number))
        token = mint(settings, role=Role.CONSUMER, brand=BRAND, stores=[], member=member)
        self.headers = {"authorization": f"Bearer {token}"}

    def ask(self, query, variables, headers=None):
        body = {"query": query, "variables": variables}
        answer = self.client.post("/graphql", json=body, headers=headers or self.headers).json()
        assert "errors" not in answer, answer
        (found,) = answer["data"].values()
        return found

    def buy(self, key="k"):
        ticket = self.client.post("/flash/s1/tickets", headers=self.headers).json()["ticket"]
        return self.ask(PLACE, {"i": {"sale": "s1", "ticket": ticket, "idempotencyKey": key}})

    def own(self, key):
        return self.ask(OWN, {"k": key})

    def settle(self, how, named, key, headers=None):
        given = {"i": {"reservation": named, "idempotencyKey": key}}
        return self.ask(SETTLE % how, given, headers)


def test_a_reservation_is_bought_seen_and_paid(client, settings):
    buyer, other = Buyer(client, settings, 1), Buyer(client, settings, 2)
    bought = buyer.buy()
    assert (bought["__typename"], bought["replay"]) == ("Reserved", False)
    assert buyer.buy()["replay"]
    assert buyer.buy("more")["code"] == "LIMIT_REACHED"
    own = buyer.own(bought["reservation"])
    assert (own["state"], own["saleId"], own["channelCode"]) == ("PENDING", "s1", "jd")
    assert other.own(bought["reservation"]) is None, "nobody sees another's"
    assert other.settle("cancelReservation", own["id"], "c")["code"] == "RESERVATION_UNKNOWN"
    guide = bearer(settings, Role.GUIDE)
    assert buyer.ask(OWN, {"k": bought["reservation"]}, guide) is None
    refused = buyer.settle("cancelReservation", own["id"], "g", guide)
    assert refused["code"] == "RESERVATION_UNKNOWN", "a guide gives back nothing of strangers"
    desk = bearer(settings, Role.SERVICE)
    for key in ("p", "p", "again"):
        assert buyer.settle("payReservation", own["id"], key, desk)["state"] == "PAID"
    assert buyer.settle("cancelReservation", own["id"], "c1")["code"] == "RESERVATION_PAID"


def test_what_is_cancelled_may_be_bought_again(client, settings):
    buyer = Buyer(client, settings, 3)
    own = buyer.own(buyer.buy()["reservation"])
    gone = buyer.settle("cancelReservation", own["id"], "c3")
    assert (gone["state"], gone["reason"]) == ("RELEASED", "CANCELLED")
    assert buyer.buy("new")["__typename"] == "Reserved"


def test_a_payment_that_comes_too_late_goes_back(client, settings):
    buyer = Buyer(client, settings, 4)
    own = buyer.own(buyer.buy()["reservation"])
    database = settings.database_url.get_secret_value()
    _at(
        database,
        lambda run: run(
            text("UPDATE flash_reservations SET pay_until = now() WHERE state = 'PENDING'"), {}
        ),
    )
    _at(database, lambda run: expire(run, BRAND, "s1", 10))
    late = buyer.settle("payReservation", own["id"], "p4", bearer(settings, Role.SERVICE))
    assert late["code"] == "RESERVATION_RELEASED"
    told = _at(
        database,
        lambda run: run(text("SELECT channel FROM events WHERE topic = 'flash.paid_late'"), {}),
    )
    assert [row.channel for row in told] == ["s1"]


def test_a_reservation_shows_the_order_that_it_became(client, settings):
    buyer, desk = Buyer(client, settings, 6), bearer(settings, Role.SERVICE)
    key = buyer.buy()["reservation"]
    shown = """query ($k: ID!) { reservation(sale: "s1", key: $k) {
      id state orderState movedTo order { number status desk { history { action } } } } }"""
    before = buyer.ask(shown, {"k": key}, desk)
    assert (before["orderState"], before["order"]) == (None, None)
    _hear(settings)
    waits = buyer.ask(shown, {"k": key}, desk)
    assert (waits["state"], waits["orderState"]) == ("ORDERED", "PLACED")
    assert waits["order"]["status"] == "PENDING_PAYMENT"
    assert buyer.settle("payReservation", waits["id"], "p6", desk)["state"] == "PAID"
    _hear(settings)
    paid = buyer.ask(shown, {"k": key}, desk)["order"]
    assert paid["status"] == "CONFIRMED"
    assert [one["action"] for one in paid["desk"]["history"]] == ["PLACED", "PAID"]
    found = "query ($n: String!) { orders(filter: {number: $n}) { nodes { number placedAt } } }"
    listed = buyer.ask(found, {"n": paid["number"]}, desk)["nodes"]
    assert [one["number"] for one in listed] == [paid["number"]]


def _hear(settings):
    """Let the back door's consumers hear of everything."""
    database = settings.database_url.get_secret_value()

    async def heard():
        store = Store.open(database, deadline_seconds=30)
        try:
            await FlashBooks(store, BRAND, lambda _: None).hear()
        finally:
            await store.aclose()

    asyncio.run(heard())


def test_a_sale_shows_what_its_caller_may_see(client, settings):
    buyer = Buyer(client, settings, 5)
    asked = "query ($id: ID!) { flashSale(id: $id) { id state price { amount } %s } }"
    assert buyer.ask(asked % "", {"id": "s1"})["price"]["amount"] == "9.90"
    staff = buyer.ask(asked % "figures { remaining faults }", {"id": "s1"}, bearer(settings))
    assert staff["figures"]["faults"] == []
    assert buyer.ask(asked % "", {"id": "none"}) is None
