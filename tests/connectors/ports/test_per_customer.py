"""REST lists of many customers in one call: each gets the pages that she would get alone."""

import json
import random
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import pytest

from capabilities.estate import Capability, ConnectorSpec, Limits
from capabilities.member.person import phone_identity
from capabilities.order.records import OrderFilter
from capabilities.page import PageAsk
from connectors._kit import SilentObserver
from connectors.connector import connect
from connectors.manifest import compile_manifest, read_manifest
from tests.connectors._kit.raw_server import Peer, message

MANIFEST = """\
system: acme
title: Acme
version: "1"
protocol: rest
address: "{base_url}"
paging: { limit: per_page, offset: offset, sort: orderby, direction: order }
time: { zone: UTC }
memberships:
  resource: customers
  channel: {}
  record:
    number: id
    contact: { record: { phone: phone, phone_verified: { const: true } } }
  by_identity:
    PHONE: { param: phone, keys: "[+][0-9]+", spellings: ["{national}"] }
orders:
  resource: orders
  channel: {}
  record:
    number: id
    placed_at: { from: created, as: instant }
    customer: customer
  order: { ties: complete, by: date, before: before, after: after }
  by_customer: { param: customer, keys: "[0-9]+", per_customer: true }
"""


@pytest.fixture
async def connector(raw):
    system = compile_manifest(read_manifest(MANIFEST, "acme"))
    spec = ConnectorSpec(
        name="acme",
        system="acme",
        settings={"base_url": raw.url},
        limits=Limits(deadline_ms=5000),
        channels={one: {"*": "shop"} for one in Capability},
    )
    opened = await connect(system, spec, SilentObserver(), zone=ZoneInfo("UTC"))
    yield opened
    await opened.aclose()


def shop(orders):
    """A shop whose `per_page` and `offset` hold for each customer."""

    async def script(peer: Peer) -> None:
        query = peer.query
        start, size = int(query["offset"]), int(query["per_page"])
        rows, count = [], 0
        for customer in query["customer"].split(","):
            own = [one for one in orders if one["customer"] == customer]
            if "before" in query:
                own = [one for one in own if one["created"] < query["before"] + "Z"]
            rows += own[start : start + size]
            count += len(own)
        rows.sort(key=lambda one: (one["created"], one["id"]), reverse=True)
        peer.send(message(200, json.dumps(rows).encode(), {"X-WP-Total": str(count)}))

    return script


def some_orders(rng):
    """Few moments, so that many orders share one."""
    orders = []
    for number in range(rng.randrange(1, 120)):
        created = datetime(2026, 1, rng.randrange(1, 12), tzinfo=UTC).isoformat()
        customer = rng.choice("123")
        orders.append({"id": f"{number:03}", "customer": customer, "created": created[:19] + "Z"})
    return sorted(orders, key=lambda one: (one["created"], one["id"]), reverse=True)


async def test_one_call_answers_for_all(raw, connector):
    orders = [
        {"id": f"{n}{who}", "customer": who, "created": f"2026-01-{n:02}T00:00:00Z"}
        for n in range(20, 0, -1)
        for who in "123"
    ]
    raw.script = shop(orders)
    ask = PageAsk(first=10, channels=("shop",))
    pages = await connector.orders_by_customer(["1", "2", "3", "4"], OrderFilter(), ask)
    assert [len(page.rows) for page in pages] == [10, 10, 10, 0]
    assert [page.has_more for page in pages] == [True, True, True, False]
    assert len(raw.targets) == 1
    asked = parse_qs(urlsplit(raw.targets[0]).query)
    assert (asked["customer"], asked["per_page"]) == (["1,2,3,4"], ["11"])


@pytest.mark.parametrize("seed", range(8))
async def test_company_changes_nobodys_pages(raw, connector, seed):
    rng = random.Random(seed)  # noqa: S311 - draws rows
    orders = some_orders(rng)
    raw.script = shop(orders)
    first = rng.randrange(1, 6)
    ask, found = PageAsk(first=first, channels=("shop",)), {who: [] for who in "123"}
    waiting = list(found)
    while waiting:
        together = await connector.orders_by_customer(waiting, OrderFilter(), ask)
        alone = [
            (await connector.orders_by_customer([who], OrderFilter(), ask))[0] for who in waiting
        ]
        assert together == alone
        for who, page in zip(waiting, together, strict=True):
            found[who] += [one.number for one in page.rows]
        waiting = [who for who, page in zip(waiting, together, strict=True) if page.has_more]
        if len(waiting) > 1:
            waiting = [rng.choice(waiting)]  # from here on everybody stands elsewhere
        if waiting:
            last = together[[*found].index(waiting[0])] if len(together) > 1 else together[0]
            ask = PageAsk(first=first, channels=("shop",), after=last.rows[-1].sort_key)
    walked = [who for who, numbers in found.items() if len(numbers) > first]
    for who in walked:
        own = [one["id"] for one in orders if one["customer"] == who]
        assert sorted(found[who]) == sorted(own)


async def test_people_of_many_phones_are_found_by_one_call_and_told_apart(raw, connector):
    people = [{"id": str(n), "phone": f"1380013800{n}"} for n in (1, 2, 3)]

    async def script(peer: Peer) -> None:
        wanted = peer.query["phone"].split(",")
        rows = [one for one in people if one["phone"] in wanted]
        peer.send(message(200, json.dumps(rows[::-1]).encode()))

    raw.script = script
    phones = [phone_identity(f"+861380013800{n}") for n in (1, 4, 3)]
    found = await connector.memberships_by_identity(phones)
    assert [[one.number for one in rows] for rows in found] == [["1"], [], ["3"]]
    assert len(raw.targets) == 1


async def test_keys_of_many_requests_may_share_such_a_list(connector):
    turn = connector.turn("orders_by_customer")
    assert (turn.keys, turn.each, turn.shared) == (50, 50, True)
