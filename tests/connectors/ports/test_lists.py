"""What a list says of its source: counts that are of the list, windows as wide as the calendar."""

import json
import random
from datetime import UTC, datetime, timedelta, timezone
from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import pytest
from msgspec import Struct

from capabilities.errors import Refused
from capabilities.estate import Capability, ConnectorSpec, Limits
from capabilities.member.records import Contact, Membership, MembershipFilter
from capabilities.order.records import OrderFilter, OrderKind
from capabilities.page import PageAsk, SortKey
from capabilities.sources import SourceRef
from connectors._kit import SilentObserver
from connectors.connector import open_connector
from connectors.manifest.model import Filter, Search
from connectors.ports.lists import Asked, by_customer
from connectors.ports.port import Bound
from connectors.ports.promotions import Everything
from connectors.ports.wanted import Batch
from tests.connectors._kit.raw_server import Peer, RawServer, message

ZONE = ZoneInfo("Asia/Shanghai")
START = datetime(2026, 1, 1, tzinfo=UTC)
DOORS = {"checkout": "shop", "app": "app"}


@pytest.fixture
def opened(raw: RawServer, monkeypatch):
    monkeypatch.setenv("ACME_PASSWORD", "x")

    async def open_(system, channels):
        spec = ConnectorSpec(
            name=system,
            system=system,
            settings={"base_url": f"{raw.url}/api", "username": "u", "client": "100"},
            secrets={"password": "env:ACME_PASSWORD"},
            limits=Limits(deadline_ms=5000),
            channels=dict.fromkeys(Capability, channels),
        )
        return await open_connector(spec, SilentObserver(), zone=ZONE)

    return open_


async def nine_orders(peer: Peer) -> None:
    rows = [
        {"id": n, "created_via": "checkout", "date_created_gmt": f"2026-01-0{n}T00:00:00"}
        for n in range(9, 0, -1)
    ]
    body = json.dumps(rows[: int(peer.query["per_page"])]).encode()
    peer.send(message(200, body, {"X-WP-Total": "9"}))


@pytest.mark.parametrize(
    ("channels", "asked", "filters", "total"),
    [
        ({"*": "shop"}, ("shop",), OrderFilter(), 9),
        (DOORS, ("shop",), OrderFilter(), None),
        (DOORS, ("app", "shop"), OrderFilter(), None),
        ({"*": "shop"}, ("shop",), OrderFilter(kinds=frozenset({OrderKind.SALE})), None),
        ({"*": "shop"}, ("shop",), OrderFilter(placed_from=START), None),
    ],
)
async def test_a_count_is_of_the_list_that_was_asked(
    raw: RawServer, opened, channels, asked, filters, total
):
    raw.script = nine_orders
    connector = await opened("woocommerce", channels)
    page = await connector.search_orders(filters, PageAsk(first=1, channels=asked))
    assert (len(page.rows), page.total) == (1, total)
    await connector.aclose()


@pytest.mark.parametrize("window", [{}, {"placed_from": START}])
async def test_a_question_that_would_read_a_table_needs_a_filter_that_is_indexed(
    raw: RawServer, opened, window
):
    async def nothing(peer: Peer) -> None:
        peer.send(message(200, b'{"d": {"results": []}}'))

    raw.script = nothing
    connector = await opened("sap_s4hana", {"*": "jd"})
    asked = OrderFilter(kinds=frozenset({OrderKind.GIFT}), **window)
    search = connector.search_orders(asked, PageAsk(first=1, channels=("jd",)))
    if window:
        assert (await search).rows == ()
    else:
        with pytest.raises(Refused, match="add placed_at") as caught:
            await search
        assert caught.value.code == "FILTER_REQUIRED"
    assert len(raw.requests) == len(window)
    await connector.aclose()


NEEDY = Search(
    filters={
        "placed_at": Filter(window=True),
        "store": Filter(push="s"),
        "kind": Filter(push="k", indexed=False),
        "status": Filter(scan=True),
    },
    needs=(("placed_at", "kind"), ("store",)),
)


@pytest.mark.parametrize(
    ("fields", "whole"),
    [
        (set(), False),
        ({"placed_at"}, False),
        ({"placed_at", "kind"}, True),
        ({"store"}, True),
        ({"store", "status"}, True),
        ({"status"}, False),
    ],
)
def test_a_search_may_need_one_of_several_sets_of_filters(fields, whole):
    assert NEEDY.missing(frozenset(fields)) == (() if whole else NEEDY.needs)


async def test_a_window_is_asked_in_the_zone_that_the_shop_reads(raw: RawServer, opened):
    raw.script = nine_orders
    connector = await opened("woocommerce", {"*": "shop"})
    east = START.astimezone(timezone(timedelta(hours=8)))
    await connector.search_orders(
        OrderFilter(placed_from=east), PageAsk(first=1, channels=("shop",))
    )
    assert parse_qs(urlsplit(raw.targets[0]).query)["after"] == ["2025-12-31T23:59:59"]
    await connector.aclose()


@pytest.mark.parametrize("system", ["woocommerce", "sap_s4hana"])
async def test_a_window_without_an_end_in_sight_is_an_ordinary_window(
    raw: RawServer, opened, system
):
    async def nothing(peer: Peer) -> None:
        body = {"d": {"results": []}} if "$filter" in peer.query else []
        peer.send(message(200, json.dumps(body).encode()))

    raw.script = nothing
    connector = await opened(system, {"*": "shop"})
    ends = OrderFilter(
        placed_from=datetime.min.replace(tzinfo=UTC), placed_before=datetime.max.replace(tzinfo=UTC)
    )
    page = await connector.search_orders(ends, PageAsk(first=1, channels=("shop",)))
    assert page.rows == ()
    await connector.aclose()


async def test_members_of_one_second_are_read_whole_though_they_lie_in_another_order_each_time(
    raw: RawServer, opened
):
    rng = random.Random(3)  # noqa: S311 - shuffles rows
    seconds = [*range(300, 220, -1), *[200] * 40, *range(180, 100, -1)]
    people = [
        (second, {"id": n, "role": "customer", "date_created_gmt": stamp(second)})
        for n, second in enumerate(seconds, 1)
    ]

    async def shop(peer: Peer) -> None:
        mixed = sorted(people, key=lambda one: (-one[0], rng.random()))
        start, size = int(peer.query["offset"]), int(peer.query["per_page"])
        rows = [row for _, row in mixed[start : start + size]]
        peer.send(message(200, json.dumps(rows).encode(), {"X-WP-Total": str(len(people))}))

    raw.script = shop
    connector = await opened("woocommerce", {"*": "shop"})
    seen, after = [], None
    while True:
        ask = PageAsk(first=50, channels=("shop",), after=after)
        page = await connector.search_memberships(MembershipFilter(), ask)
        seen += [int(one.number) for one in page.rows]
        if not page.has_more:
            break
        after = page.rows[-1].sort_key
    assert sorted(seen) == [row["id"] for _, row in people]
    await connector.aclose()


async def test_a_coupon_for_two_addresses_is_held_by_both(raw: RawServer, opened):
    async def shop(peer: Peer) -> None:
        rows = [{"id": 5, "email_restrictions": ["lin@example.com", "Wu@example.com"]}]
        rows.append({"id": 6, "email_restrictions": []})
        peer.send(message(200, json.dumps(rows).encode(), {"X-WP-Total": "2"}))

    raw.script = shop
    connector = await opened("woocommerce", {"*": "shop"})
    source = SourceRef(connector="woo", system="woocommerce", external_id="1")
    people = [
        Membership(channel="shop", number=name, contact=Contact(email=email), source=source)
        for name, email in (("1", "lin@example.com"), ("2", "wu@example.com"), ("3", None))
    ]
    held = await connector.coupons_by_membership(people)
    found = [[(one.key, one.customer) for one in coupons] for coupons in held]
    assert found == [[("5", "1")], [("5", "2")], []]
    await connector.aclose()


def stamp(second: int) -> str:
    return (START + timedelta(seconds=second)).replace(tzinfo=None).isoformat()


class Row(Struct, frozen=True):
    number: str
    channel: str
    customer: str = "7"

    @property
    def sort_key(self) -> SortKey:
        return SortKey(-int(self.number), self.channel, self.number)


class Till:
    """Three sales of one person, the first two of a channel that is not ours; two an answer."""

    partitioned = True
    pushes_channels = True

    async def rows(self, wanted):
        sales = [Row("1", "other"), Row("2", "other"), Row("3", "shop")]
        behind = [
            row for row in sales if wanted.after is None or -int(row.number) <= wanted.after.value
        ]
        limit = min(2, wanted.limit)
        return Batch(rows=behind[:limit], exhausted=len(behind) < limit, whole_ties=True)


async def test_rows_of_other_channels_do_not_end_a_persons_list():
    compiled = SimpleNamespace(
        section=SimpleNamespace(search=None, order=None, keep=None),
        pairs=lambda rows, _: [(row, row) for row in rows if row.channel == "shop"],
        record=lambda row, _: row if row.channel == "shop" else None,
        place_of=lambda row, _: -int(row.number),
        id_of=lambda row: row.number,
    )
    at = SimpleNamespace(channels={"S": "shop"}, connector="acme")
    port = SimpleNamespace(spec=SimpleNamespace(name="acme", limits=Limits()))
    asked = Asked(filters=Everything(), channels=None)
    ask = PageAsk(first=1, channels=("shop",))
    pages = await by_customer(port, Bound(compiled, Till(), at), asked, ask, ["7", "8"])
    assert [row.number for row in pages["7"].rows] == ["3"]
