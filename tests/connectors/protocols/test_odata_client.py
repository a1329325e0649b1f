"""OData V2 over a server that speaks it, with its traps."""

import asyncio
import json
import time
from decimal import Decimal

import pytest
from msgspec import Struct

from capabilities.errors import BadInput, Denied, Garbled, Refused, TimedOut, Unavailable
from capabilities.estate import Limits
from connectors._kit import Wire
from connectors.protocols.odata import Expanded, MaybeDeferred, ODataClient, Query, literals
from connectors.protocols.odata.filter import eq
from tests.connectors._kit.raw_server import Peer, RawServer, answering, message

SERVICE = "/sap/opu/odata/sap/API_SALES_ORDER_SRV"
ORDERS = Query(entity="A_SalesOrder")


class Item(Struct):
    SalesOrderItem: str
    NetAmount: Decimal | None = None


class Partner(MaybeDeferred, frozen=True, kw_only=True):
    Name: str | None = None


class Order(Struct):
    SalesOrder: str
    to_Item: Expanded[Item] = Expanded()  # noqa: N815 - SAP's name
    to_Partner: Partner | None = None  # noqa: N815 - SAP's name


def collection(*numbers: int, **more: object) -> dict[str, object]:
    return {"d": {"results": [{"SalesOrder": str(number)} for number in numbers], **more}}


@pytest.fixture
async def wire(raw: RawServer):
    wire = Wire("sap", raw.url, limits=Limits(deadline_ms=400))
    yield wire
    await wire.aclose()


@pytest.fixture
def client(wire: Wire) -> ODataClient:
    return ODataClient(wire, SERVICE, fixed_params={"sap-client": "100"})


async def test_the_request_and_the_page(raw: RawServer, client: ODataClient):
    raw.script = answering(200, collection(1, 2, __count="17", __next="http://inner/x"))
    page = await client.page(
        Query(
            entity="A_SalesOrder",
            filters=eq("SoldToParty", literals.text("O'Brien & Co")),
            select=("SalesOrder", "to_Item/NetAmount"),
            expand=("to_Item",),
            order_by=("SalesOrderDate desc", "SalesOrder"),
            top=2,
            skip=4,
            count=True,
        ),
        Order,
    )
    assert [row.SalesOrder for row in page.rows] == ["1", "2"]
    assert (page.count, page.next_link) == (17, "http://inner/x")
    options = (
        "$filter=SoldToParty%20eq%20'O''Brien%20%26%20Co'",
        "$select=SalesOrder,to_Item/NetAmount",
        "$expand=to_Item",
        "$orderby=SalesOrderDate%20desc,SalesOrder",
        "$top=2",
        "$skip=4",
        "$inlinecount=allpages",
    )
    start = f"{SERVICE}/A_SalesOrder?$format=json&sap-client=100&"
    assert raw.targets == [start + "&".join(options)]


async def test_navigation_is_expanded_deferred_or_null(raw: RawServer, client: ODataClient):
    deferred = {"__deferred": {"uri": "http://inner/x"}}
    rows = [
        {
            "SalesOrder": "1",
            "to_Item": {"results": [{"SalesOrderItem": "10", "NetAmount": "1.50"}]},
        },
        {"SalesOrder": "2", "to_Item": deferred, "to_Partner": deferred},
        {"SalesOrder": "3", "to_Item": {"results": []}, "to_Partner": {"Name": "林"}},
        {"SalesOrder": "4", "to_Partner": None},
    ]
    raw.script = answering(200, {"d": {"results": rows}})
    one, two, three, four = (await client.page(ORDERS, Order)).rows
    assert one.to_Item.results == (Item("10", Decimal("1.50")),)
    assert two.to_Item.results is None
    assert two.to_Item.deferred
    assert two.to_Partner
    assert two.to_Partner.deferred
    assert three.to_Item.results == ()
    assert three.to_Partner == Partner(Name="林")
    assert four.to_Partner is None


async def test_a_single_entity(raw: RawServer, client: ODataClient):
    raw.script = answering(200, {"d": {"SalesOrder": "1"}})
    order = await client.one("A_SalesOrder", literals.text("a'1"), Order, expand=("to_Item",))
    assert order
    assert order.SalesOrder == "1"
    assert raw.targets == [
        f"{SERVICE}/A_SalesOrder('a''1')?$format=json&sap-client=100&$expand=to_Item"
    ]
    raw.script = answering(404, {"error": {"code": "X"}})
    assert await client.one("A_SalesOrder", literals.text("2"), Order) is None


async def test_a_key_cannot_leave_its_place(raw: RawServer, client: ODataClient):
    for key in ("../../x", "a/b", "1')/to_Item('2"):
        with pytest.raises(BadInput):
            await client.one("A_SalesOrder", literals.text(key), Order)
    assert raw.requests == []


async def test_all_follows_links_that_name_another_host(raw: RawServer, client: ODataClient):
    async def script(peer: Peer) -> None:
        place = int(peer.query.get("$skiptoken", "0"))
        link = f"http://sapprd.internal:50000{SERVICE}/A_SalesOrder?$skiptoken={place + 1}"
        more = {"__next": link} if place < 2 else {}
        peer.send(message(200, json.dumps(collection(place, **more)).encode()))

    raw.script = script
    gathered = await client.all(ORDERS, Order, max_calls=10)
    assert [row.SalesOrder for row in gathered.rows] == ["0", "1", "2"]
    assert (gathered.calls, gathered.truncated) == (3, False)
    bounded = await client.all(ORDERS, Order, max_calls=2)
    assert (len(bounded.rows), bounded.calls, bounded.truncated) == (2, 2, True)
    cut = await client.all(ORDERS, Order, max_rows=1, max_calls=10)
    assert (len(cut.rows), cut.calls, cut.truncated) == (1, 1, True)


@pytest.mark.parametrize(
    "link",
    ["http://evil.example/steal", f"{SERVICE}/../API_BUSINESS_PARTNER/X", "http://evil/x\r\nA: b"],
)
async def test_a_link_that_leaves_the_service_is_garbled(raw: RawServer, client: ODataClient, link):
    raw.script = answering(200, collection(1, __next=link))
    with pytest.raises(Garbled):
        await client.all(ORDERS, Order)
    with pytest.raises(Garbled):
        await client.follow(link, Order)
    assert len(raw.requests) == 1


async def test_a_loop_of_links_is_garbled(raw: RawServer, client: ODataClient):
    raw.script = answering(200, collection(1, __next="A_SalesOrder?$skiptoken=1"))
    with pytest.raises(Garbled, match="round"):
        await client.all(ORDERS, Order, max_calls=1000)
    assert len(raw.requests) == 2


async def test_all_pages_have_one_deadline(raw: RawServer, client: ODataClient):
    async def slow(peer: Peer) -> None:
        await asyncio.sleep(0.15)
        number = len(raw.requests)
        link = f"A_SalesOrder?$skiptoken={number}"
        peer.send(message(200, b'{"d":{"results":[],"__next":"%s"}}' % link.encode()))

    raw.script = slow
    started = time.perf_counter()
    with pytest.raises(TimedOut):
        await client.all(ORDERS, Order, max_calls=100)
    assert time.perf_counter() - started < 0.44 + 0.1


@pytest.mark.parametrize(
    ("status", "body", "media", "expected", "words"),
    [
        (
            500,
            b'{"error":{"code":"SY/530","message":{"value":"x"}}}',
            "application/json",
            Unavailable,
            "SY/530",
        ),
        (
            400,
            b'<error xmlns="urn:m"><code>005056A509B11EE1</code></error>',
            "application/xml",
            Refused,
            "005056A",
        ),
        (200, b"<html>logon</html>", "text/html", Denied, "a page"),
        (200, b'{"error":{"code":"SY/530"}}', "application/json", Refused, "SY/530"),
        (200, b'{"d":{"results":[],"__count":"many"}}', "application/json", Garbled, "count"),
        (200, b'{"d":{"SalesOrder":"1"}}', "application/json", Garbled, "shape"),
        (200, b'{"d":{"results":[{"SalesOrder":1}]}}', "application/json", Garbled, "SalesOrder"),
        (404, b"", "application/json", Refused, "404"),
    ],
)
async def test_errors(raw: RawServer, client: ODataClient, status, body, media, expected, words):
    async def script(peer: Peer) -> None:
        peer.send(message(status, body, media=media))

    raw.script = script
    with pytest.raises(expected, match=words) as caught:
        await client.page(ORDERS, Order)
    assert type(caught.value) is expected


@pytest.mark.parametrize(
    "order", ["SalesOrder; drop", "SalesOrder descending", "a desc, b", " desc"]
)
async def test_a_sort_order_is_checked(client: ODataClient, order):
    with pytest.raises(ValueError, match="no"):
        await client.page(Query(entity="A_SalesOrder", order_by=(order,)), Order)
