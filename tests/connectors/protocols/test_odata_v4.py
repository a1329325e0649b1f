"""OData V4: its literals, its envelope, and the options that stand within navigation."""

from datetime import UTC, date, datetime, time
from decimal import Decimal

import pytest
from msgspec import Struct

from capabilities.errors import BadInput, Garbled, Refused
from connectors._kit import Wire
from connectors.protocols.odata import V2, V4, ODataClient, Query, literals
from connectors.protocols.odata.filter import and_, eq, in_
from connectors.protocols.odata.literals import V2Literals, V4Literals
from connectors.protocols.odata.reads import reads_of
from tests.connectors._kit.raw_server import Peer, RawServer, answering, message

SERVICE = "/sap/opu/odata4/sap/api_salesorder/srvd_a2x/sap/salesorder/0001"
TWO, FOUR = V2Literals(), V4Literals()
GUID = "0050568d-4ae4-1ee1-a0fa-0a1b2c3d4e5f"


class Order(Struct):
    SalesOrder: str
    TotalNetAmount: Decimal | None = None


@pytest.fixture
async def wire(raw: RawServer):
    wire = Wire("sap", raw.url)
    yield wire
    await wire.aclose()


@pytest.fixture
def client(wire: Wire) -> ODataClient:
    return ODataClient(wire, SERVICE, dialect=V4(), fixed_params={"sap-client": "100"})


@pytest.mark.parametrize(
    ("name", "value", "v2", "v4"),
    [
        ("day", date(2026, 1, 2), "datetime'2026-01-02T00:00:00'", "2026-01-02"),
        (
            "local",
            datetime(2026, 1, 2, 3, 4, 5),  # noqa: DTZ001 - the system's own has no zone
            "datetime'2026-01-02T03:04:05'",
            "2026-01-02T03:04:05Z",
        ),
        (
            "instant",
            datetime(2026, 1, 2, 3, 4, 5, 678900, UTC),
            "datetimeoffset'2026-01-02T03:04:05.678900Z'",
            "2026-01-02T03:04:05.678900Z",
        ),
        ("clock", time(3, 4, 5), "time'PT03H04M05S'", "03:04:05"),
        ("decimal", Decimal("1.50"), "1.50m", "1.50"),
        ("guid", GUID, f"guid'{GUID}'", GUID),
    ],
)
def test_the_literals_of_both(name, value, v2, v4):
    assert getattr(TWO, name)(value).text == v2
    assert getattr(FOUR, name)(value).text == v4


@pytest.mark.parametrize("written", [TWO.guid, FOUR.guid, literals.integer])
@pytest.mark.parametrize("value", ["", "1 or 1 eq 1", f"{GUID} or true", "１２"])
def test_a_key_without_quotes_cannot_become_an_operator(written, value):
    with pytest.raises(BadInput):
        written(value)


def test_a_list_of_values():
    values = [literals.text("a"), literals.text("O'Brien")]
    assert in_("Name", values).text == "Name in ('a','O''Brien')"
    assert and_(in_("A", values[:1]), eq("B", values[0])).text == "A in ('a') and B eq 'a'"
    with pytest.raises(ValueError, match="at least one"):
        in_("Name", [])


@pytest.mark.parametrize(
    ("select", "expand", "v2", "v4"),
    [
        ((), (), {}, {}),
        (("A", "B"), (), {"$select": "A,B"}, {"$select": "A,B"}),
        ((), ("to_I",), {"$expand": "to_I"}, {"$expand": "to_I"}),
        (
            ("A", "to_I/X", "to_I/Y", "to_I/to_P/Z", "to_W"),
            ("to_I/to_P", "to_W"),
            {"$select": "A,to_I/X,to_I/Y,to_I/to_P/Z,to_W", "$expand": "to_I/to_P,to_W"},
            {"$select": "A", "$expand": "to_I($select=X,Y;$expand=to_P($select=Z)),to_W"},
        ),
        (
            ("Address/City", "to_I/Price/Value"),
            ("to_I",),
            {"$select": "Address/City,to_I/Price/Value", "$expand": "to_I"},
            {"$select": "Address/City", "$expand": "to_I($select=Price/Value)"},
        ),
    ],
)
def test_what_is_read(select, expand, v2, v4):
    reads = reads_of(select, expand)
    assert V2().reading(reads) == v2
    assert V4().reading(reads) == v4


@pytest.mark.parametrize("prefix", ["@odata.", "@"])
async def test_the_request_and_the_page(raw: RawServer, client: ODataClient, prefix):
    rows = [{"@odata.etag": 'W/"1"', "SalesOrder": "1", "TotalNetAmount": 12.50}]
    link = f"https://inner.sap:44300{SERVICE}/SalesOrder?$skiptoken=1"
    raw.script = answering(200, {"value": rows, f"{prefix}count": 7, f"{prefix}nextLink": link})
    asked = Query(
        entity="SalesOrder",
        filters=eq("SalesOrderDate", FOUR.day(date(2026, 1, 2))),
        select=("SalesOrder", "_Item/Product"),
        expand=("_Item",),
        order_by=("SalesOrderDate desc",),
        top=1,
        count=True,
    )
    page = await client.page(asked, Order)
    assert (page.rows, page.count, page.next_link) == ((Order("1", Decimal("12.50")),), 7, link)
    assert str(page.rows[0].TotalNetAmount) == "12.5"
    options = (
        "$filter=SalesOrderDate%20eq%202026-01-02",
        "$select=SalesOrder",
        "$expand=_Item($select%3DProduct)",
        "$orderby=SalesOrderDate%20desc",
        "$top=1",
        "$count=true",
    )
    assert raw.targets == [f"{SERVICE}/SalesOrder?sap-client=100&" + "&".join(options)]
    assert b"OData-MaxVersion: 4.01" in raw.requests[0]


async def test_links_are_asked_from_our_own_base(raw: RawServer, client: ODataClient):
    async def script(peer: Peer) -> None:
        place = int(peer.query.get("$skiptoken", "0"))
        more = b',"@odata.nextLink":"SalesOrder?$skiptoken=%d"' % (place + 1) if place < 2 else b""
        peer.send(message(200, b'{"value":[{"SalesOrder":"%d"}]%b}' % (place, more)))

    raw.script = script
    gathered = await client.all(Query(entity="SalesOrder"), Order, max_calls=5)
    assert [row.SalesOrder for row in gathered.rows] == ["0", "1", "2"]
    raw.script = answering(200, {"value": [], "@odata.nextLink": "https://evil.example/x"})
    with pytest.raises(Garbled, match="leaves"):
        await client.all(Query(entity="SalesOrder"), Order)


async def test_a_single_entity_and_a_key_of_parts(raw: RawServer, client: ODataClient):
    raw.script = answering(200, {"SalesOrder": "1"})
    parts = {"SalesOrder": literals.text("1"), "SalesOrderItem": literals.integer(10)}
    assert await client.one("SalesOrderItem", parts, Order) == Order("1")
    assert await client.one("SalesOrder", FOUR.guid(GUID), Order) == Order("1")
    assert raw.targets == [
        f"{SERVICE}/SalesOrderItem(SalesOrder='1',SalesOrderItem=10)?sap-client=100",
        f"{SERVICE}/SalesOrder({GUID})?sap-client=100",
    ]


async def test_errors(raw: RawServer, client: ODataClient):
    raw.script = answering(400, {"error": {"code": "SY/530", "message": "plain text in V4"}})
    with pytest.raises(Refused, match="SY/530"):
        await client.page(Query(entity="SalesOrder"), Order)
    raw.script = answering(200, {"d": {"results": []}})
    with pytest.raises(Garbled, match="shape"):
        await client.page(Query(entity="SalesOrder"), Order)
