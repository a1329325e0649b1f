"""REST lists over a server that gives them out in every common way."""

import json

import pytest
from msgspec import Struct

from capabilities.errors import BadInput, Denied, Garbled
from capabilities.estate import Limits
from connectors._kit import Reading, Wire, segment
from connectors.protocols.rest import (
    CutClientSide,
    LinkHeader,
    Offset,
    PageNumber,
    RestClient,
    Step,
    listed,
)
from connectors.protocols.rest.paging import Turn, next_link
from tests.connectors._kit.raw_server import Peer, RawServer, answering, message

BASE = "/wp-json/wc/v3"
ROWS = 7


class Thing(Struct):
    id: int


@pytest.fixture
async def wire(raw: RawServer):
    wire = Wire("shop", f"{raw.url}{BASE}", limits=Limits(deadline_ms=2000))
    yield wire
    await wire.aclose()


def shop(raw: RawServer, *, headers: bool = True):
    """A list of seven things, by page or by offset."""

    async def script(peer: Peer) -> None:
        size = int(peer.query.get("per_page", ROWS))
        page = int(peer.query.get("page", 1))
        start = int(peer.query.get("offset", (page - 1) * size))
        rows = [{"id": number} for number in range(ROWS)][start : start + size]
        named = {"X-WP-Total": str(ROWS), "X-WP-TotalPages": str(-(-ROWS // size))}
        if start + size < ROWS:
            link = f"https://shop.example{BASE}/orders?per_page={size}&page={page + 1}"
            named["Link"] = f'<https://x/first>; rel="first", <{link}>; rel="next"'
        peer.send(message(200, json.dumps(rows).encode(), named if headers else {}))

    raw.script = script


@pytest.mark.parametrize("headers", [True, False])
@pytest.mark.parametrize("size", [1, 3, 7, 10])
@pytest.mark.parametrize("kind", [PageNumber, Offset, LinkHeader])
async def test_every_way_gives_every_row_once(raw: RawServer, wire: Wire, kind, size, headers):
    if kind is LinkHeader and not headers:
        headers = True
    shop(raw, headers=headers)
    gathered = await RestClient(wire).all("orders", Thing, kind(size=size), max_calls=20)
    assert [row.id for row in gathered.rows] == list(range(ROWS))
    assert not gathered.truncated
    assert gathered.total == (ROWS if headers else None)
    least = -(-ROWS // size)
    assert gathered.calls == len(raw.requests)
    assert least <= gathered.calls <= least + (not headers)


async def test_bounds_say_that_more_may_exist(raw: RawServer, wire: Wire):
    shop(raw)
    client = RestClient(wire)
    by_calls = await client.all("orders", Thing, PageNumber(size=2), max_calls=2)
    assert (len(by_calls.rows), by_calls.truncated) == (4, True)
    by_rows = await client.all("orders", Thing, PageNumber(size=2), max_rows=3, max_calls=20)
    assert (len(by_rows.rows), by_rows.truncated) == (3, True)
    whole = await client.all("orders", Thing, CutClientSide(size=7))
    assert (len(whole.rows), whole.truncated) == (7, False)
    part = await client.all("orders", Thing, CutClientSide(size=6))
    assert (len(part.rows), part.truncated) == (6, True)


async def test_a_page_goes_on_with_its_step(raw: RawServer, wire: Wire):
    shop(raw)
    client = RestClient(wire, fixed_params={"status": "any"})
    for paginator in (PageNumber(size=5), Offset(size=5), LinkHeader(size=5)):
        first = await client.page("orders", Thing, paginator, params={"customer": "7"})
        assert (len(first.rows), first.total, first.cut) == (5, ROWS, False)
        assert first.next_step
        second = await client.page(
            "orders", Thing, paginator, params={"customer": "7"}, step=first.next_step
        )
        assert [row.id for row in second.rows] == [5, 6]
        assert second.next_step is None
    assert raw.targets[:4] == [
        f"{BASE}/orders?status=any&customer=7&page=1&per_page=5",
        f"{BASE}/orders?status=any&customer=7&page=2&per_page=5",
        f"{BASE}/orders?status=any&customer=7&offset=0&per_page=5",
        f"{BASE}/orders?status=any&customer=7&offset=5&per_page=5",
    ]
    assert raw.targets[5] == f"{BASE}/orders?per_page=5&page=2"


async def test_a_link_that_leaves_the_base_is_garbled(raw: RawServer, wire: Wire):
    raw.script = answering(200, [{"id": 1}], {"Link": '<http://169.254.169.254/>; rel="next"'})
    with pytest.raises(Garbled):
        await RestClient(wire).all("orders", Thing, LinkHeader())
    assert len(raw.requests) == 1


async def test_a_loop_is_garbled(raw: RawServer, wire: Wire):
    link = f"{BASE}/orders?page=1"
    raw.script = answering(200, [{"id": 1}], {"Link": f'<{link}>; rel="next"'})
    with pytest.raises(Garbled, match="round"):
        await RestClient(wire).all("orders", Thing, LinkHeader(), max_calls=1000)
    assert len(raw.requests) == 2


@pytest.mark.parametrize("total", ["-1", "1.5", "", "9" * 30, "七"])
async def test_a_count_that_is_no_number_is_garbled(total):
    turn = Turn(Step({"page": "1"}), 1, {"x-wp-total": total})
    with pytest.raises(Garbled):
        PageNumber().total(turn)


async def test_rows_inside_an_envelope_and_a_single_thing(raw: RawServer, wire: Wire):
    client = RestClient(wire, rows_at=("data", "list items"))
    raw.script = answering(200, {"data": {"list items": [{"id": 1}]}, "more": 1})
    page = await client.page("orders", Thing, CutClientSide())
    assert page.rows == (Thing(1),)
    raw.script = answering(200, {"id": 2})
    assert await client.one(f"orders/{segment('2')}", Thing) == Thing(2)
    raw.script = answering(404, {"code": "woocommerce_rest_shop_order_invalid_id"})
    assert await client.one("orders/3", Thing) is None


async def test_the_code_of_an_error_is_told(raw: RawServer, wire: Wire):
    body = {"code": "woocommerce_rest_cannot_view", "message": "Zhang", "data": {"status": 401}}
    raw.script = answering(401, body)
    with pytest.raises(Denied, match=r"shop answered 401 \(woocommerce_rest_cannot_view\)"):
        await RestClient(wire).page("orders", Thing, PageNumber())
    raw.script = answering(403, {"fault": {"name": "E-7"}})
    client = RestClient(wire, reading=Reading(error_code=("fault", "name")))
    with pytest.raises(Denied, match="E-7"):
        await client.page("orders", Thing, PageNumber())


def test_a_batch_is_one_parameter():
    assert listed(["1", "2", "3"]) == "1,2,3"
    with pytest.raises(BadInput):
        listed(["1,2", "3"])


@pytest.mark.parametrize(
    ("header", "link"),
    [
        ('<https://a/b?page=2>; rel="next"', "https://a/b?page=2"),
        ('<a>; rel="prev", <b,c>; title="x, y"; rel=next', "b,c"),
        ('<a>; rel="start next"', "a"),
        ('<a>; rel="nextish"', None),
        ('<a>; title="rel=next"', None),
        ("", None),
        ("garbage", None),
    ],
)
def test_link_headers(header, link):
    assert next_link(header) == link
