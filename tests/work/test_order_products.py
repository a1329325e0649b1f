"""Lines of old orders find their products once the crosswalk knows their codes."""

import secrets
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import text

from capabilities.caller import MembershipKey
from capabilities.estate import ConnectorSpec
from capabilities.events import Topic
from capabilities.order.facts import LineFact, OrderFact
from capabilities.order.records import ProductRef
from store.engine import Store
from store.keyring import keyring_of
from store.order.facts import OrderFacts
from store.owned import owned_by
from store.product.products_file import import_products
from tests.migrated import migrated
from work import order_products
from work.order_products import match_lines

BRAND = "baiwei"
SPECS = {"woo": ConnectorSpec(name="woo", system="woocommerce", channels={})}


@pytest.fixture
def database(postgres):
    return migrated(postgres, f"matched_{secrets.token_hex(4)}")


@pytest.fixture
async def owned(database):
    store = Store.open(database, deadline_seconds=20)
    yield owned_by(store, BRAND, keyring_of(b"k" * 48), "Asia/Shanghai")
    await store.aclose()


def bring(database, folder, *codes):
    reference, crosswalk = folder / "products.csv", folder / "codes.csv"
    reference.write_text(
        "sku,name,brand,category_path,barcodes,unit,launched_at,discontinued_at\n"
        "T-1,茶,味,食品>茶,,,,\nT-2,果,味,食品>果,,,,\n",
        encoding="utf-8",
    )
    lines = "".join(f"{code}\n" for code in codes)
    crosswalk.write_text(
        "system,connector,kind,code,sku,valid_from,valid_to\n" + lines, encoding="utf-8"
    )
    import_products(database, reference, crosswalk, brand=BRAND)


def order(number, *lines, connector="woo"):
    return OrderFact(
        channel="shop",
        number=number,
        connector=connector,
        holder=MembershipKey("shop", "1"),
        placed_at=datetime(2026, 10, 1, 4, tzinfo=UTC),
        business_date=date(2026, 10, 1),
        currency="CNY",
        paid=100,
        lines=lines,
    )


def line(ref, code, sku=None):
    return LineFact(ref=ref, sku=sku, codes=(ProductRef(kind="sku", code=code),))


async def skus(owned):
    facts, held = OrderFacts(owned.store, BRAND), [MembershipKey("shop", "1")]
    (found,) = await owned.store.transaction(lambda run: facts.of_holders_in(run, held))
    return {one.number: [each.sku for each in one.lines] for one in found}


async def told(owned):
    """Events so far: (position, number of the order)."""
    rows = await owned.store.rows(
        text("SELECT position, key FROM events WHERE topic = :topic"),
        {"topic": Topic.ORDER_CHANGED.value},
    )
    return {(row.position, row.key) for row in rows}


async def test_lines_that_matched_nothing_match_once_their_codes_are_known(
    owned, database, tmp_path, monkeypatch
):
    monkeypatch.setattr(order_products, "_AT_ONCE", 2)
    facts = OrderFacts(owned.store, BRAND)
    await facts.record(
        [
            order("1", line("1", "W-1"), line("2", "old", sku="T-9")),
            order("2", line("1", "W-2")),
            order("3", line("1", "W-1"), connector="gone"),
            order("4", line("1", "nothing")),
            order("5", line("1", "W-1")),
        ]
    )
    bring(database, tmp_path)
    await match_lines(owned, SPECS.get)
    before = await told(owned)
    bring(database, tmp_path, "woocommerce,,sku,W-1,T-1,,", "woocommerce,,sku,W-2,T-2,,")
    await match_lines(owned, SPECS.get)
    assert await skus(owned) == {
        "1": ["T-1", "T-9"],
        "2": ["T-2"],
        "3": [None],
        "4": [None],
        "5": ["T-1"],
    }
    after = await told(owned)
    assert sorted(number for _, number in after - before) == ["1", "2", "5"]
    await match_lines(owned, SPECS.get)
    assert await told(owned) == after
