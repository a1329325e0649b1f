"""The mock upstream: prepared bytes are the rows that were declared, batches are their singles."""

import asyncio
import json

import pytest

from bench.upstream import members
from bench.upstream.__main__ import Upstream
from bench.upstream.answers import Asked, answer
from bench.upstream.lists import LENGTH

SYSTEMS = ("sap", "shop", "pos")


def _ask(target):
    body = answer(target.encode(), Asked())
    assert body is not None
    return json.loads(body)


def _customers(system, *some):
    return _ask(f"/{SYSTEMS[system]}/customers?phone={'%2C'.join(map(members.phone, some))}")


def _orders(system, *some, **params):
    asked = "%2C".join(str(members.customer(one, system)) for one in some)
    more = "".join(f"&{name}={value}" for name, value in params.items())
    return _ask(f"/{SYSTEMS[system]}/orders?customer={asked}{more}")


@pytest.mark.parametrize(("system", "number"), [(0, "customer"), (1, "id"), (2, "person_id")])
def test_a_customer_is_found_by_phone(system, number):
    (row,) = _customers(system, 42)
    assert str(row[number]) == str(members.customer(42, system))
    assert members.phone(42) in str(row)


@pytest.mark.parametrize(
    ("system", "number", "lines", "amount", "total"),
    [
        (0, "salesOrder", "items", "netAmount", "netAmount"),
        (1, "id", "line_items", "total", "total"),
        (2, "sale_id", "items", "amount", "total"),
    ],
)
def test_an_order_is_the_one_declared(system, number, lines, amount, total):
    rows = _orders(system, 42)
    for row, order in zip(rows, members.orders(42, system), strict=True):
        assert str(row[number]) == str(order.number)
        assert [_cents(one[amount]) for one in row[lines]] == [one.cents for one in order.lines]
        assert _cents(row[total]) == order.cents


def _cents(text):
    return int(text.replace(".", ""))


@pytest.mark.parametrize("system", range(3))
def test_a_batch_is_its_singles(system):
    some = (7, 42, 99_999)
    assert _customers(system, *some) == [row for one in some for row in _customers(system, one)]
    assert _orders(system, *some, limit=2) == [
        row for one in some for row in _orders(system, one, limit=2)
    ]


def test_an_order_is_found_by_its_number():
    rows = _orders(1, 42)
    asked = "%2C".join([str(rows[3]["id"]), "1", str(rows[0]["id"])])
    assert _ask(f"/shop/orders?number={asked}") == [rows[3], rows[0]]


def test_limit_offset_and_time_restrict_a_list():
    whole = _orders(1, 42)
    assert _orders(1, 42, limit=2, offset=1) == whole[1:3]
    assert _orders(1, 42, until=whole[1]["date_created_gmt"]) == whole[2:]
    assert _customers(1, members.MEMBERS) == []


def test_the_same_place_of_a_long_list_is_always_the_same_row():
    page = _ask("/list/3/orders?limit=50")
    again = _ask(f"/list/3/orders?limit=10&until={page[19]['created']}")
    assert again == page[20:30]
    assert [row["created"] for row in page] == sorted(
        (row["created"] for row in page), reverse=True
    )
    assert _ask(f"/list/3/orders?limit=9&offset={LENGTH}") == []


def test_no_two_long_lists_share_a_moment():
    moments = [
        row["created"] for source in range(100) for row in _ask(f"/list/{source}/orders?limit=3")
    ]
    assert len(set(moments)) == len(moments)


async def test_it_speaks_http_and_counts():
    asked = Asked()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Upstream(asked, 0.001), "127.0.0.1", 0)
    async with server:
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        target = f"/shop/customers?phone={members.phone(1)}"
        # two requests that arrive in odd pieces
        whole = f"GET {target} HTTP/1.1\r\nhost: x\r\n\r\nGET /nothing HTTP/1.1\r\n\r\n".encode()
        writer.write(whole[:30])
        await writer.drain()
        writer.write(whole[30:])
        head = await reader.readuntil(b"\r\n\r\n")
        size = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        assert json.loads(await reader.readexactly(size)) == _customers(1, 1)
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 404")
        writer.close()
    assert (asked.calls, asked.keys, asked.rows) == (2, 1, 1)
