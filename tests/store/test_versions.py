import asyncio

import pytest

from capabilities.errors import StoreUnavailable
from store.engine import Store
from store.versions import ESTATE, Versions


async def test_versions_rise_with_an_import_and_are_polled(store, bring):
    versions = Versions(store, "baiwei", poll_seconds=0.01)
    assert versions.products() is None
    async with versions, asyncio.timeout(5):
        while versions.products() is None:  # noqa: ASYNC110  # another process is awaited
            await asyncio.sleep(0.01)
        assert versions.products() == 0
        bring("BW-1,a,,,,,,\n")
        while not versions.products():  # noqa: ASYNC110  # another process is awaited
            await asyncio.sleep(0.01)
    assert versions.current(ESTATE) == 0


async def test_the_last_versions_stand_while_postgres_is_away(store, bring, tmp_path):
    bring("BW-1,a,,,,,,\n")
    versions = Versions(store, "baiwei")
    await versions.refresh()
    known = versions.products()
    versions._store = Store.open(f"postgresql://santong@/none?host={tmp_path}")
    with pytest.raises(StoreUnavailable):
        await versions.refresh()
    assert versions.products() == known
    await versions._store.aclose()
