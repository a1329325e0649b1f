"""One request asks for so many rows, however its lists are nested or named."""

import pytest

NESTED = (
    "{ orders(first: 20) { nodes { member { orders(first: 20) { nodes { member {"
    " orders(first: 20) { nodes { id } } } } } } } } }"
)


async def test_a_list_counts_what_it_asks_for(ask):
    ask.max_rows = 20
    assert await ask.data("{ orders(first: 20) { nodes { number } } }")
    assert await ask.code("{ orders(first: 21) { nodes { number } } }") == "QUERY_TOO_EXPENSIVE"
    assert await ask.code("{ orders(last: 21) { nodes { number } } }") == "QUERY_TOO_EXPENSIVE"


async def test_a_list_that_is_too_long_asks_nobody(ask):
    ask.max_rows = 20
    await ask("{ orders(first: 21) { nodes { number } } }")
    assert ask.reader.asked == []


@pytest.mark.parametrize("allowed", [True, False])
async def test_lists_inside_lists_add_up(ask, allowed):
    ask.max_rows = 60 if allowed else 59
    answer = await ask(NESTED)
    assert (answer.errors is None) == allowed


async def test_aliases_add_up(ask):
    ask.max_rows = 300
    three = (
        "{ " + " ".join(f"a{n}: orders(first: 100) {{ nodes {{ id }} }}" for n in range(3)) + "}"
    )
    assert await ask.data(three)
    assert await ask.code(f"{three[:-1]} channels {{ code }} products {{ nodes {{ id }} }} }}")


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ('{ member(by: {phone: "139 1234 5678"}) { memberships { number } } }', 1),
        ('{ member(by: {phone: "139 1234 5678"}) { coupons { id } } }', 2),
        ("{ orders(first: 1) { nodes { lines { ref } } } }", 2),
        ("{ orders(first: 1) { nodes { mirrors { number } } } }", 2),
        ("{ unmatchedCodes(first: 7) { code } }", 7),
        ("{ members { nodes { id } } }", 20),
        ("{ products(first: 5) { nodes { id } } }", 5),
        ("{ promotions(first: 5) { nodes { id } } }", 5),
        ("{ coupons(first: 5) { nodes { id } } }", 5),
        ("{ stores(first: 5) { nodes { id } } }", 5),
    ],
)
async def test_every_list_with_a_system_behind_it_is_counted(ask, query, rows):
    ask.max_rows = rows
    await ask.data(query)
    ask.max_rows = rows - 1
    assert await ask.code(query) == "QUERY_TOO_EXPENSIVE"


async def test_nodes_and_entities_are_counted(ask, records):
    ids = [records["Order"].id, records["Member"].id]
    keys = [{"__typename": "Order", "id": ids[0]}, {"__typename": "Member", "id": ids[1]}]
    ask.max_rows = 2
    await ask.data("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=ids)
    await ask.data("query($k: [_Any!]!) { _entities(representations: $k) { __typename } }", k=keys)
    ask.max_rows = 1
    assert await ask.code("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=ids)
    answer = await ask(
        "query($k: [_Any!]!) { _entities(representations: $k) { __typename } }", {"k": keys}
    )
    assert answer.errors


async def test_the_home_store_is_asked_with_the_whole_membership(ask, records):
    data = await ask.data(
        '{ member(by: {phone: "139 1234 5678"}) { memberships { homeStore { code } } } }'
    )
    assert data["member"]["memberships"] == [{"homeStore": {"code": "M0001"}}]
    assert ask.reader.asked[-1] == (records["Membership"],)
