"""Indexes of tables that may be large already: built behind the migrations, while writes go on.

In the migrations' own transaction an index holds up every write of its table until it is built.
These are built one by one, each in no transaction; one that was left half built is made anew. Until
one stands, what it serves is slow and right.
"""

import time

from sqlalchemy import Connection, Engine, Index, text
from sqlalchemy.schema import CreateIndex

from store.metadata import METADATA

LATER = ("membership_records_copied", "flash_reservations_batch", "order_copies_buyer")
_STAND = text("""
  SELECT c.relname AS name, i.indisvalid AS whole
  FROM pg_class c JOIN pg_index i ON i.indexrelid = c.oid
  WHERE c.relname = ANY(CAST(:names AS text[])) AND pg_table_is_visible(c.oid)
""")
# Whoever builds waits for every transaction that is open, so nobody may wait in one for the lock.
_TRY = text("SELECT pg_try_advisory_lock(:lock)")
_LEAVE = text("SELECT pg_advisory_unlock(:lock)")
_LOCK = 0x5A_07_06_1E
_PAUSE_SECONDS = 0.2


def build_later(engine: Engine) -> None:
    """Build those that do not stand yet; processes that start together build one after another."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if not _missing(connection):
            return
        while not connection.execute(_TRY, {"lock": _LOCK}).scalar():
            time.sleep(_PAUSE_SECONDS)
        try:
            for index in _missing(connection):
                _build(connection, index)
        finally:
            connection.execute(_LEAVE, {"lock": _LOCK})


def _missing(connection: Connection) -> list[Index]:
    rows = connection.execute(_STAND, {"names": list(LATER)})
    whole = {row.name for row in rows if row.whole}
    return [one for one in _indexes() if one.name not in whole]


def _indexes() -> list[Index]:
    found = {str(one.name): one for table in METADATA.tables.values() for one in table.indexes}
    return [found[name] for name in LATER]


def _build(connection: Connection, index: Index) -> None:
    connection.execute(text(f"DROP INDEX CONCURRENTLY IF EXISTS {index.name}"))
    made = str(CreateIndex(index).compile(connection))
    connection.execute(text(made.replace("CREATE INDEX", "CREATE INDEX CONCURRENTLY", 1)))
