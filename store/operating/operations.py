"""Registered operations of one brand: added once, read by every process, never changed."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, text

from capabilities.operations import RegisteredOperation, operation_hash
from store.engine import Store
from store.versions import OPERATIONS

# One statement: the lock on the version's row keeps positions in the order of commits, and a text
# or a key that is known raises nothing. Milliseconds, as for every version: see products_file.
_ADD = text("""
  WITH raised AS (
    INSERT INTO state_versions AS old (brand, part, version, changed_at)
    SELECT :brand, :part, CAST(extract(epoch FROM clock_timestamp()) * 1000 AS bigint), now()
    WHERE NOT EXISTS (
      SELECT FROM operations WHERE brand = :brand AND (
        sha256 = :sha256 OR (registered_by = :registered_by AND idempotency_key = :key)
      )
    )
    ON CONFLICT (brand, part) DO UPDATE
    SET version = greatest(old.version + 1, excluded.version), changed_at = now()
    RETURNING version
  )
  INSERT INTO operations
    (brand, sha256, text, name, registered_by, registered_at, idempotency_key, position)
  SELECT :brand, :sha256, :text, CAST(:name AS text), :registered_by, now(), :key, version
  FROM raised
  ON CONFLICT DO NOTHING
""")
_STANDING = text("""
  SELECT * FROM operations WHERE brand = :brand
    AND (sha256 = :sha256 OR (registered_by = :registered_by AND idempotency_key = :key))
  ORDER BY (sha256 = :sha256) DESC
""")
_AFTER = text("""
  SELECT * FROM operations WHERE brand = :brand AND position > :position
  ORDER BY position LIMIT :first
""")


class Operations:
    """The registry; callers check a text before it comes here."""

    def __init__(self, store: Store, brand: str) -> None:
        self._store = store
        self._brand = brand

    async def register(
        self, source: str, name: str | None, *, by: str, idempotency_key: str
    ) -> RegisteredOperation | None:
        """The operation as it stands now; None where its author's key stands for another text.

        A text that was registered before is answered as it was then, whoever asks.
        """
        named = {
            "brand": self._brand,
            "sha256": operation_hash(source),
            "registered_by": by,
            "key": idempotency_key,
        }
        await self._store.rows(_ADD, {**named, "text": source, "name": name, "part": OPERATIONS})
        rows = await self._store.rows(_STANDING, named)
        keyed = [
            one for one in rows if (one.registered_by, one.idempotency_key) == (by, idempotency_key)
        ]
        if any(one.sha256 != named["sha256"] for one in keyed):
            return None
        return _operation(rows[0])

    async def after(self, position: int, first: int) -> tuple[Sequence[RegisteredOperation], int]:
        """At most `first` operations behind a position, oldest first, and the last one's place."""
        asked = {"brand": self._brand, "position": position, "first": first}
        rows = await self._store.rows(_AFTER, asked)
        return tuple(map(_operation, rows)), rows[-1].position if rows else position


def _operation(row: Row[Any]) -> RegisteredOperation:
    return RegisteredOperation(
        sha256=row.sha256,
        text=row.text,
        name=row.name,
        registered_by=row.registered_by,
        registered_at=row.registered_at,
    )
