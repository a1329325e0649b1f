"""Sealing anew: every column, beside writers, and after a kill; nothing is lost or forgotten."""

import asyncio
import os
import secrets
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import LargeBinary, text

from capabilities.copied import CopiedBatch, CopiedRow
from store.access.audit import Audit
from store.copied.copying import open_copied
from store.copied.senders import Senders
from store.engine import Store
from store.keyring import keyring_of
from store.metadata import METADATA
from store.privacy.data_keys import DataKeys
from store.promotion.coupon_rows import place_of_coupon
from store.rotating import Rotation
from store.sealed_columns import (
    BY_DATA_KEYS,
    CONNECTOR_SECRETS,
    SEALED_COLUMNS,
    UNSEALED,
    place_of_secret,
)
from tests.migrated import migrated

BRAND, SECRET, NEW = "baiwei", b"s" * 40, "n" * 40
OLD_KEYS = keyring_of(SECRET)
BOTH = keyring_of(SECRET, f"{NEW},derived")
NEW_ONLY = keyring_of(SECRET, NEW)
AT = datetime(2026, 11, 27, tzinfo=UTC)
ROOT = Path(__file__).parents[2]


@pytest.fixture
def database(postgres):
    return migrated(postgres, f"rotating_{secrets.token_hex(4)}")


@pytest.fixture
async def store(database):
    opened = Store.open(database, deadline_seconds=60, connections=4)
    yield opened
    await opened.aclose()


def batch(sequence, count, words="first"):
    rows = [
        CopiedRow(section="orders", key=f"o{at}", body=f'"{words} {at}"', mapping="m", store="M1")
        for at in range(count)
    ]
    return CopiedBatch(
        connector="tills",
        feeder="m1",
        stream="s",
        sequence=sequence,
        content=f"c{sequence}",
        rows=rows,
        raw=b"raw body",
    )


async def filled(store, keys, count=40):
    await store.transaction(
        lambda run: DataKeys(BRAND, keys.sealer()).make(run, [f"m:shop:{n}" for n in range(count)])
    )
    await Senders(store, keys.sealer(), BRAND).add("tills", "till 1", ["M1"], "a key", by="test")
    await open_copied(store, BRAND, keys).accept(batch(1, count))
    sealed = keys.sealer(CONNECTOR_SECRETS).seal("hunter2", place_of_secret(BRAND, "woo", "pw"))
    await store.rows(
        text("""
          INSERT INTO connector_secrets (brand, connector, name, sealed)
          VALUES (:brand, 'woo', 'pw', :sealed) RETURNING 1
        """),
        {"brand": BRAND, "sealed": sealed},
    )
    await store.rows(
        text("""
          INSERT INTO coupons (brand, id, template, code_hash, sealed, state, issued)
          VALUES (:brand, 'c1', 'ten', '', :sealed, 'AVAILABLE', 0) RETURNING 1
        """),
        {
            "brand": BRAND,
            "sealed": keys.sealer().seal("a code", place_of_coupon(BRAND, "c1")),
        },
    )


async def readable(store, keys, count=40):
    """Whether these keys open everything; what the copy says."""
    owners = [f"m:shop:{n}" for n in range(count)]
    assert len(await DataKeys(BRAND, keys.sealer()).load(store.rows, owners)) == count
    assert (await Senders(store, keys.sealer(), BRAND).key_of("tills", "till 1"))[0] == "a key"
    for column in SEALED_COLUMNS:
        keyed = ", ".join(column.keys)
        rows = await store.rows(
            text(f"SELECT {keyed}, {column.column} AS value FROM {column.table}")  # noqa: S608
        )
        assert rows
        for row in rows:
            place = column.place_of(BRAND, row)
            assert keys.sealer(column.purpose).open_bytes(bytes(row.value), place)
    seals = open_copied(store, BRAND, keys)._seals
    rows = await store.rows(text("SELECT section, key, sealed_body FROM copied_rows"))
    return {seals.opened("tills", one.section, one) for one in rows}


async def test_everything_is_sealed_anew_and_the_older_key_can_go(store):
    await filled(store, OLD_KEYS)
    before = await readable(store, OLD_KEYS)
    told = []
    rotation = Rotation(store, BRAND, BOTH, at_once=7)
    done = await rotation.rotate("cli:test", told.append)
    assert done.sealed == {
        "data_keys": 40,
        "inbox_senders": 1,
        "connector_secrets": 1,
        "copied_rows": 40,
        "copied_batches": 1,
        "coupons": 1,
    }
    assert (done.lost, sum(told)) == (0, 84)
    assert await readable(store, NEW_ONLY) == before
    assert all(one.newest for one in await rotation.status())
    assert (await rotation.rotate("cli:test", told.append)).sealed["data_keys"] == 0
    rows = await Audit(store, BRAND).page(9)
    assert [one.action for one in rows] == ["sealing.rotated", "sealing.rotation_begun"] * 2
    assert '"data_keys":40' in rows[2].facts


async def test_what_no_key_opens_is_counted_and_left_as_it_is(store):
    await filled(store, keyring_of(SECRET, "x" * 40), 3)
    rotation = Rotation(store, BRAND, BOTH)
    assert {one.known for one in await rotation.status()} == {False}
    done = await rotation.rotate("cli:test", lambda _: None)
    assert (done.lost, set(done.sealed.values())) == (10, {0})
    assert await readable(store, keyring_of(SECRET, "x" * 40), 3)


async def test_writers_at_work_lose_nothing_whichever_key_they_know(store):
    await filled(store, OLD_KEYS)
    ended = asyncio.Event()

    async def write(keys, stream):
        copied, at = open_copied(store, BRAND, keys), 1
        while not ended.is_set():
            at += 1
            await copied.accept(batch(at, 40, f"{stream} {at}"))
            names = [f"m:{stream}:{at}"]
            await store.transaction(
                lambda run, names=names: DataKeys(BRAND, keys.sealer()).make(run, names)
            )
        return at

    writers = [asyncio.create_task(write(keyring_of(SECRET, f"derived,{NEW}"), "old"))]
    rotation = Rotation(store, BRAND, BOTH, at_once=3)
    for _ in range(3):
        await rotation.rotate("cli:test", lambda _: None)
    ended.set()
    (last,) = await asyncio.gather(*writers)
    await rotation.rotate("cli:test", lambda _: None)
    assert last > 2
    assert await readable(store, NEW_ONLY) == {f'"old {last} {n}"' for n in range(40)}
    assert all(one.newest for one in await rotation.status())


async def test_a_rotation_that_is_killed_goes_on(store, database, tmp_path):
    await filled(store, OLD_KEYS, 400)
    before = await readable(store, OLD_KEYS, 400)
    (tmp_path / "estate.yaml").write_text(f"brand: {BRAND}\nchannels: []\nconnectors: []\n")
    clean = {name: value for name, value in os.environ.items() if not name.startswith("SANTONG_")}
    environment = {
        **clean,
        "SANTONG_HOME": str(tmp_path),
        "SANTONG_ESTATE": str(tmp_path / "estate.yaml"),
        "SANTONG_DATABASE_URL": database,
        "SANTONG_SECRET_KEY": SECRET.decode(),
        "SANTONG_SEALING_KEYS": f"{NEW},derived",
    }

    def start(*words):
        return subprocess.Popen(
            [sys.executable, "-m", "gateway.cli", "sealing", *words],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    async def sealed():
        rows = await Rotation(store, BRAND, BOTH).status()
        return sum(one.count for one in rows if one.newest)

    with start("rotate", "--at-once", "1") as process:
        while await sealed() < 20:
            assert process.poll() is None, process.stdout.read()
        process.kill()
    met = await sealed()
    assert 20 <= met < 803
    assert await readable(store, BOTH, 400) == before
    with start("rotate") as process:
        told = process.communicate()[0]
    assert process.returncode == 0, told
    assert await readable(store, NEW_ONLY, 400) == before
    with start("status") as process:
        told = process.communicate()[0]
    assert (process.returncode, "the newest" in told) == (0, True)


def test_no_column_of_bytes_is_forgotten():
    columns = [one for table in METADATA.sorted_tables for one in table.columns]
    kept = {str(one) for one in columns if isinstance(one.type, LargeBinary)}
    kept |= {str(one) for one in columns if "sealed" in one.name or "wrapped" in one.name}
    rotated = {f"{one.table}.{one.column}" for one in SEALED_COLUMNS}
    assert kept == rotated | BY_DATA_KEYS | UNSEALED
    assert len(kept) == len(rotated) + len(BY_DATA_KEYS) + len(UNSEALED)
    for one in SEALED_COLUMNS:
        keys = [column.name for column in METADATA.tables[one.table].primary_key]
        assert ["brand", *one.keys] == keys
