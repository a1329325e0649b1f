import asyncio

import pytest

from capabilities.errors import StoreUnavailable
from store.engine import Store
from store.migrate import upgrade
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


async def test_a_store_that_is_not_migrated_yet_is_told_once_and_read_when_it_is(
    empty_database, caplog
):
    store = Store.open(empty_database)
    async with Versions(store, "baiwei", poll_seconds=0.01) as versions, asyncio.timeout(20):
        while len(caplog.records) < 1:  # noqa: ASYNC110  # another process is awaited
            await asyncio.sleep(0.01)
        await asyncio.to_thread(upgrade, empty_database)
        while versions.products() is None:  # noqa: ASYNC110  # another process is awaited
            await asyncio.sleep(0.01)
    told = [one for one in caplog.records if one.name == "store.versions"]
    assert [one.message for one in told] == ["store not ready"]
    assert "santong migrate" in told[0].reason
    await store.aclose()
