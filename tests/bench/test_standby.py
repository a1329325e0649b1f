"""A primary that dies for good: a store that names both servers goes on at the standby."""

import asyncio
import tempfile
from pathlib import Path

import pytest
from sqlalchemy import text

from bench.standby.pair import Pair
from capabilities.errors import StoreUnavailable
from gateway.embedded import EmbeddedPostgres
from store.engine import Store

WRITE = text("INSERT INTO told VALUES (:number)")


@pytest.mark.timeout(300)
def test_what_was_answered_stands_at_the_standby():
    with tempfile.TemporaryDirectory(prefix="pair") as folder:
        primary = EmbeddedPostgres.start(Path(folder) / "a")
        primary.create_database("told")
        pair = Pair(primary, Path(folder) / "b")
        try:
            asyncio.run(tell_and_fail(pair))
        finally:
            primary.stop()
            pair.standby.stop()


async def tell_and_fail(pair):
    pair.wait_for_standby(waits=True)
    store = Store.open(pair.url("told"), deadline_seconds=10)
    await store.rows(text("CREATE TABLE told (number integer)"))
    for number in range(20):
        await store.rows(WRITE, {"number": number})
    pair.fail_over()
    while True:
        try:
            await store.rows(WRITE, {"number": 20})
            break
        except StoreUnavailable:
            await asyncio.sleep(0.05)
    rows = await store.rows(text("SELECT number FROM told ORDER BY number"))
    await store.aclose()
    assert [row.number for row in rows] == list(range(21))
