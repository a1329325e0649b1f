"""Paging arguments of every connection, filters, and what a missing source leaves behind."""

import pytest
from msgspec.structs import replace

from capabilities.errors import Unavailable
from capabilities.order.records import OrderFilter, OrderStatus
from capabilities.page import ConnectionArgs, Policy
from capabilities.sources import SourceReport, SourceStatus

ORDERS = """query(
  $first: Int, $after: String, $last: Int, $before: String, $policy: Policy! = BEST_EFFORT
) {
  orders(first: $first, after: $after, last: $last, before: $before, policy: $policy) {
    nodes { id } } }"""


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, ConnectionArgs(first=20)),
        ({"first": None, "last": None}, ConnectionArgs(first=20)),
        ({"first": 1}, ConnectionArgs(first=1)),
        ({"first": 100, "after": "c"}, ConnectionArgs(first=100, after="c")),
        ({"last": 5, "before": "c"}, ConnectionArgs(first=None, last=5, before="c")),
        ({"first": None, "last": 5}, ConnectionArgs(first=None, last=5)),
        ({"policy": "REQUIRE_ALL"}, ConnectionArgs(policy=Policy.REQUIRE_ALL)),
    ],
)
async def test_what_the_reader_is_asked(ask, given, expected):
    await ask.data(ORDERS, **given)
    assert ask.reader.asked == [(OrderFilter(), expected)]


@pytest.mark.parametrize(
    "given",
    [
        {"first": 0},
        {"first": -1},
        {"first": 101},
        {"last": 0},
        {"last": -5},
        {"last": 101},
        {"first": 5, "last": 5},
    ],
)
async def test_pages_that_cannot_be(ask, given):
    assert await ask.code(ORDERS, **given) == "BAD_USER_INPUT"
    assert ask.reader.asked == []


@pytest.mark.parametrize(
    "field", ["members", "orders", "products", "promotions", "coupons", "stores"]
)
async def test_every_connection_checks_its_page(ask, field):
    assert await ask.code(f"{{ {field}(first: 101) {{ nodes {{ id }} }} }}") == "BAD_USER_INPUT"
    await ask.data(f'{{ {field}(first: 7, after: "c") {{ nodes {{ id }} }} }}')
    ((*_, args),) = ask.reader.asked
    assert args == ConnectionArgs(first=7, after="c")


@pytest.mark.parametrize(
    ("order_by", "newest_first"),
    [
        ("", True),
        ("(orderBy: {})", True),
        ("(orderBy: null)", True),
        ("(orderBy: {direction: DESC})", True),
        ("(orderBy: {direction: ASC})", False),
        ("(orderBy: {field: PLACED_AT, direction: ASC})", False),
    ],
)
async def test_the_direction_of_a_list(ask, order_by, newest_first):
    await ask.data(f"{{ orders{order_by} {{ nodes {{ id }} }} }}")
    assert ask.reader.asked[0][1].newest_first is newest_first


async def test_a_filter_restricts_what_it_names_and_nothing_else(ask):
    query = """query($filter: OrderFilterInput) { orders(filter: $filter) { nodes { id } } }"""
    await ask.data(query, filter={"channels": ["store"], "statuses": ["COMPLETED"], "kinds": []})
    await ask.data(query, filter={})
    await ask.data(query, filter=None)
    expected = OrderFilter(
        channels=frozenset({"store"}),
        statuses=frozenset({OrderStatus.COMPLETED}),
        kinds=frozenset(),
    )
    assert [asked[0] for asked in ask.reader.asked] == [expected, OrderFilter(), OrderFilter()]


async def test_times_of_a_filter_are_moments_with_a_zone(ask):
    query = "query($at: DateTime) { orders(filter: {placedFrom: $at}) { nodes { id } } }"
    await ask.data(query, at="2026-11-01T00:00:00+08:00")
    assert ask.reader.asked[0][0].placed_from.isoformat() == "2026-10-31T16:00:00+00:00"
    assert (await ask(query, {"at": "2026-11-01T00:00:00"})).errors


@pytest.mark.parametrize("values", [["x"] * 101, [""], ["y" * 201]])
async def test_a_filter_is_bounded(ask, values):
    query = "query($codes: [String!]) { stores(filter: {codes: $codes}) { nodes { id } } }"
    assert await ask.code(query, codes=values) == "BAD_USER_INPUT"


@pytest.mark.parametrize("first", [0, -1, 101])
async def test_unmatched_codes_are_bounded(ask, first):
    assert await ask.code(f"{{ unmatchedCodes(first: {first}) {{ code }} }}") == "BAD_USER_INPUT"


async def test_unmatched_codes_of_one_connector(ask):
    await ask.data('{ unmatchedCodes(connector: "pos") { code } }')
    await ask.data("{ unmatchedCodes(connector: null, first: 5) { code } }")
    assert ask.reader.asked == [("pos", 20), (None, 5)]


MEMBERS_ORDERS = """{ member(by: {phone: "13912345678"}) {
  memberships { number } orders { nodes { number } sources { name status } } } }"""


async def test_a_list_that_lacks_a_source_warns_and_is_no_error(ask):
    data = await ask.data(MEMBERS_ORDERS)
    assert data["member"]["orders"]["sources"] == [
        {"name": "pos", "status": "OK"},
        {"name": "sap", "status": "TIMEOUT"},
    ]
    said = [(one.code, one.source, one.retryable, one.path) for one in ask.context.warnings]
    assert sorted(said) == [
        ("UPSTREAM_TIMEOUT", "sap", True, ["member", "memberships"]),
        ("UPSTREAM_TIMEOUT", "sap", True, ["member", "orders"]),
    ]


async def test_a_whole_list_warns_of_nothing(ask):
    await ask.data("{ orders { nodes { number } } stores { nodes { code } } }")
    assert ask.context.warnings == []


async def test_a_hundred_members_with_one_source_down_warn_once(ask, shelf, records):
    class Crowd(shelf):
        async def members(self, filters, args):
            one = await super().members(filters, args)
            return replace(one, edges=one.edges * 100)

    ask.reader = Crowd()
    data = await ask.data("{ members { nodes { memberships { number } } } }")
    assert len(data["members"]["nodes"]) == 100
    (warning,) = ask.context.warnings
    assert warning.path == ["members", "nodes", 0, "memberships"]


async def test_a_scan_that_hit_its_bound_warns_under_its_status(ask, shelf, records):
    class Bounded(shelf):
        async def member_coupons(self, _member, *_):
            return (), (SourceReport(name="pos", status=SourceStatus.TRUNCATED),)

    ask.reader = Bounded()
    await ask.data('{ member(by: {phone: "13912345678"}) { coupons { id } } }')
    assert [(one.code, one.source) for one in ask.context.warnings] == [("SOURCE_TRUNCATED", "pos")]


async def test_copies_that_could_not_be_looked_up_warn(ask, shelf):
    class Away(shelf):
        async def order_mirrors(self, _order):
            return (), (SourceReport(name="sap", status=SourceStatus.ERROR, code="X"),)

    ask.reader = Away()
    data = await ask.data("{ orders { nodes { mirrors { number } } } }")
    assert data["orders"]["nodes"] == [{"mirrors": []}]
    assert [one.code for one in ask.context.warnings] == ["X"]


async def test_a_page_that_requires_all_sources_fails_with_their_code(ask, shelf):
    class Strict(shelf):
        async def orders(self, _filters, args):
            assert args.policy is Policy.REQUIRE_ALL
            raise Unavailable("not reached", source="sap")

    ask.reader = Strict()
    query = "{ orders(policy: REQUIRE_ALL) { nodes { id } } }"
    assert await ask.code(query) == "UPSTREAM_UNAVAILABLE"


async def test_a_line_asks_for_its_product_in_the_words_of_its_order(ask, records):
    order = records["Order"]
    data = await ask.data("{ orders { nodes { lines { product { sku } } } } }")
    assert data["orders"]["nodes"][0]["lines"] == [{"product": {"sku": "BW-100123"}}]
    assert ask.reader.asked[-1] == (order, order.lines[0])


async def test_equal_lines_of_two_orders_are_kept_apart(ask, shelf, records):
    first = records["Order"]
    second = replace(first, number="2", lines=(replace(first.lines[0]),))
    assert first.lines == second.lines

    class Two(shelf):
        async def orders(self, filters, args):
            one = await super().orders(filters, args)
            return replace(one, edges=tuple(replace(one.edges[0], node=o) for o in (first, second)))

    ask.reader = Two()
    await ask.data("{ orders { nodes { lines { product { sku } } } } }")
    assert [order.number for order, _ in ask.reader.asked[1:]] == [first.number, "2"]


async def test_a_sale_without_a_store_asks_for_none(ask, shelf, records):
    class Online(shelf):
        async def order(self, _channel, _number, *_):
            return type(records["Order"])(
                channel="shop", number="1", source=records["Order"].source
            )

    ask.reader = Online()
    by = '{business: {channel: "shop", number: "1"}}'
    data = await ask.data(f"{{ order(by: {by}) {{ store {{ id }} storeCode }} }}")
    assert data["order"] == {"store": None, "storeCode": None}
    assert ask.reader.asked == []


async def test_a_record_of_a_channel_outside_the_estate_says_so(ask, shelf, records):
    class Strange(shelf):
        def channel(self, _code):
            return None

    ask.reader = Strange()
    query = "{ orders { nodes { channel { code } } } }"
    assert await ask.code(query) == "UNKNOWN_CHANNEL"
