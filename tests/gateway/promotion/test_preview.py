"""A draft previewed over the orders that the platform keeps, in the graph and by command."""

import asyncio
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from capabilities.caller import MembershipKey, Role
from capabilities.order.facts import LineFact, OrderFact
from capabilities.order.records import OrderKind, OrderStatus
from gateway.platform import promotions as module
from gateway.promotion.previewing import Bounds
from store.engine import Store
from store.order.facts import OrderFacts
from tests.gateway.serving import BRAND, KEY, settings_for

NOON = datetime(2026, 11, 20, 4, tzinfo=UTC)
PREVIEW = """query P($id: String!, $since: Date!, $until: Date!, $channels: [String!]) {
  promotionPreview(id: $id, since: $since, until: $until, channels: $channels) {
    orders applied unpriced complete upto turnover { amount } discount { amount }
    days { day orders discount { amount } } channels { channelCode orders }
    reasons { why orders } } }"""
WEEK = {"id": "draft", "since": "2026-11-18", "until": "2026-11-24"}
TENTH = {
    "id": "draft",
    "name": "九折",
    "kind": "ITEM_DISCOUNT",
    "reward": {"percentOff": {"percent": "10"}},
    "startsAt": "2030-01-01T00:00:00Z",
}


def fact(number, net=1_000, **more):
    line = LineFact(ref="1", sku="SN-1", quantity=Decimal(2), net=net)
    return OrderFact(
        **{
            "channel": "jd",
            "number": f"{number}",
            "connector": "jd",
            "placed_at": NOON + timedelta(hours=number),
            "status": OrderStatus.COMPLETED,
            "currency": "CNY",
            "paid": net or 0,
            "lines": (line,),
            **more,
        }
    )


@pytest.fixture(scope="module")
def orders(gateway):
    """Ten that count, over two days, and one of each kind that does not."""
    some = [fact(number) for number in range(1, 10)]
    some += [fact(20, channel="mini")]
    other = [
        fact(31, status=OrderStatus.CANCELLED),
        fact(32, kind=OrderKind.RETURN),
        fact(33, currency="HKD"),
        fact(34, gone=True),
        fact(35, placed_at=NOON - timedelta(days=9)),
    ]
    unpriced = [fact(36, net=None)]

    async def record():
        store = Store.open(gateway.database, deadline_seconds=30)
        await OrderFacts(store, BRAND).record([*some, *other, *unpriced])
        await store.aclose()

    asyncio.run(record())
    made = gateway.change("createPromotion", "CreatePromotionInput", promotion=TENTH)
    assert made["status"] == "DRAFT"
    return gateway


def test_a_draft_is_weighed_over_sales_that_stand(orders):
    told = orders.data(PREVIEW, WEEK)
    assert (told["orders"], told["applied"], told["unpriced"], told["complete"]) == (
        10,
        10,
        1,
        True,
    )
    assert (told["turnover"]["amount"], told["discount"]["amount"]) == ("100.00", "10.00")
    assert [(one["day"], one["orders"]) for one in told["days"]] == [
        ("2026-11-20", 9),
        ("2026-11-21", 1),
    ]
    assert told["channels"] == [
        {"channelCode": "jd", "orders": 9},
        {"channelCode": "mini", "orders": 1},
    ]
    assert orders.data(PREVIEW, WEEK | {"channels": ["mini"]})["orders"] == 1
    assert orders.data(PREVIEW, WEEK | {"id": "none"}) is None


def test_a_preview_that_is_cut_says_how_far_it_came(orders, monkeypatch):
    monkeypatch.setattr(module, "_BOUNDS", Bounds(orders=4))
    monkeypatch.setattr("gateway.promotion.previewing._PAGE", 4)
    told = orders.data(PREVIEW, WEEK)
    assert (told["orders"], told["complete"]) == (4, False)
    assert told["upto"] == "2026-11-20T08:00:00.000Z"


@pytest.mark.parametrize(
    ("more", "role", "code"),
    [
        ({"until": "2026-11-17"}, Role.OPERATIONS, "PREVIEW_SPAN"),
        ({"until": "2027-11-17"}, Role.OPERATIONS, "PREVIEW_SPAN"),
        ({}, Role.SERVICE, "FORBIDDEN"),
        ({}, Role.CONSUMER, "FORBIDDEN"),
    ],
)
def test_it_is_for_those_who_run_promotions_and_reaches_so_far(orders, more, role, code):
    told = orders.ask(PREVIEW, WEEK | more, role)
    assert told["errors"][0]["extensions"]["code"] == code


def test_one_request_weighs_once(orders):
    one = 'promotionPreview(id: "draft", since: "2026-11-18", until: "2026-11-24") { orders }'
    told = orders.ask(f"{{ one: {one} two: {one} }}", {}, Role.OPERATIONS)
    assert told["errors"][0]["extensions"]["code"] == "QUERY_TOO_EXPENSIVE"


def test_who_bought_first_is_known_of_people(orders):
    async def record():
        store = Store.open(orders.database, deadline_seconds=30)
        hers = MembershipKey("jd", "42")
        again = [fact(50 + at, holder=hers, channel="app") for at in range(3)]
        await OrderFacts(store, BRAND).record(again)
        await store.aclose()

    asyncio.run(record())
    first = {**TENTH, "id": "first", "condition": {"firstPurchase": True}}
    orders.change("createPromotion", "CreatePromotionInput", promotion=first)
    told = orders.data(PREVIEW, WEEK | {"id": "first", "channels": ["app"]})
    assert (told["applied"], told["reasons"]) == (1, [{"why": "NOT_FIRST_PURCHASE", "orders": 2}])


def test_the_same_by_command_with_a_chart(orders, santong, tmp_path):
    settings = settings_for(tmp_path)
    own = {
        "SANTONG_DATABASE_URL": orders.database,
        "SANTONG_SECRET_KEY": KEY,
        "SANTONG_ESTATE": str(settings.estate),
        "SANTONG_HOME": str(tmp_path),
        "COLUMNS": "160",
    }
    span = ("--since", "2026-11-18", "--until", "2026-11-24", "--channel", "jd")
    told = santong("promotion", "preview", "draft", *span, **own)
    assert told.returncode == 0, told.stderr
    assert "9.00 of 90.00 CNY over 9 orders, 9 of them reduced" in told.stdout
    assert "1 more have lines of which nobody knows the price" in told.stdout
    assert any("2026-11-20" in line and "█" * 30 in line for line in told.stdout.splitlines())
    file = tmp_path / "half.yaml"
    file.write_text(
        'id: half\nname: half\nkind: ITEM_DISCOUNT\nreward: { type: percentOff, percent: "50" }\n',
        "utf-8",
    )
    told = santong("promotion", "preview", str(file), *span, **own)
    assert "45.00 of 90.00 CNY" in told.stdout
