"""Senders of one brand: registered by an operator, with keys that only this room reads."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import text

from capabilities.senders import Sender
from store.engine import Store
from store.row_records import records_of
from store.sealing import Sealer

# Who was revoked may be added again, with a new key.
_ADD = text("""
  INSERT INTO inbox_senders AS old
    (brand, connector, sender, stores, sealed_key, added_at, added_by)
  VALUES (:brand, :connector, :sender, CAST(:stores AS text[]), :key, now(), :by)
  ON CONFLICT (brand, connector, sender) DO UPDATE
  SET stores = excluded.stores, sealed_key = excluded.sealed_key, added_at = now(),
      added_by = excluded.added_by, revoked_at = NULL
  WHERE old.revoked_at IS NOT NULL
  RETURNING 1
""")
_REVOKE = text("""
  UPDATE inbox_senders SET revoked_at = now()
  WHERE brand = :brand AND connector = :connector AND sender = :sender AND revoked_at IS NULL
  RETURNING 1
""")
_ALL = text("""
  SELECT connector, sender AS name, stores, added_at, added_by, revoked_at FROM inbox_senders
  WHERE brand = :brand AND (CAST(:connector AS text) IS NULL OR connector = :connector)
  ORDER BY connector, sender
""")
_KEY = text("""
  SELECT stores, sealed_key FROM inbox_senders
  WHERE brand = :brand AND connector = :connector AND sender = :sender AND revoked_at IS NULL
""")


class Senders:
    """The senders of one brand."""

    def __init__(self, store: Store, sealer: Sealer, brand: str) -> None:
        self._store = store
        self._sealer = sealer
        self._brand = brand

    async def add(
        self, connector: str, sender: str, stores: Sequence[str], key: str, *, by: str
    ) -> bool:
        """Register a sender; False where one of this name may send already."""
        named = self._named(connector, sender)
        sealed = self._sealer.seal(key, self._place(connector, sender))
        rows = await self._store.rows(
            _ADD, {**named, "stores": sorted(set(stores)), "key": sealed, "by": by}
        )
        return bool(rows)

    async def revoke(self, connector: str, sender: str) -> bool:
        """Let a sender send no more; False where none of this name may."""
        return bool(await self._store.rows(_REVOKE, self._named(connector, sender)))

    async def all(self, connector: str | None = None) -> Sequence[Sender]:
        """Every sender, also those that were revoked."""
        rows = await self._store.rows(_ALL, {"brand": self._brand, "connector": connector})
        return records_of(rows, Sender)

    async def key_of(self, connector: str, sender: str) -> tuple[str, frozenset[str]] | None:
        """The key and the stores of a sender that may send; None where there is none."""
        rows = await self._store.rows(_KEY, self._named(connector, sender))
        if not rows:
            return None
        key = self._sealer.open(rows[0].sealed_key, self._place(connector, sender))
        return key, frozenset(rows[0].stores)

    def _named(self, connector: str, sender: str) -> dict[str, Any]:
        return {"brand": self._brand, "connector": connector, "sender": sender}

    def _place(self, connector: str, sender: str) -> bytes:
        return place_of_sender(self._brand, connector, sender)


def place_of_sender(brand: str, connector: str, sender: str) -> bytes:
    """Where a sender's key is bound to."""
    return f"{brand}\x1f{connector}\x1f{sender}".encode()
