"""REST as manifests declare it, against a server that gives its lists out in every way."""

import json
import random
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, parse_qsl, unquote, urlsplit
from zoneinfo import ZoneInfo

import pytest

from capabilities.errors import Denied, Garbled, Overloaded, Refused
from capabilities.estate import Capability, ConnectorSpec, Limits
from capabilities.order.records import OrderFilter
from capabilities.page import PageAsk
from connectors._kit import SilentObserver
from connectors.connector import connect
from connectors.manifest import compile_manifest, read_manifest
from tests.connectors._kit.raw_server import Peer, answering, message

HEAD = """\
system: acme
title: Acme
version: "1"
protocol: rest
address: "{base_url}/api"
time: { zone: UTC }
"""
ORDERS = """\
orders:
  resource: orders
  channel: {}
  record:
    number: id
    placed_at: { from: created, as: instant }
    customer: customer
"""
FIRST = datetime(2026, 1, 1, tzinfo=UTC)
WINDOW = "before: before, after: after"
BOTH = "sort: sort, direction: dir"

LISTS = {
    "offset": (f"{{ limit: n, offset: at, {BOTH} }}", WINDOW),
    "offset, positions": (f"{{ limit: n, offset: at, {BOTH} }}", ""),
    "page": (f"{{ kind: page, limit: n, page: p, total_at: meta.total, {BOTH} }}", WINDOW),
    "page, positions": (f"{{ kind: page, limit: n, page: p, total_at: meta.total, {BOTH} }}", ""),
    "page from 0": (
        f"{{ kind: page, first: 0, limit: n, page: p, more_at: more, {BOTH} }}", WINDOW,
    ),
    "page, newest only": (
        "{ kind: page, limit: n, page: p, total_at: meta.total, only: newest }", WINDOW,
    ),
    "cursor": (f"{{ kind: cursor, limit: n, cursor: c, cursor_at: meta.next, {BOTH} }}", WINDOW),
    "next link": (f"{{ kind: next_link, limit: n, link_at: meta.link, {BOTH} }}", ""),
    "link header": (f"{{ kind: link_header, limit: n, {BOTH} }}", WINDOW),
    "keyset": (f"{{ kind: keyset, limit: n, cursor: behind, {BOTH} }}", WINDOW),
    "none": ("{ kind: none }", ""),
    "windows": (f"{{ kind: page, limit: n, page: p, total_at: meta.total, {BOTH} }}",
                f"{WINDOW}, window_days: 3, history_days: 3650"),
}  # fmt: skip


class Shop:
    """A list of orders that keeps its own order of rows that were placed at once."""

    def __init__(self, orders):
        self.orders = orders
        self.spans = []

    def query(self, peer: Peer):
        return dict(parse_qsl(urlsplit(peer.target).query) or parse_qsl(peer.content.decode()))

    async def script(self, peer: Peer) -> None:
        query = self.query(peer)
        newest = query.get("dir", "desc") == "desc"
        rows = [one for one in self.orders if self.within(one, query)]
        rows.sort(key=lambda one: (one["created"], one["id"]), reverse=newest)
        if "customer" in query:
            rows = [one for one in rows if one["customer"] == query["customer"]]
        size = int(query.get("n", 10_000))
        start = int(query.get("at", 0))
        if "p" in query:
            first = 0 if self.first_is_0 else 1
            start = (int(query["p"]) - first) * size
        if "c" in query:
            start = int(query["c"].removeprefix("c"))
        if "behind" in query:
            start = [one["id"] for one in rows].index(query["behind"]) + 1
        part, end = rows[start : start + size], start + size
        more = end < len(rows)
        link = f"/api/orders?{self.again(query, end)}"
        meta = {"total": str(len(rows))} | ({"next": f"c{end}", "link": link} if more else {})
        headers = {"Link": f'<http://elsewhere{link}>; rel="next"'} if more else {}
        body = {"data": {"list": part}, "meta": meta, "more": more}
        peer.send(message(200, json.dumps(body).encode(), headers))

    first_is_0 = False

    def within(self, one, query):
        if {"before", "after"} <= set(query):
            span = [datetime.fromisoformat(query[name]) for name in ("after", "before")]
            self.spans.append(span[1] - span[0])
        placed = one["created"][:19]
        return query.get("after", "") <= placed <= query.get("before", "9")

    def again(self, query, end):
        kept = {name: value for name, value in query.items() if name not in ("c", "at")}
        return "&".join(f"{name}={value}" for name, value in {**kept, "at": str(end)}.items())


def some_orders(seed, most=150):
    """Few moments, so that many orders share one."""
    rng = random.Random(seed)  # noqa: S311 - draws rows
    return [
        {
            "id": f"{number:04}",
            "customer": rng.choice("123"),
            "created": (FIRST + timedelta(hours=rng.randrange(24) * 12)).isoformat(),
        }
        for number in range(rng.randrange(most))
    ]


@pytest.fixture
async def opened(raw, monkeypatch):
    monkeypatch.setenv("ACME_KEY", "hidden-key")
    made = []

    async def open_it(text, **limits):
        system = compile_manifest(read_manifest(HEAD + text, "acme"))
        spec = ConnectorSpec(
            name="acme",
            system="acme",
            settings={"base_url": raw.url},
            secrets={"key": "env:ACME_KEY"},
            limits=Limits(**{"deadline_ms": 5000, **limits}),
            channels={one: {"*": "shop"} for one in Capability},
        )
        made.append(await connect(system, spec, SilentObserver(), zone=ZoneInfo("UTC")))
        return made[-1]

    yield open_it
    for one in made:
        await one.aclose()


async def walk(connector, size, *, newest=True, filters=None):
    found, after = [], None
    while True:
        ask = PageAsk(first=size, channels=("shop",), newest_first=newest, after=after)
        page = await connector.search_orders(filters or OrderFilter(), ask)
        found += [one.number for one in page.rows]
        if not page.has_more:
            return found
        after = page.rows[-1].sort_key


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("name", LISTS)
async def test_pages_of_every_kind_are_the_list(raw, opened, name, seed):
    paging, window = LISTS[name]
    shop = Shop(some_orders(seed))
    shop.first_is_0 = "first: 0" in paging
    raw.script = shop.script
    order = f"{{ ties: complete, by: time{', ' if window else ''}{window}, page_max: 20 }}"
    filters = "{ filters: { placed_at: { window: true } } }" if window else "{}"
    text = (
        f"paging: {paging}\n{ORDERS}  rows_at: data.list\n  order: {order}\n  search: {filters}\n"
    )
    connector = await opened(text)
    keys = sorted(shop.orders, key=lambda one: one["id"])
    newest = [one["id"] for one in sorted(keys, key=lambda one: one["created"], reverse=True)]
    assert await walk(connector, 7) == newest
    assert await walk(connector, 30, newest=False) == newest[::-1]
    if window:
        since = FIRST + timedelta(days=4)
        asked = OrderFilter(placed_from=since, placed_before=since + timedelta(days=5))
        mine = [
            one["id"]
            for one in shop.orders
            if asked.placed_from.isoformat() <= one["created"] < asked.placed_before.isoformat()
        ]
        assert sorted(await walk(connector, 9, filters=asked)) == sorted(mine)
    if name == "windows":
        assert max(shop.spans) <= timedelta(days=3, seconds=2)


async def test_a_row_that_arrives_while_a_list_is_read_backwards_loses_none(raw, opened):
    shop = Shop(some_orders(5))
    late = [
        {"id": f"9{n:03}", "customer": "1", "created": "2026-01-20T00:00:00+00:00"}
        for n in range(3)
    ]

    async def moving(peer: Peer) -> None:
        await shop.script(peer)
        if late and peer.query.get("n") == "1":
            shop.orders.append(late.pop())

    raw.script = moving
    paging, window = LISTS["page, newest only"]
    asks = f"  order: {{ ties: complete, by: t, {window} }}\n  search: {{}}\n"
    text = f"paging: {paging}\n{ORDERS}  rows_at: data.list\n{asks}"
    there = {one["id"] for one in shop.orders}
    assert there <= set(await walk(await opened(text), 11, newest=False))


KEYED = "paging: { kind: none }\n"


async def _asked(raw, opened, lookup, rows, *, calls="", keys=("1", "2")):
    seen = []

    async def script(peer: Peer) -> None:
        seen.append(peer)
        peer.send(message(200, json.dumps(rows(peer)).encode()))

    raw.script = script
    connector = await opened(f"{KEYED}{calls}{ORDERS}  by_key: {lookup}\n")
    found = await connector.orders(list(keys))
    return seen, [one and one.number for one in found]


async def test_keys_go_as_a_repeated_parameter(raw, opened):
    seen, found = await _asked(
        raw, opened, "{ param: id, several: repeat }", lambda _: [{"id": 2}, {"id": 1}]
    )
    assert seen[0].target == "/api/orders?id=1&id=2"
    assert found == ["1", "2"]


async def test_keys_go_as_a_list_in_a_body(raw, opened):
    seen, found = await _asked(
        raw,
        opened,
        "{ param: ids, several: list, call: orders/find, found_at: hits }",
        lambda _: {"hits": [{"id": 2}]},
        calls="calls: { method: POST, send: json }\n",
    )
    assert (seen[0].target, json.loads(seen[0].content)) == (
        "/api/orders/find",
        {"ids": ["1", "2"]},
    )
    assert found == [None, "2"]


async def test_a_key_of_several_parts_is_taken_apart(raw, opened):
    lookup = (
        "{ param: keys, several: list, call: find, item: { store: '{store}', no: '{no}' },"
        " keys: '(?P<store>[A-Z]+)-(?P<no>[0-9]+)' }"
    )
    seen, found = await _asked(
        raw,
        opened,
        lookup,
        lambda _: [{"id": "B-2"}, {"id": "A-1"}],
        calls="calls: { method: POST, send: json }\n",
        keys=("A-1", "odd", "B-2"),
    )
    assert json.loads(seen[0].content) == {
        "keys": [{"store": "A", "no": "1"}, {"store": "B", "no": "2"}]
    }
    assert found == ["A-1", None, "B-2"]


async def test_one_call_a_key_runs_side_by_side_and_404_is_none(raw, opened):
    async def script(peer: Peer) -> None:
        key = unquote(peer.target.rpartition("/")[2])
        peer.send(message(200, json.dumps({"id": key}).encode()) if key != "7" else message(404))

    raw.script = script
    failures = "failures: { statuses: { '404': none } }\n"
    lookup = "{ path: 'orders/{key}', batch: 1, keys: '[^,]+' }"
    connector = await opened(f"{KEYED}{failures}{ORDERS}  by_key: {lookup}\n")
    keys = [*"123456789", "a/../b", "x y"]
    found = await connector.orders(keys)
    numbers = [one and one.number for one in found]
    assert numbers == [*"123456", None, *"89", None, "x y"]
    assert "/api/orders/x%20y" in raw.targets
    assert len(raw.targets) == len(keys) - 1  # what leaves the base is not asked for


CODED = """\
paging: { kind: none }
calls: { method: POST, send: form, path: router/rest, name: method, wrap: biz }
parameters: { v: "2" }
failures:
  code: [error.sub, error.code, "{resource}_response.code"]
  ok: ["0"]
  none: [isv.not-exist]
  logon: ["27"]
  denied: [isv.permission*]
  retry: ["isp.*", "7"]
"""
FOUND = "call: trade.get, found_at: '{resource}_response.trade'"
BY_NAME = f"{CODED}{ORDERS}  by_key: {{ param: tid, {FOUND}, batch: 1 }}\n"


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ({"error": {"code": 15, "sub": "isp.busy"}}, Overloaded),
        ({"error": {"code": 7}}, Overloaded),
        ({"error": {"code": 11, "sub": "isv.permission-denied"}}, Denied),
        ({"error": {"code": 41, "sub": "isv.bad", "msg": "王小明 13800138000"}}, Refused),
        ({"trade_get_response": {"code": "99"}}, Refused),
        ({}, Garbled),
        ([], Garbled),
        ({"trade_get_response": {"trade": "none"}}, Garbled),
    ],
)
async def test_a_failure_in_a_200_is_our_error_and_leaks_nothing(raw, opened, body, kind):
    raw.script = answering(200, body)
    connector = await opened(BY_NAME)
    with pytest.raises(kind) as caught:
        await connector.orders(["1"])
    assert "王" not in f"{caught.value!r}{caught.value}"
    assert "13800138000" not in f"{caught.value!r}{caught.value}"


@pytest.mark.parametrize(
    "body",
    [{"error": {"code": 15, "sub": "isv.not-exist"}}, {"trade_get_response": {"code": "0"}}],
)
async def test_what_the_body_says_is_not_there_is_none(raw, opened, body):
    raw.script = answering(200, body)
    assert await (await opened(BY_NAME)).orders(["1"]) == [None]


async def test_calls_by_name_go_to_one_path_with_their_parameters_as_json(raw, opened):
    raw.script = answering(200, {"trade_get_response": {"code": "0", "trade": {"id": 1}}})
    found = await (await opened(BY_NAME)).orders(["1"])
    assert found[0].number == "1"
    assert raw.targets == ["/api/router/rest"]
    sent = parse_qs(raw.bodies[0].decode())
    assert sent == {"v": ["2"], "method": ["trade.get"], "biz": ['{"tid":"1"}']}


async def test_a_calls_name_may_stand_in_its_path(raw, opened):
    raw.script = answering(200, {"trade_get_response": {"code": "0", "trade": {"id": 1}}})
    manifest = BY_NAME.replace("path: router/rest", 'path: "v1/{resource}"')
    await (await opened(manifest)).orders(["1"])
    assert raw.targets == ["/api/v1/trade/get"]


async def test_a_body_that_ends_the_session_logs_on_once_more_and_then_latches(raw, opened):
    logons = []
    good = {"trade_get_response": {"trade": {"id": 1}}}
    takes = {"t2"}

    async def script(peer: Peer) -> None:
        if peer.target.endswith("/login"):
            logons.append(json.loads(peer.content))
            peer.send(message(200, json.dumps({"token": f"t{len(logons)}"}).encode()))
            return
        token = dict(parse_qsl(peer.content.decode()))["session"]
        body = good if token in takes else {"error": {"code": 27}}
        peer.send(message(200, json.dumps(body).encode()))

    raw.script = script
    login = "{ path: login, send: { user: me, password: '{key}' }, token_at: token }"
    text = f"auth: {{ kind: session, login: {login}, show: {{ param: session }} }}\n{BY_NAME}"
    connector = await opened(text)
    assert (await connector.orders(["1"]))[0].number == "1"
    assert logons == [{"user": "me", "password": "hidden-key"}] * 2
    takes.clear()
    with pytest.raises(Denied):
        await connector.orders(["1"])
    with pytest.raises(Denied):
        await connector.orders(["1"])
    assert len(logons) == 3
