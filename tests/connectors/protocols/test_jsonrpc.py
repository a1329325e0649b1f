"""JSON-RPC sections: Odoo's traps, logons and their end, errors in status 200, keys of any size."""

import asyncio
import json
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from capabilities.errors import ChannelError, Denied, Garbled, Overloaded, Refused, Unavailable
from capabilities.estate import Capability, ConnectorSpec, Limits
from capabilities.order.records import OrderFilter, OrderStatus
from capabilities.page import PageAsk
from connectors._kit import LATCHED, SilentObserver
from connectors.connector import connect
from connectors.manifest import ManifestError, compile_manifest, read_manifest
from tests.connectors._kit.raw_server import Peer, RawServer, message
from tests.connectors.protocols.odoo_server import LARGE, ORDERS, OdooServer

MANIFEST = """\
system: acme
title: Acme
version: "1"
protocol: jsonrpc
address: "{base_url}"
jsonrpc:
  convention: odoo
  database: "{database}"
  user: "{username}"
  password: key
  context: { active_test: false }
errors: { throttled: [SlowDown] }
orders:
  resource: sale.order
  related: { order_line: sale.order.line }
  channel: {}
  currency: CNY
  record:
    number: id
    status: { from: state, map: { sale: CONFIRMED, draft: DRAFT, done: COMPLETED } }
    source_status: [client_order_ref, state]
    customer: "partner_id[0]"
    placed_at: { from: date_order, as: instant, zone: UTC }
    money: { record: { total: amount_total } }
    lines:
      each: order_line
      record: { ref: id, name: "product_id[1]", quantity: product_uom_qty }
  order: { ties: complete, by: date_order, page_max: 4 }
  by_key: { field: id, literal: integer, keys: "[1-9][0-9]*" }
  by_customer: { field: partner_id, literal: integer, keys: "[1-9][0-9]*" }
  search: { filters: { status: { push: state, values: { CONFIRMED: [sale] } } } }
"""


@pytest.fixture
def odoo(raw: RawServer) -> OdooServer:
    raw.script = server = OdooServer()
    return server


@pytest.fixture
async def opened(raw: RawServer, monkeypatch):
    kept = []

    async def open_(text=MANIFEST, key="k3y"):
        monkeypatch.setenv("ACME_KEY", key)
        spec = ConnectorSpec(
            name="acme",
            system="acme",
            settings={"base_url": raw.url, "database": "prod", "username": "reader"},
            secrets={"key": "env:ACME_KEY"},
            limits=Limits(deadline_ms=5000),
            channels={Capability.ORDER: {"*": "shop"}},
        )
        system, zone = compile_manifest(read_manifest(text, "acme")), ZoneInfo("Asia/Shanghai")
        kept.append(connector := await connect(system, spec, SilentObserver(), zone=zone))
        return connector

    yield open_
    for connector in kept:
        await connector.aclose()


async def walk(connector, size, *, newest=True, filters=None):
    rows, after = [], None
    while True:
        ask = PageAsk(first=size, channels=("shop",), after=after, newest_first=newest)
        page = await connector.search_orders(filters or OrderFilter(), ask)
        rows += page.rows
        if not page.has_more:
            return [row.number for row in rows]
        after = page.rows[-1].sort_key


def in_our_order():
    ties = sorted(ORDERS, key=lambda row: (len(str(row["id"])), row["id"]))
    return [str(row["id"]) for row in sorted(ties, key=lambda r: r["date_order"], reverse=True)]


async def test_a_batch_is_one_search_with_its_lines_by_one_more(odoo, opened):
    connector = await opened()
    found = await connector.orders([str(LARGE), "7", "100", "x", str(LARGE)])
    assert [one and one.number for one in found] == [str(LARGE), None, "100", None, str(LARGE)]
    orders, lines = odoo.asked
    assert orders[:5] == ["prod", 2, "k3y", "sale.order", "search_read"]
    assert orders[5] == [[["id", "in", [LARGE, 7, 100]]]]
    assert lines[5] == [[["id", "in", [1000, 1011, 2000, 2011]]]]
    assert set(orders[6]["fields"]) == {
        *("id", "state", "partner_id", "date_order"),
        *("amount_total", "client_order_ref", "order_line"),
    }


async def test_false_is_nothing_pairs_are_taken_apart_and_times_are_utc(odoo, opened):
    connector = await opened()
    anonymous, known = await connector.orders(["100", "101"])
    assert (anonymous.customer, known.customer) == (None, "8")
    assert known.source_status == ("state=draft",)
    assert known.placed_at.isoformat() == "2026-10-01T08:00:00+00:00"
    assert known.total.minor == 1110
    assert [(one.ref, one.name, one.quantity) for one in known.lines] == [
        ("1001", "[SKU2] 茶", Decimal("2.0")),
        ("2001", "[SKU0] 茶", Decimal("2.0")),
    ]


@pytest.mark.parametrize("size", [1, 2, 5, 20])
async def test_pages_are_the_list_with_archived_rows(odoo, opened, size):
    connector = await opened()
    assert await walk(connector, size) == in_our_order()
    assert await walk(connector, size, newest=False) == in_our_order()[::-1]


async def test_filters_and_customers_are_conditions(odoo, opened):
    connector = await opened()
    some = OrderFilter(statuses=frozenset({OrderStatus.CONFIRMED}))
    open_ones = {str(row["id"]) for row in ORDERS if row["state"] == "sale"}
    assert set(await walk(connector, 20, filters=some)) == open_ones
    assert ["state", "in", ["sale"]] in odoo.asked[0][5][0]
    ask = PageAsk(first=20, channels=("shop",))
    pages = await connector.orders_by_customer(["7", "8", "9"], OrderFilter(), ask)
    for customer, page in zip(("7", "8", "9"), pages, strict=True):
        mine = [r for r in ORDERS if r["partner_id"] and str(r["partner_id"][0]) == customer]
        assert {row.number for row in page.rows} == {str(row["id"]) for row in mine}


async def test_all_calls_share_one_logon(odoo, opened):
    connector = await opened()
    await asyncio.gather(*(connector.orders([str(100 + n)]) for n in range(10)))
    assert odoo.logons == 1


async def test_a_refused_key_is_tried_once_and_then_no_more(odoo, opened):
    connector = await opened(key="wrong")
    faults = await asyncio.gather(
        *(connector.orders([str(100 + n)]) for n in range(5)), return_exceptions=True
    )
    assert all(isinstance(one, Denied) for one in faults)
    assert (odoo.logons, odoo.asked) == (1, [])
    with pytest.raises(Denied) as caught:
        await connector.orders(["100"])
    assert caught.value.code == LATCHED


async def test_a_key_that_is_withdrawn_later_latches_too(odoo, opened):
    connector = await opened()
    await connector.orders(["100"])
    odoo.key = "another"
    with pytest.raises(Denied):
        await connector.orders(["100"])
    asked = len(odoo.asked)
    with pytest.raises(Denied) as caught:
        await connector.orders(["100"])
    assert (caught.value.code, len(odoo.asked), odoo.logons) == (LATCHED, asked, 1)


@pytest.mark.parametrize(
    ("raised", "fault"),
    [
        ("odoo.exceptions.AccessError", Denied),
        ("odoo.exceptions.UserError", Refused),
        ("odoo.exceptions.ValidationError", Refused),
        ("psycopg2.errors.SerializationFailure", Unavailable),
        ("acme.SlowDown", Overloaded),
        ("builtins.KeyError", Refused),
    ],
)
async def test_an_error_in_status_200_is_our_error(odoo, opened, raised, fault):
    connector = await opened()
    odoo.raises = raised
    with pytest.raises(ChannelError) as caught:
        await connector.orders(["100"])
    assert type(caught.value) is fault
    assert "138" not in repr(caught.value)
    odoo.raises = None
    assert await connector.orders(["100"])


async def test_a_missing_record_is_none(odoo, opened):
    connector = await opened()
    odoo.raises = "odoo.exceptions.MissingError"
    assert await connector.orders(["100"]) == [None]


# Tryton, whose sessions end.

TRYTON = (
    MANIFEST.replace("convention: odoo", "convention: tryton")
    .replace("  related: { order_line: sale.order.line }\n", "")
    .replace("partner_id[0]", "party.code")
    .replace("product_id[1]", "product.code")
)


class TrytonServer:
    def __init__(self) -> None:
        self.sessions, self.asked, self.status, self.error = ["s1"], [], 200, None

    async def __call__(self, peer: Peer) -> None:
        body = json.loads(peer.content)
        if body["method"] == "common.db.login":
            good = body["params"][1]["password"] == "k3y"
            told = {"id": 1, "result": [4, self.sessions[-1], None]}
            peer.send(message(200 if good else 401, json.dumps(told).encode()))
            return
        self.asked.append((peer.target, body))
        if f"Session {_shown(self.sessions[-1])}" not in peer.request.decode():
            peer.send(message(401, b"", {"Content-Type": "text/plain"}))
            return
        row = {
            "id": 5,
            "state": "done",
            "party": 9,
            "party.": {"id": 9, "code": "P9"},
            "date_order": _of("datetime", 2026, 10, 1, hour=8, minute=0, second=1, microsecond=7),
            "amount_total": {"__class__": "Decimal", "decimal": "12.50"},
            "order_line": [3],
            "order_line.": [{"id": 3, "product.": {"id": 1, "code": "T"}, "product_uom_qty": 2.5}],
        }
        told = {"id": 1, "result": [row]} if self.error is None else {"error": self.error}
        peer.send(message(self.status, json.dumps(told).encode()))


def _of(kind, year, month, day, **more):
    return {"__class__": kind, "year": year, "month": month, "day": day, **more}


def _shown(session):
    from base64 import b64encode  # noqa: PLC0415

    return b64encode(f"reader:4:{session}".encode()).decode()


async def test_typed_values_and_whole_paths_are_read(raw, opened):
    raw.script = server = TrytonServer()
    connector = await opened(TRYTON)
    (order,) = await connector.orders(["5"])
    assert (order.customer, order.total.minor, order.status) == ("P9", 1250, OrderStatus.COMPLETED)
    assert order.placed_at.isoformat() == "2026-10-01T08:00:01.000007+00:00"
    assert (order.lines[0].name, order.lines[0].quantity) == ("T", Decimal("2.5"))
    target, body = server.asked[0]
    assert (target, body["method"]) == ("/prod/rpc/", "model.sale.order.search_read")
    assert body["params"][0] == [["id", "in", [5]]]
    assert "order_line.product.code" in body["params"][4]


async def test_a_session_that_ended_is_renewed_once(raw, opened):
    raw.script = server = TrytonServer()
    connector = await opened(TRYTON)
    await connector.orders(["5"])
    server.sessions.append("s2")
    assert [one.number for one in await connector.orders(["5"])] == ["5"]
    assert len(server.asked) == 3


async def test_a_refused_logon_by_status_latches(raw, opened):
    raw.script = TrytonServer()
    connector = await opened(TRYTON, key="wrong")
    for code in ("UPSTREAM_DENIED", LATCHED):
        with pytest.raises(Denied) as caught:
            await connector.orders(["5"])
        assert caught.value.code == code


@pytest.mark.parametrize(
    ("status", "error", "fault"),
    [
        (200, ["UserError", ["林小满", "", None]], Refused),
        (200, ["ConcurrencyException", "x"], Unavailable),
        (200, ["'nonsense'", "Traceback 138"], Refused),
        (429, None, Overloaded),
        (403, None, Denied),
        (500, None, Unavailable),
    ],
)
async def test_error_arrays_and_statuses_are_our_errors(raw, opened, status, error, fault):
    raw.script = server = TrytonServer()
    connector = await opened(TRYTON)
    server.status, server.error = status, error
    with pytest.raises(ChannelError) as caught:
        await connector.orders(["5"])
    assert type(caught.value) is fault
    assert "138" not in repr(caught.value)
    assert "林" not in repr(caught.value)


@pytest.mark.parametrize("body", [b"{}", b'{"result": 5}', b'{"result": [{"id": []}]}', b"[]"])
async def test_an_answer_of_another_shape_is_garbled(raw, opened, body):
    async def script(peer: Peer) -> None:
        logon = b'"common"' in peer.content
        peer.send(message(200, b'{"result": 2}' if logon else body))

    raw.script = script
    connector = await opened()
    with pytest.raises(Garbled):
        await connector.orders(["100"])


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("convention: odoo", "convention: oddo", "7:3: 'oddo' is no choice; did you mean 'odoo'?"),
        ("convention: odoo", "convention: tryton", "'related' is for odoo"),
        ("number: id", "number: name", "'external_id' is missing"),
        ("by: date_order, ", "", "'by' is missing"),
        ('literal: integer, keys: "[1-9][0-9]*" }\n  by_c', "literal: guid }\n  by_c", "'guid' is"),
        ('  database: "{database}"\n', "", "'database' is missing"),
        ("ties: complete", "ties: keyset", "jsonrpc pages by complete"),
    ],
)
def test_faults_are_told_when_the_manifest_is_loaded(old, new, said):
    with pytest.raises(ManifestError) as caught:
        read_manifest(MANIFEST.replace(old, new, 1), "acme")
    assert said in str(caught.value)
