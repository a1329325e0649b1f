from collections.abc import AsyncIterator, Callable
from itertools import count
from pathlib import Path

import pytest

from gateway.embedded import EmbeddedPostgres
from store.engine import Store
from store.product.products_file import ImportCounts, import_products
from tests.migrated import migrated

_NUMBERS = count()
BRAND = "baiwei"


@pytest.fixture
def empty_database(postgres: EmbeddedPostgres) -> str:
    return postgres.create_database(f"store_{next(_NUMBERS)}")


@pytest.fixture
def database(postgres: EmbeddedPostgres) -> str:
    return migrated(postgres, f"store_{next(_NUMBERS)}")


@pytest.fixture
async def store(database: str) -> AsyncIterator[Store]:
    opened = Store.open(database, deadline_seconds=10)  # two suites share a machine
    yield opened
    await opened.aclose()


@pytest.fixture
def bring(database: str, tmp_path: Path) -> Callable[..., ImportCounts]:
    """Imports product and crosswalk lines given as text, headers left out."""

    def imported(products: str = "", codes: str = "", brand: str = BRAND) -> ImportCounts:
        reference, crosswalk = tmp_path / "products.csv", tmp_path / "crosswalk.csv"
        reference.write_text(
            "sku,name,brand,category_path,barcodes,unit,launched_at,discontinued_at\n" + products,
            encoding="utf-8",
        )
        crosswalk.write_text(
            "system,connector,kind,code,sku,valid_from,valid_to\n" + codes, encoding="utf-8"
        )
        return import_products(database, reference, crosswalk, brand=brand)

    return imported
