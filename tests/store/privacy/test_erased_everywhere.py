"""Every table that names people, planted with a row of hers and one of her neighbour's, and erased.

The rows are made from the description of the tables, so that a new table is tried by itself: what
an erasure does with it must stand in `erasing_tables`, and must be done.
"""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import ARRAY, Column, Table, create_engine, text
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.pool import NullPool

from capabilities.member.erasure import EraseWish, Erasure, Knower
from store.address import driver_url
from store.metadata import METADATA
from store.privacy.data_keys import DataKeys, owner_of_membership
from store.privacy.erasing import Erasing
from store.privacy.erasing_tables import (
    BY_HOLDER,
    BY_MEMBERSHIP,
    BY_PAIR,
    BY_PERSON,
    KEPT,
    UNNAMED,
)
from store.sealing import Sealer
from tests.store.member.taking import BRAND, Desk, membership

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
HERS, OTHERS = "HERS-7", "OTHERS-8"
GONE = {*BY_MEMBERSHIP, *BY_PAIR, *BY_PERSON, *BY_HOLDER}
# Columns that say who somebody is: by her number, by her id, and as an owner of keys.
_NUMBERS = ("holder_number", "customer", "left_number", "number")
_IDS = ("one_id", "old_id", "member", "about")
_ANYTHING: dict[type, Any] = {
    int: 1,
    float: 1.0,
    bool: False,
    datetime: NOW,
    date: NOW.date(),
    Decimal: Decimal(1),
}
# Words that an erasure reads itself.
_WORDS = {
    ("consents", "purpose"): "MARKETING",
    ("consents", "medium"): "SMS",
    ("consents", "status"): "GRANTED",
}


def naming() -> dict[str, Table]:
    """The tables that name people."""
    return {name: one for name, one in METADATA.tables.items() if any(map(_names, one.columns))}


def _names(column: Column[Any]) -> bool:
    known = {*_NUMBERS, *_IDS, "owner"}
    return column.name in known and column.type.python_type is str


def row_of(table: Table, number: str, one_id: str) -> dict[str, Any]:
    """A row of somebody's: what names her, and anything where nothing may be missing."""
    row = {}
    for column in table.columns:
        name = column.name
        if name in _NUMBERS and _names(column):
            row[name] = number
        elif name == "right_number":
            row[name] = "9999"
        elif name in _IDS:
            row[name] = f"old-{one_id}" if name == "old_id" else one_id
        elif name == "owner":
            row[name] = owner_of_membership("store", number)
        elif name == "brand":
            row[name] = BRAND
        elif name.endswith("channel"):
            row[name] = "store"
        elif not column.nullable and column.identity is None:
            row[name] = _WORDS.get((table.name, name)) or _anything(column)
    return row


def _anything(column: Column[Any]) -> Any:
    if isinstance(column.type, JSONB):
        return {}
    if isinstance(column.type, ARRAY):
        return []
    kind, drawn = column.type.python_type, uuid4()
    if column.primary_key and kind is int:
        return drawn.int % 1_000_000_000
    unique = {str: drawn.hex, bytes: drawn.bytes, UUID: drawn}
    return unique.get(kind) or _ANYTHING[kind]


@pytest.fixture
async def desk(store):
    opened = Desk(store)
    await opened.take(
        membership("store", HERS, phone="13912345678", card="BW7"),
        membership("store", OTHERS, phone="13800138000"),
    )
    return opened


async def id_of(desk, number):
    people = await desk.people()
    return next(one_id for one_id, keys in people.items() if ("store", number) in keys)


async def planted(store, engine, table, number, one_id):
    """Plant a row, unless there is one already."""
    if await naming_rows(store, table.name, number, one_id):
        return
    statement = insert(table).values(row_of(table, number, one_id)).on_conflict_do_nothing()
    with engine.begin() as connection:
        connection.execute(statement)


async def naming_rows(store, table, *words):
    """How many rows of a table say one of these words, in whatever column."""
    likes = [f"%{word}%" for word in words]
    query = text(f"SELECT count(*) AS n FROM {table} t WHERE t::text LIKE ANY (:likes)")  # noqa: S608
    return (await store.rows(query, {"likes": likes}))[0].n


@pytest.fixture
def rows(database):
    engine = create_engine(driver_url(database), poolclass=NullPool)
    yield engine
    engine.dispose()


async def test_nothing_names_her_but_what_may(desk, store, rows):
    hers, others = await id_of(desk, HERS), await id_of(desk, OTHERS)
    tables = naming()
    for table in tables.values():
        await planted(store, rows, table, HERS, hers)
        await planted(store, rows, table, OTHERS, others)
    for words in ((HERS, hers), (OTHERS, others)):
        before = {name: await naming_rows(store, name, *words) for name in tables}
        assert [name for name, count in before.items() if not count] == [], "nothing was planted"
    wish = EraseWish(
        one_id=hers,
        reason="ticket",
        knowers=(Knower(connector="tills", channels=frozenset({"store"})),),
    )
    erasing = Erasing(store, DataKeys(BRAND, Sealer(b"s" * 32)), desk.tombstones)
    done = await erasing.erase(wish, author="ada", idempotency_key="k", now=NOW)
    assert isinstance(done, Erasure)
    after = {name: await naming_rows(store, name, HERS, hers) for name in tables}
    assert {name for name, count in after.items() if count} <= KEPT.keys()
    assert after["data_keys"] == 0, "a key of hers still opens something"
    assert {name for name in GONE | {*UNNAMED} if after.get(name)} == set()
    kept = {name: await naming_rows(store, name, OTHERS, others) for name in tables}
    assert [name for name, count in kept.items() if not count] == [], "her neighbour's row is gone"


def test_every_table_that_names_people_says_what_becomes_of_her_rows():
    told = [*BY_MEMBERSHIP, *BY_PAIR, *BY_PERSON, *BY_HOLDER, *UNNAMED, *KEPT]
    assert sorted(naming().keys() - set(told)) == []
    assert len(told) == len(set(told)), "a table stands in two lists"
    assert set(told) <= METADATA.tables.keys()


# Sealed, and under no owner's key: why that is nothing of hers that stays.
SEALED_OTHERWISE = {
    "copied_rows": "rows of hers go from the copy, a place of its own: platform:copy",
    "copied_batches": "bodies go with their rows, and after their days",
    "connector_secrets": "of systems, of no person",
    "inbox_senders": "of who pushes, of no person",
    "member_commands": "under the key of her one_id",
}


def test_what_is_sealed_is_under_its_owners_key_or_goes_with_her_rows():
    sealed = {
        name
        for name, table in METADATA.tables.items()
        if any(column.name.startswith("sealed") for column in table.columns)
    }
    owned = {name for name in sealed if "owner" in METADATA.tables[name].columns}
    assert sorted(sealed - owned - GONE - SEALED_OTHERWISE.keys()) == []
    assert sorted(SEALED_OTHERWISE.keys() - sealed) == []
