import secrets
from datetime import UTC, datetime

import psycopg
import pytest

from capabilities.caller import MembershipKey
from capabilities.order.facts import LineFact, OrderFact
from store.engine import Store
from store.keyring import keyring_of
from store.order.facts import OrderFacts
from store.owned import owned_by
from store.product.products_file import import_products
from store.profile.purchases import Purchases
from tests.migrated import migrated
from work.parts import chores_of
from work.profile_products import follow_products
from work.settings import WorkSettings

BRAND = "baiwei"
NOON = datetime(2026, 10, 1, 4, tzinfo=UTC)


@pytest.fixture
def database(postgres):
    return migrated(postgres, f"followed_{secrets.token_hex(4)}")


@pytest.fixture
async def owned(database):
    store = Store.open(database)
    yield owned_by(store, BRAND, keyring_of(b"k" * 48), "Asia/Shanghai")
    await store.aclose()


def bring(database, folder, category):
    reference, crosswalk = folder / "products.csv", folder / "codes.csv"
    reference.write_text(
        "sku,name,brand,category_path,barcodes,unit,launched_at,discontinued_at\n"
        f"T-1,茶,味,{category},,,,\n",
        encoding="utf-8",
    )
    crosswalk.write_text("system,connector,kind,code,sku,valid_from,valid_to\n", encoding="utf-8")
    import_products(database, reference, crosswalk, brand=BRAND)


async def tastes(owned):
    (found,) = await Purchases(owned.store, BRAND).affinity(["ann"], NOON)
    return None if found is None else [one.category for one in found.categories]


async def test_new_categories_reach_everybody_once(owned, database, tmp_path):
    with psycopg.connect(database) as connection:
        connection.execute(
            "INSERT INTO membership_links (brand, number, channel, one_id)"
            " VALUES (%s, '1', 'shop', 'ann')",
            (BRAND,),
        )
    bought = OrderFact(
        channel="shop",
        number="1",
        connector="woo",
        holder=MembershipKey("shop", "1"),
        placed_at=NOON,
        currency="CNY",
        paid=100,
        lines=(LineFact(ref="1", sku="T-1"),),
    )
    await OrderFacts(owned.store, BRAND).record([bought])
    await follow_products(owned)
    assert await tastes(owned) is None  # no product was ever imported
    bring(database, tmp_path, "食品>茶")
    await follow_products(owned)
    assert await tastes(owned) == [("食品", "茶")]
    with psycopg.connect(database) as connection:
        connection.execute("DELETE FROM member_affinity")
    await follow_products(owned)
    assert await tastes(owned) == []  # the same products: nobody is computed again
    bring(database, tmp_path, "饮料>茶")
    await follow_products(owned)
    assert await tastes(owned) == [("饮料", "茶")]


async def test_the_work_process_runs_it(owned):
    assert "profile_products" in {one.name for one in chores_of(owned, WorkSettings())}
