"""Product suggestions as a caller meets them, over a real store."""

import secrets
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import psycopg
import pytest

from capabilities.caller import Caller, Role, Visibility
from capabilities.errors import BadInput
from capabilities.operations import IdempotencyKeyReused
from capabilities.page import ConnectionArgs
from capabilities.suggestions import (
    SuggestionDeclined,
    SuggestionFilter,
    SuggestionSource,
    SuggestionStatus,
)
from gateway.federation.asking import Request
from gateway.platform.owned import CallersPlatform
from store.engine import Store
from store.owned import Owned
from store.sealing import Sealer
from tests.migrated import migrated

BRAND = "baiwei"
NOON = datetime(2026, 10, 1, 4, tzinfo=UTC)
APP = SuggestionSource.APP


@pytest.fixture
async def owned(postgres):
    database = migrated(postgres, f"suggested_{secrets.token_hex(4)}")
    with psycopg.connect(database) as connection:
        connection.execute(
            "INSERT INTO products (brand, sku, category_path, barcodes)"
            " VALUES (%s, 'T-1', '{}', '{6901234567892}')",
            (BRAND,),
        )
        connection.execute(
            "INSERT INTO product_barcodes VALUES (%s, '6901234567892', 'T-1')", (BRAND,)
        )
    store = Store.open(database)
    yield Owned(
        store=store,
        brand=BRAND,
        sealer=Sealer(b"v" * 32),
        key=b"h" * 32,
        zone=ZoneInfo("UTC"),
        now=lambda: NOON,
    )
    await store.aclose()


def desk(owned, subject="ops-1"):
    visibility = Visibility(role=Role.OPERATIONS, brand=BRAND)
    caller = Caller(subject=subject, visibility=visibility)
    return CallersPlatform(owned, caller, Request(None, visibility)).suggestions


async def shown(owned, **filters):
    page = await desk(owned).page(SuggestionFilter(**filters), ConnectionArgs(first=50))
    return {one.key: one for one in page.nodes}


async def test_a_suggestion_is_taken_in_once_and_knows_its_product_by_barcode(owned):
    first = await desk(owned).submit(APP, "口味太甜", "6901234567892", "ann", "k1")
    assert await desk(owned).submit(APP, "口味太甜", "6901234567892", "ann", "k1") == first
    other = await desk(owned).submit(APP, "少放糖", None, None, "k1")
    assert isinstance(other, IdempotencyKeyReused)
    second = await desk(owned, "c-2").submit(APP, "口味 太甜!", "T-1", None, "k1")
    found = await shown(owned)
    assert set(found) == {first.key, second.key}
    assert (found[first.key].product, found[first.key].one_id) == ("T-1", "ann")
    assert found[second.key].duplicate_of == first.key


async def test_people_merge_and_decide_and_what_was_declined_may_be_asked_again(owned):
    asked = desk(owned)
    one, two = [
        (await asked.submit(APP, text, "T-1", None, key)).key
        for text, key in (("口味太甜", "k1"), ("少放点糖", "k2"))
    ]
    declined = await asked.merge("none", [two], "m1")
    assert (declined.code, declined.path) == ("SUGGESTION_UNKNOWN", ("input", "into"))
    assert isinstance(await asked.merge(one, [one], "m1"), SuggestionDeclined)
    merged = await asked.merge(one, [two], "m1")
    assert (merged.key, merged.duplicates) == (one, 1)
    assert (await asked.merge(one, [two], "m1")).key == one
    assert isinstance(await asked.merge(two, [one], "m2"), SuggestionDeclined)
    apart = await asked.decide(two, SuggestionStatus.ACCEPTED, "d1")
    assert (apart.status, apart.duplicate_of) == (SuggestionStatus.ACCEPTED, None)
    assert isinstance(await asked.decide("x", SuggestionStatus.OPEN, "d2"), SuggestionDeclined)
    with pytest.raises(BadInput):
        await asked.decide(two, SuggestionStatus.DUPLICATE, "d3")
    accepted = frozenset({SuggestionStatus.ACCEPTED})
    assert set(await shown(owned, statuses=accepted)) == {two}


async def test_pages_walk_both_ways_and_a_cursor_of_another_list_is_refused(owned):
    asked = desk(owned)
    for at, text in enumerate(("太甜", "太咸", "包装破了", "发货太慢")):
        await asked.submit(APP, text, None, None, f"k{at}")
    every = [one.key for one in (await asked.page(SuggestionFilter(), ConnectionArgs())).nodes]
    walked, after = [], None
    while True:
        page = await asked.page(SuggestionFilter(), ConnectionArgs(first=3, after=after))
        walked += [one.key for one in page.nodes]
        assert page.total_count.value == 4
        if not page.page_info.has_next_page:
            break
        after = page.page_info.end_cursor
    assert walked == every
    last = ConnectionArgs(first=None, last=2, before=page.page_info.start_cursor)
    back = await asked.page(SuggestionFilter(), last)
    assert [one.key for one in back.nodes] == every[1:3]
    for cursor in ("x", "czE6eDp5", "cTE6eHw"):
        with pytest.raises(BadInput):
            await asked.page(SuggestionFilter(), ConnectionArgs(after=cursor))
