"""A till's stock moves with its sales, in one transaction or not at all, and nothing else moves."""

import asyncio
from decimal import Decimal

import psycopg
import pytest

from capabilities.errors import Refused
from capabilities.order.writing import LinePart
from capabilities.order.writing import OrderWriteKind as Kind
from connectors._kit import SilentObserver
from connectors.connector import open_connector
from tests.connectors.conformance.order_sinks import draft, placed, write, yuan
from tests.connectors.conformance.order_systems import Till
from tests.connectors.conformance.subject import ZONE, World

_OURS = (
    *("ospos_sales", "ospos_sales_items", "ospos_sales_payments"),
    *("ospos_item_quantities", "ospos_inventory"),
)


@pytest.fixture(scope="module")
def till(postgres, tmp_path_factory):
    from contextlib import ExitStack  # noqa: PLC0415 - only here

    with ExitStack() as stack:
        yield Till(World(postgres, tmp_path_factory, stack))


@pytest.fixture
async def sink(till):
    connector = await open_connector(till.spec(), SilentObserver(), zone=ZONE)
    yield connector
    await connector.aclose()


async def stock(till, number):
    """Stock and movements of the goods of a sale."""
    sale = int(number.split("-")[-1])
    ((quantity, moved),) = await till.rows(
        "SELECT sum(DISTINCT q.quantity), (SELECT sum(trans_inventory) FROM ospos_inventory"  # noqa: S608
        f" WHERE trans_comment = 'POS {sale}') FROM ospos_sales_items x JOIN"
        " ospos_item_quantities q ON q.item_id = x.item_id AND q.location_id = x.item_location"
        f" WHERE x.sale_id = {sale}"
    )
    return quantity, moved


async def test_what_is_sold_leaves_the_stock_and_comes_back(till, sink):
    number, _ = await placed(sink, till)
    before, moved = await stock(till, number)
    assert moved == Decimal(-3)
    await sink.write_order(write(till, Kind.CANCEL, number))
    after, moved = await stock(till, number)
    assert (after - before, moved) == (Decimal(3), Decimal(0))


@pytest.mark.parametrize(("restock", "back"), [(True, 1), (False, 0)])
async def test_a_return_comes_back_into_stock_only_where_it_is_wished(till, sink, restock, back):
    number, _ = await placed(sink, till)
    before, _ = await stock(till, number)
    part = LinePart(ref="1", quantity=Decimal(1), amount=yuan(2210))
    wish = write(till, Kind.RETURN, number, lines=(part,), amount=yuan(2210), restock=restock)
    done = await sink.write_order(wish)
    assert (await stock(till, number))[0] - before == back
    (found,) = await sink.orders([done.document])
    assert (found.kind.value, found.total) == ("RETURN", yuan(-2210))


async def test_more_than_was_sold_is_not_taken_back(till, sink):
    number, _ = await placed(sink, till)
    part = LinePart(ref="1", quantity=Decimal(9), amount=yuan(100))
    count = await till.count()
    with pytest.raises(Refused) as fault:
        await sink.write_order(write(till, Kind.RETURN, number, lines=(part,), amount=yuan(100)))
    assert fault.value.code == "LINE_UNKNOWN"
    assert await till.count() == count


async def test_what_is_not_there_is_not_sold_and_nothing_is_left_of_it(till, sink):
    number, _ = await placed(sink, till)
    sale = int(number.split("-")[-1])
    await till.rows(
        "UPDATE ospos_item_quantities q SET quantity = 4 FROM ospos_sales_items x WHERE"  # noqa: S608
        f" x.sale_id = {sale} AND q.item_id = x.item_id AND q.location_id = x.item_location"
        " RETURNING 1"
    )
    drafts = [await draft(sink, till) for _ in range(4)]
    count = await till.count()
    wishes = [sink.write_order(write(till, Kind.PLACE, draft=one)) for one in drafts]
    ends = await asyncio.gather(*wishes, return_exceptions=True)
    sold = [one for one in ends if not isinstance(one, Exception)]
    assert len(sold) == 1
    codes = {one.code for one in ends if isinstance(one, Refused)}
    assert codes == {"OUT_OF_STOCK"}
    assert await till.count() == count + 1
    quantity, _ = await stock(till, number)
    assert quantity == 1
    await till.rows("UPDATE ospos_item_quantities SET quantity = 1000 RETURNING 1")


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"shipping": yuan(800)}, "AMOUNT_NOT_HELD"),
        ({"store_code": "NOPE"}, "STORE_UNKNOWN"),
    ],
)
async def test_what_a_till_cannot_hold_is_refused_by_name(till, sink, more, code):
    wish = write(till, Kind.PLACE, draft=await draft(sink, till, **more))
    with pytest.raises(Refused) as fault:
        await sink.write_order(wish)
    assert fault.value.code == code


async def test_nothing_else_is_touched(till, sink):
    tables = await till.rows(
        "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
    )
    others = sorted(name for (name,) in tables if name not in _OURS)

    async def digests():
        found = {}
        for name in others:
            ((found[name],),) = await till.rows(
                f"SELECT md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {name} t"  # noqa: S608
            )
        return found

    before = await digests()
    number, _ = await placed(sink, till)
    part = LinePart(ref="1", quantity=Decimal(1), amount=yuan(2210))
    await sink.write_order(
        write(till, Kind.RETURN, number, lines=(part,), amount=yuan(2210), restock=True)
    )
    await sink.write_order(write(till, Kind.NOTE, number, text="x"))
    await sink.write_order(write(till, Kind.CANCEL, number))
    assert await digests() == before


async def test_the_writer_may_do_nothing_else(till):
    user = till.spec().settings["url"].replace("postgresql://pos_writer@", "postgresql://")
    with psycopg.connect(user, user="pos_writer", password="demo-pos", autocommit=True) as one:
        for statement in (
            "DELETE FROM ospos_sales",
            "DROP TABLE ospos_sales",
            "UPDATE ospos_items SET unit_price = 0",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                one.execute(statement)
