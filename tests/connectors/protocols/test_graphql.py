"""GraphQL sections over a server that executes them: batches, pages, errors inside answers."""

from zoneinfo import ZoneInfo

import pytest

from capabilities.errors import (
    ChannelError,
    Denied,
    Garbled,
    Overloaded,
    Refused,
    Unavailable,
)
from capabilities.estate import Capability, ConnectorSpec, Limits
from capabilities.order.records import OrderFilter, OrderStatus
from capabilities.page import PageAsk
from connectors._kit import LATCHED, SilentObserver
from connectors.connector import connect
from connectors.manifest import ManifestError, compile_manifest, read_manifest
from tests.connectors._kit.raw_server import Peer, RawServer, message
from tests.connectors.protocols.graphql_shop import ORDERS, Shop

MANIFEST = """\
system: acme
title: Acme
version: "1"
protocol: graphql
address: "{base_url}"
auth: { kind: basic, user: reader, password: password }
fragments:
  order: "on Order { id shop state buyer placed total }"
errors: { not_found: [GONE], refused: [TOO_FAR], left_out: [HIDDEN] }
orders:
  channel: { from: shop }
  currency: CNY
  record:
    number: id
    status: { from: state, map: { open: CONFIRMED, done: COMPLETED } }
    customer: buyer
    placed_at: { from: placed, as: instant }
    money: { record: { total: total } }
  order: { ties: complete, by: placed, newest: DOWN, oldest: UP, page_max: 5 }
  by_key:
    %(by_key)s
  by_customer:
    document: >-
      query($customer: ID!, $first: Int, $after: String, $until: String, $direction: Way) {
      buyer(number: $customer) {
      orders(first: $first, after: $after, until: $until, way: $direction)
      { nodes { ...order } pageInfo { hasNextPage endCursor } } } }
    rows: buyer.orders.nodes[]
  search:
    %(search)s
    filters:
      status: { push: states, values: { CONFIRMED: [open] } }
      placed_at: { window: true }
"""
BY_ALIAS = """document: >-
      query($shop: String!, $number: ID!) { order(shop: $shop, number: $number)
      { __typename ...order } }
    rows: order
    types: { Order: row, Gone: not_found, Forbidden: denied }
    keys: "(?P<shop>[ab])-(?P<number>.+)" """
BY_LIST = """document: "query($keys: [ID!]!) { many(ids: $keys) { __typename ...order } }"
    rows: many[]
    types: { Order: row, Gone: not_found, Forbidden: denied }
    keys: "[0-9]+"
    batch: 3"""
BY_CURSOR = """document: >-
      query($first: Int, $after: String, $since: String, $until: String, $channels: [String!],
      $states: [String!], $direction: Way) { orders(first: $first, after: $after, since: $since,
      until: $until, shops: $channels, states: $states, way: $direction)
      { edges { node { ...order } } pageInfo { hasNextPage endCursor } } }
    rows: orders.edges[].node"""
BY_ENDS = """document: >-
      query($first: Int, $after: String, $last: Int, $before: String) { joined(first: $first,
      after: $after, last: $last, before: $before) { nodes { ...order }
      pageInfo { hasNextPage endCursor hasPreviousPage startCursor } } }
    rows: joined.nodes[]"""
BY_OFFSET = """document: >-
      query($first: Int!, $offset: Int!, $direction: Way) { plain(first: $first, offset: $offset,
      way: $direction) { ...order } }
    rows: plain[]"""


@pytest.fixture
def shop(raw: RawServer) -> Shop:
    raw.script = shop = Shop()
    return shop


@pytest.fixture
async def opened(raw: RawServer, monkeypatch):
    monkeypatch.setenv("ACME_PASSWORD", "s3cret")
    kept = []

    async def open_(by_key=BY_LIST, search=BY_CURSOR):
        manifest = read_manifest(MANIFEST % {"by_key": by_key, "search": search}, "acme")
        spec = ConnectorSpec(
            name="acme",
            system="acme",
            settings={"base_url": raw.url},
            secrets={"password": "env:ACME_PASSWORD"},
            limits=Limits(deadline_ms=5000),
            channels={Capability.ORDER: {"a": "app", "b": "shop"}},
        )
        zone = ZoneInfo("Asia/Shanghai")
        connector = await connect(compile_manifest(manifest), spec, SilentObserver(), zone=zone)
        kept.append(connector)
        return connector

    yield open_
    for connector in kept:
        await connector.aclose()


async def walk(connector, size, *, newest=True, filters=None, after=None):
    rows = []
    while True:
        ask = PageAsk(first=size, channels=("app", "shop"), after=after, newest_first=newest)
        page = await connector.search_orders(filters or OrderFilter(), ask)
        rows += page.rows
        if not page.has_more:
            return [row.number for row in rows]
        after = page.rows[-1].sort_key


def in_our_order(rows=None):
    codes = {"a": "app", "b": "shop"}
    rows = ORDERS if rows is None else rows
    by_key = sorted(rows, key=lambda row: (codes[row["shop"]], row["id"]))
    return [row["id"] for row in sorted(by_key, key=lambda row: row["placed"], reverse=True)]


async def test_a_list_of_keys_is_asked_in_chunks_and_matched_by_key(shop, opened):
    connector = await opened()
    found = await connector.orders(["111", "999", "104", "100", "111", "x"])
    assert [one and one.number for one in found] == ["111", None, "104", "100", "111", None]
    assert sorted(tuple(one["variables"]["keys"]) for one in shop.asked) == [
        ("100",),
        ("111", "999", "104"),
    ]


async def test_each_alias_has_the_parts_of_its_key_and_shares_the_rest(shop, opened):
    document = BY_ALIAS.replace(
        "(?P<number>(?P<shop>[ab])?[0-9]+)", "(?P<shop>[ab])-(?P<number>.+)"
    )
    connector = await opened(
        by_key=document.replace("rows: order\n", "match: id\n    rows: order\n")
    )
    await connector.orders(["a-100", "b-101", "b-7"])
    (asked,) = shop.asked
    assert asked["variables"] == {
        "shop_0": "a",
        "number_0": "100",
        "shop_1": "b",
        "number_1": "101",
        "shop_2": "b",
        "number_2": "7",
    }
    assert asked["query"].count("...order") == 3
    assert asked["query"].count("fragment order") == 1


async def test_what_a_type_or_an_error_calls_missing_is_none(shop, opened):
    connector = await opened()
    assert await connector.orders(["999"]) == [None]
    with pytest.raises(Denied) as caught:
        await connector.orders(["100", "13"])
    assert "Forbidden" in caught.value.message
    assert await connector.orders(["0"]) == [None]


@pytest.mark.parametrize("search", [BY_CURSOR, BY_ENDS, BY_OFFSET])
@pytest.mark.parametrize("size", [1, 2, 5, 20])
async def test_pages_are_the_list_in_both_directions(shop, opened, search, size):
    connector = await opened(search=search)
    assert await walk(connector, size) == in_our_order()
    assert await walk(connector, size, newest=False) == in_our_order()[::-1]


async def test_short_pages_and_moments_larger_than_a_page_lose_nothing(shop, opened):
    shop.short = 2
    for search in (BY_CURSOR, BY_ENDS):
        connector = await opened(search=search)
        assert await walk(connector, 4) == in_our_order()
        assert await walk(connector, 4, newest=False) == in_our_order()[::-1]


async def test_filters_and_channels_are_pushed_down(shop, opened):
    connector = await opened()
    filters = OrderFilter(statuses=frozenset({OrderStatus.CONFIRMED}), channels=frozenset({"app"}))
    rows = [row for row in ORDERS if row["state"] == "open" and row["shop"] == "a"]
    assert await walk(connector, 20, filters=filters) == in_our_order(rows)
    assert shop.asked[0]["variables"]["states"] == ["open"]
    assert shop.asked[0]["variables"]["channels"] == ["a"]


@pytest.mark.parametrize("short", [100, 1])
async def test_each_customer_has_a_page_of_her_own_in_one_call(shop, opened, short):
    shop.short = short
    connector = await opened()
    ask = PageAsk(first=2, channels=("app", "shop"))
    pages = await connector.orders_by_customer(["0", "3", "nobody", "0"], OrderFilter(), ask)
    mine = [in_our_order([r for r in ORDERS if r["buyer"] == who]) for who in ("0", "3", "-", "0")]
    assert [[row.number for row in page.rows] for page in pages] == [one[:2] for one in mine]
    assert [page.has_more for page in pages] == [True, True, False, True]
    assert short == 1 or len(shop.asked) == 1


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        ("FORBIDDEN", Denied),
        ("THROTTLED", Overloaded),
        ("TOO_FAR", Refused),
        ("INTERNAL_SERVER_ERROR", Unavailable),
        ("SOMETHING_NEW", Refused),
    ],
)
async def test_an_error_in_status_200_is_our_error(shop, opened, code, fault):
    connector = await opened()
    shop.says = code
    with pytest.raises(ChannelError) as caught:
        await walk(connector, 2)
    assert type(caught.value) is fault
    assert code in caught.value.message
    assert "138" not in repr(caught.value)
    shop.says = None
    assert await walk(connector, 20) == in_our_order()


async def test_a_throttled_answer_says_when_the_bucket_is_full_enough(shop, opened):
    connector = await opened()
    shop.says = "THROTTLED"
    status = {"maximumAvailable": 1000, "currentlyAvailable": 40, "restoreRate": 50}
    shop.extensions = {"cost": {"requestedQueryCost": 140, "throttleStatus": status}}
    with pytest.raises(Overloaded) as caught:
        await walk(connector, 2)
    assert caught.value.retry_after_seconds == 2.0


async def test_a_caller_who_is_not_known_latches(shop, opened):
    connector = await opened()
    shop.says = "UNAUTHENTICATED"
    with pytest.raises(Denied):
        await walk(connector, 2)
    shop.says, calls = None, len(shop.asked)
    with pytest.raises(Denied) as caught:
        await walk(connector, 2)
    assert (caught.value.code, len(shop.asked)) == (LATCHED, calls)


async def test_data_beside_an_error_is_no_answer(raw, opened):
    body = b'{"data": {"many": [null]}, "errors": [{"message": "x", "path": ["many", 0]%s}]}'
    told = {"code": b""}

    async def script(peer: Peer) -> None:
        peer.send(message(200, body % told["code"]))

    raw.script = script
    connector = await opened()
    with pytest.raises(Unavailable):
        await connector.orders(["100"])
    told["code"] = b', "extensions": {"code": "GONE"}'
    assert await connector.orders(["100"]) == [None]
    told["code"] = b', "extensions": {"code": "HIDDEN"}'
    assert await connector.orders(["100"]) == [None]


@pytest.mark.parametrize(
    ("status", "body", "fault"),
    [
        (200, b'{"data": null}', Garbled),
        (200, b"{}", Garbled),
        (200, b"<html>", Garbled),
        (200, b'{"data": {"many": [{"__typename": "Stranger"}]}}', Garbled),
        (400, b'{"errors": [{"message": "x", "extensions": {"code": "THROTTLED"}}]}', Overloaded),
        (400, b'{"errors": [{"message": "x"}]}', Refused),
        (404, b"no", Refused),
        (500, b"no", Unavailable),
        (403, b"no", Denied),
    ],
)
async def test_the_body_and_the_status_decide(raw, opened, status, body, fault):
    async def script(peer: Peer) -> None:
        peer.send(message(status, body))

    raw.script = script
    connector = await opened()
    with pytest.raises(fault):
        await connector.orders(["100"])


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "orders(first: $first, after: $after, since",
            "orders(first: $first, after:: $after, since",
            "acme:34:5: Syntax Error: Unexpected ':'. (line 1, column 157 of the document)",
        ),
        (
            "$states: [String!], $direction",
            "$state: [String!], $direction",
            "unknown variable $state; did you mean 'states'?",
        ),
        ("rows: orders.edges[].node", "rows: orders.edge[].node", "did you mean 'edges'?"),
        ("rows: orders.edges[].node", "rows: orders/edges", "rows are named as in"),
        ("placed total }", "placed }", "reads 'total', which the document does not select"),
        ("on Order { id", "on Order { id {", "Syntax Error"),
        ("{ ...order } } pageInfo", "{ ...orders } } pageInfo", "there is no fragment 'orders'"),
        ("query($keys: [ID!]!)", "query($first: Int)", "$key (an alias each) or $keys (a list)"),
        ("__typename ...order", "...order", "select it"),
        ("way: $direction)\n      { edges", "shops: $channels)\n      { edges", None),
        (
            "{ hasNextPage endCursor } } }\n    rows: orders",
            "{ endCursor } } }\n    rows: orders",
            "selects pageInfo",
        ),
        ("ties: complete", "ties: keyset", "graphql pages by complete"),
        ("query($keys", "mutation($keys", "a document is one query"),
    ],
)
def test_documents_are_checked_when_the_manifest_is_loaded(old, new, said):
    text = MANIFEST % {"by_key": BY_LIST, "search": BY_CURSOR}
    assert text.count(old) == 1, old
    if said is None:
        read_manifest(text.replace(old, new), "acme")
        return
    with pytest.raises(ManifestError) as caught:
        read_manifest(text.replace(old, new), "acme")
    assert said in str(caught.value)
