"""API keys of one brand: made, rotated and revoked by operators, followed by every process."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Row, text

from capabilities.api_keys import ApiKey, KeyScope, Presented
from capabilities.audit import Entry
from capabilities.caller import Role
from store.access.audit import audited
from store.engine import Run, Store
from store.versions import KEYS

_STANDING = "revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())"
_ALL = text("SELECT * FROM api_keys WHERE brand = :brand ORDER BY name, created_at, id")
# Who may be used is who the last statement of its brand left so: the version's row is the lock.
_RAISE = text("""
  INSERT INTO state_versions AS old (brand, part, version, changed_at)
  VALUES (:brand, :part, CAST(extract(epoch FROM clock_timestamp()) * 1000 AS bigint), now())
  ON CONFLICT (brand, part) DO UPDATE
  SET version = greatest(old.version + 1, excluded.version), changed_at = now()
""")
_STANDS = text(f"SELECT * FROM api_keys WHERE brand = :brand AND name = :name AND {_STANDING}")  # noqa: S608 - our own text
_ADD = text("""
  INSERT INTO api_keys (brand, id, name, hash, role, channels, stores, created_at, created_by)
  VALUES (:brand, :id, :name, :hash, :role, CAST(:channels AS text[]), CAST(:stores AS text[]),
    now(), :by)
""")
_END = text(f"""
  UPDATE api_keys SET expires_at = least(expires_at, now() + CAST(:overlap AS interval))
  WHERE brand = :brand AND name = :name AND {_STANDING}
""")  # noqa: S608 - our own text
_REVOKE = text("""
  UPDATE api_keys SET revoked_at = now()
  WHERE brand = :brand AND name = :name AND revoked_at IS NULL RETURNING id
""")


class ApiKeys:
    """The keys of one brand."""

    def __init__(self, store: Store, brand: str) -> None:
        self._store = store
        self._brand = brand

    async def all(self) -> Sequence[ApiKey]:
        """Every key, also those that ended."""
        rows = await self._store.rows(_ALL, {"brand": self._brand})
        return [_key(row) for row in rows]

    async def add(self, name: str, scope: KeyScope, made: Presented, *, by: str) -> bool:
        """Keep a new key; False where one of this name stands."""

        async def work(run: Run) -> bool:
            if await self._standing(run, name):
                return False
            await self._insert(run, name, scope, made, by)
            await self._told(run, "key.created", name, by)
            return True

        return await self._store.transaction(work)

    async def rotate(
        self, name: str, made: Presented, overlap: timedelta, *, by: str
    ) -> KeyScope | None:
        """Keep a new key of the same scope beside the old one, which ends after the overlap.

        None where no key of this name stands.
        """

        async def work(run: Run) -> KeyScope | None:
            standing = await self._standing(run, name)
            if not standing:
                return None
            await run(_END, {"brand": self._brand, "name": name, "overlap": overlap})
            await self._insert(run, name, standing[-1].scope, made, by)
            await self._told(run, "key.rotated", name, by)
            return standing[-1].scope

        return await self._store.transaction(work)

    async def revoke(self, name: str, *, by: str) -> bool:
        """End every key of a name at once; False where there is none to end."""

        async def work(run: Run) -> bool:
            await run(_RAISE, {"brand": self._brand, "part": KEYS})
            ended = await run(_REVOKE, {"brand": self._brand, "name": name})
            if ended:
                await self._told(run, "key.revoked", name, by)
            return bool(ended)

        return await self._store.transaction(work)

    async def _standing(self, run: Run, name: str) -> Sequence[ApiKey]:
        await run(_RAISE, {"brand": self._brand, "part": KEYS})
        rows = await run(_STANDS, {"brand": self._brand, "name": name})
        return sorted(map(_key, rows), key=lambda one: (one.created_at, one.id))

    async def _insert(self, run: Run, name: str, scope: KeyScope, made: Presented, by: str) -> None:
        columns = {
            "id": made.id,
            "name": name,
            "hash": made.hash,
            "role": scope.role.value,
            "channels": None if scope.channels is None else sorted(scope.channels),
            "stores": None if scope.stores is None else sorted(scope.stores),
            "by": by,
        }
        await run(_ADD, {"brand": self._brand, **columns})

    async def _told(self, run: Run, action: str, name: str, by: str) -> None:
        await audited(run, self._brand, Entry(action=action, actor=by, facts={"key": name}))


def _key(row: Row[Any]) -> ApiKey:
    scope = KeyScope(
        role=Role(row.role),
        channels=None if row.channels is None else frozenset(row.channels),
        stores=None if row.stores is None else frozenset(row.stores),
    )
    return ApiKey(
        id=row.id,
        name=row.name,
        scope=scope,
        hash=bytes(row.hash),
        created_at=row.created_at,
        created_by=row.created_by,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
    )
