"""Money that waits for people: shown, given back or seen to, through the graph and by command."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import text

from capabilities.caller import Role
from capabilities.events import Subject
from capabilities.order.changing import cancelled, returned
from capabilities.order.history import OrderAction
from store.engine import Store
from store.order.held import Done
from store.order.open_payments import WaitingPayments
from tests.gateway.serving import KEY, bearer, opened, settings_for
from tests.migrated import migrated
from tests.store.order.holding import NOW, Books, order

ESTATE = """
brand: baiwei
channels:
  - {code: mini, name: 小程序, kind: MINI_PROGRAM}
  - {code: till, name: 门店, kind: STORE}
connectors: []
"""
OPEN = """query O($after: String) { openPayments(first: 2, after: $after) {
  count endCursor hasNextPage
  payments { provider transaction channelCode orderNumber amount { amount } outcome } } }"""
CLOSE = """mutation C($i: ClosePaymentInput!) { closePayment(input: $i) { __typename
  ... on PaymentClosed { transaction } ... on UserError { code } } }"""
# What people write down beside a reason must not stand in a trail that nothing is erased from.
WHY = "she called from 138 0013 8000"
_REUSED = "IDEMPOTENCY_KEY_REUSED"
_FORGET = text("TRUNCATE order_payments, platform_orders")
_ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def database(postgres):
    return migrated(postgres, "open_payments")


@pytest.fixture
def settings(tmp_path, database, valkey):
    return settings_for(tmp_path, ESTATE, database_url=database, redis_url=valkey.url)


@pytest.fixture
async def books(database):
    store = Store.open(database, deadline_seconds=30)
    yield Books(store, "baiwei")
    await store.rows(_FORGET)
    await store.aclose()


async def back(books, one, rule, action):
    """Give something of an order back, by a rule."""

    async def work(run):
        subject = Subject(key=one.number, channel=one.channel)
        (held,) = await books.orders.locked(run, [subject])
        given = rule(held)
        done = Done(action=action, author="ada", amount=given.amount)
        await books.orders.give_back(run, given, done, restock=False)

    await books.store.transaction(work)


async def waiting(books):
    """A late one, one too much, one in another currency and one of no order, in this order."""
    late, much, foreign = (order() for _ in range(3))
    for one in (late, much, foreign):
        await books.place(one)
    await back(books, late, lambda held: cancelled(held, NOW), OrderAction.CANCELLED)
    told = [(late, 500, "t1", "CNY"), (much, 3_000, "t2", "CNY"), (foreign, 9, "t3", "HKD")]
    told += [(order(number="404"), 7, "t4", "CNY"), (foreign, 100, "fine", "CNY")]
    for one, amount, name, currency in told:
        await books.confirm(one, amount, name, currency)
    return late, much


async def names(client, headers=None, after=None):
    found, told = [], {"hasNextPage": True, "endCursor": after}
    while told["hasNextPage"]:
        asked = {"query": OPEN, "variables": {"after": told["endCursor"]}}
        answer = (await client.post("/graphql", json=asked, headers=headers)).json()
        told = answer["data"]["openPayments"]
        found += told["payments"]
    assert told["count"] == len(found)
    return [(one["transaction"], one["outcome"], one["amount"]["amount"]) for one in found]


async def test_what_waits_is_listed_until_it_was_given_back_or_seen_to(settings, books):
    late, much = await waiting(books)
    async with opened(settings, Role.SERVICE) as client:
        whole = [
            ("t1", "LATE", "5.00"),
            ("t2", "OVERPAID", "30.00"),
            ("t3", "CURRENCY_DIFFERS", "0.09"),
            ("t4", "UNKNOWN_ORDER", "0.07"),
        ]
        assert sorted(await names(client)) == whole
        given = {"provider": "pay", "transaction": "t4", "reason": WHY, "idempotencyKey": "1"}
        refused = {"__typename": "PaymentDeclined", "code": "PAYMENT_NOT_OPEN"}
        for more, expected in (
            ({}, {"__typename": "PaymentClosed", "transaction": "t4"}),
            ({}, {"__typename": "PaymentClosed", "transaction": "t4"}),
            ({"reason": "x"}, {"__typename": "IdempotencyKeyReused", "code": _REUSED}),
            ({"idempotencyKey": "2"}, refused),
            ({"idempotencyKey": "3", "transaction": "fine"}, refused),
        ):
            asked = {"query": CLOSE, "variables": {"i": given | more}}
            told = (await client.post("/graphql", json=asked)).json()
            assert told["data"]["closePayment"] == expected
        await back(books, late, lambda held: returned(held, [], 500, NOW), OrderAction.RETURNED)
        assert [one[0] for one in sorted(await names(client))] == ["t2", "t3"]
        await back(books, much, lambda held: returned(held, [], 420, NOW), OrderAction.RETURNED)
        assert [one[0] for one in await names(client)] == ["t3"]
    (row,) = await books.rows("SELECT reason FROM audit_entries WHERE brand = :brand")
    assert row.reason == "she called from ***"


async def test_who_is_bound_to_stores_or_sells_sees_none_of_it(settings, books):
    await waiting(books)
    async with opened(settings, Role.SERVICE) as client:
        guide = bearer(settings, Role.GUIDE)
        asked = {"query": OPEN}
        told = (await client.post("/graphql", json=asked, headers=guide)).json()
        assert told["errors"][0]["extensions"]["code"] == "FORBIDDEN"
        wrong = {"query": OPEN, "variables": {"after": "x"}}
        told = (await client.post("/graphql", json=wrong)).json()
        assert told["errors"][0]["extensions"]["code"] == "BAD_CURSOR"


async def test_the_desk_of_an_order_shows_all_that_arrived_for_it(settings, books):
    _, much = await waiting(books)
    query = """query D($n: String!) { orders(filter: {number: $n}) { nodes { desk { payments {
      provider transaction outcome orderNumber } } } } }"""
    async with opened(settings, Role.SERVICE) as client:
        asked = {"query": query, "variables": {"n": much.number}}
        (node,) = (await client.post("/graphql", json=asked)).json()["data"]["orders"]["nodes"]
    (one,) = node["desk"]["payments"]
    assert (one["transaction"], one["outcome"]) == ("t2", "OVERPAID")


async def test_the_same_by_command(settings, books):
    await waiting(books)
    clean = {name: one for name, one in os.environ.items() if not name.startswith("SANTONG_")}
    own = {
        "SANTONG_DATABASE_URL": settings.database_url.get_secret_value(),
        "SANTONG_SECRET_KEY": KEY,
        "SANTONG_ESTATE": str(settings.estate),
        "SANTONG_HOME": str(settings.home),
        "COLUMNS": "200",
    }

    def santong(*words):
        command = [sys.executable, "-m", "gateway.cli", "payments", *words]
        return subprocess.run(
            command, cwd=_ROOT, env={**clean, **own}, capture_output=True, text=True, check=False
        )

    shown = santong("open")
    assert shown.returncode == 1
    assert all(name in shown.stdout for name in ("t1", "LATE", "5.00 CNY", "t4", "UNKNOWN_ORDER"))
    assert "fine" not in shown.stdout
    done = santong("close", "pay", "t4", "--reason", WHY)
    assert (done.returncode, done.stdout) == (0, "t4 waits for nobody any more\n")
    assert await WaitingPayments(books.store, books.brand).count(None) == 3
    reasons = await books.rows("SELECT reason FROM audit_entries WHERE brand = :brand")
    assert {row.reason for row in reasons} == {"she called from ***"}
