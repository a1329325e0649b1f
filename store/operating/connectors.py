"""Registered connectors of one brand: a history that only grows, and their sealed secrets."""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct
from sqlalchemy import Row, text

from capabilities.operations import IdempotencyKeyReused
from capabilities.registration import (
    ConnectorChange,
    RegisteredConnector,
    RegistrationAction,
)
from store.engine import Store
from store.versions import ESTATE

# One statement: the version's row is the lock, and only who has seen the newest version may add.
_ADD = text("""
  WITH raised AS (
    INSERT INTO state_versions AS old (brand, part, version, changed_at)
    SELECT :brand, :part, CAST(extract(epoch FROM clock_timestamp()) * 1000 AS bigint), now()
    WHERE NOT EXISTS (
      SELECT FROM connector_versions
      WHERE brand = :brand AND author = :author AND idempotency_key = :key
    )
    ON CONFLICT (brand, part) DO UPDATE
    SET version = greatest(old.version + 1, excluded.version), changed_at = now()
    WHERE old.version = :seen
    RETURNING version
  ), kept AS (
    INSERT INTO connector_secrets (brand, connector, name, sealed)
    SELECT :brand, :name, one.name, one.sealed
    FROM raised, unnest(CAST(:secrets AS text[]), CAST(:sealed AS bytea[])) AS one (name, sealed)
    ON CONFLICT (brand, connector, name) DO UPDATE SET sealed = excluded.sealed
  ), dropped AS (
    DELETE FROM connector_secrets USING raised
    WHERE brand = :brand AND connector = :name AND :removed
  )
  INSERT INTO connector_versions (brand, name, version, action, definition, paused, author,
    changed_at, reason, idempotency_key, wish)
  SELECT :brand, :name, 1 + (
      SELECT coalesce(max(version), 0) FROM connector_versions
      WHERE brand = :brand AND name = :name
    ), :action, :definition, :paused, :author, now(), :reason, :key, :wish
  FROM raised
  RETURNING *
""")
_KEYED = text("""
  SELECT * FROM connector_versions
  WHERE brand = :brand AND author = :author AND idempotency_key = :key
""")
# The version and the rows of one snapshot, also where there are no rows.
_CURRENT = text("""
  SELECT seen.version AS seen, one.* FROM (
    SELECT coalesce(max(version), 0) AS version FROM state_versions
    WHERE brand = :brand AND part = :part
  ) AS seen LEFT JOIN LATERAL (
    SELECT DISTINCT ON (name) *, min(changed_at) OVER (PARTITION BY name) AS began
    FROM connector_versions WHERE brand = :brand ORDER BY name, version DESC
  ) AS one ON true
  ORDER BY one.began, one.name
""")
_SECRETS = text("SELECT connector, name, sealed FROM connector_secrets WHERE brand = :brand")
_HISTORY = text("""
  SELECT * FROM connector_versions WHERE brand = :brand AND name = :name ORDER BY version
""")
_RESEAL = text("""
  WITH done AS (
    UPDATE connector_secrets SET sealed = :sealed
    WHERE brand = :brand AND connector = :connector AND name = :name AND sealed = :before
    RETURNING name
  )
  UPDATE state_versions SET version = version + 1, changed_at = now()
  FROM done WHERE state_versions.brand = :brand AND part = :part
""")


class Registrations(Struct, frozen=True):
    """Every connector as it stands, in the order of first registration, at one version."""

    seen: int
    connectors: tuple[RegisteredConnector, ...]


class RegisteredConnectors:
    """The history; callers check a change before it comes here."""

    def __init__(self, store: Store, brand: str) -> None:
        self._store = store
        self._brand = brand

    async def current(self) -> Registrations:
        """How every name stands, those that were removed left out."""
        rows = await self._store.rows(_CURRENT, {"brand": self._brand, "part": ESTATE})
        standing = [_connector(row) for row in rows if row.name is not None]
        return Registrations(rows[0].seen, tuple(one for one in standing if not one.removed))

    async def secrets(self) -> Mapping[str, Mapping[str, bytes]]:
        """Sealed secrets by connector and name."""
        found: dict[str, dict[str, bytes]] = {}
        for row in await self._store.rows(_SECRETS, {"brand": self._brand}):
            found.setdefault(row.connector, {})[row.name] = bytes(row.sealed)
        return found

    async def history(self, name: str) -> Sequence[RegisteredConnector]:
        """Every version of a name, the first one first."""
        asked = {"brand": self._brand, "name": name}
        return tuple(map(_connector, await self._store.rows(_HISTORY, asked)))

    async def known(
        self, author: str, idempotency_key: str, wish: bytes
    ) -> RegisteredConnector | IdempotencyKeyReused | None:
        """What the same wish did before; None where its key is new."""
        asked = {"brand": self._brand, "author": author, "key": idempotency_key}
        rows = await self._store.rows(_KEYED, asked)
        if not rows:
            return None
        if bytes(rows[0].wish) != wish:
            return IdempotencyKeyReused(
                code="IDEMPOTENCY_KEY_REUSED", path=("input", "idempotencyKey")
            )
        return _connector(rows[0])

    async def add(self, change: ConnectorChange, seen: int) -> RegisteredConnector | None:
        """The new version; None where the estate is not the one that was `seen` any more."""
        rows = await self._store.rows(
            _ADD,
            {
                "brand": self._brand,
                "part": ESTATE,
                "seen": seen,
                "name": change.name,
                "action": change.action.value,
                "removed": change.action is RegistrationAction.REMOVE,
                "definition": change.definition,
                "paused": change.paused,
                "author": change.author,
                "reason": change.reason,
                "key": change.idempotency_key,
                "wish": change.wish,
                "secrets": list(change.sealed),
                "sealed": list(change.sealed.values()),
            },
        )
        return _connector(rows[0]) if rows else None

    async def reseal(self, connector: str, name: str, before: bytes, sealed: bytes) -> None:
        """Put a secret under another key, unless somebody gave a new one meanwhile."""
        asked = {"brand": self._brand, "connector": connector, "name": name}
        await self._store.rows(
            _RESEAL, {**asked, "before": before, "sealed": sealed, "part": ESTATE}
        )


def _connector(row: Row[Any]) -> RegisteredConnector:
    return RegisteredConnector(
        name=row.name,
        version=row.version,
        action=RegistrationAction(row.action),
        definition=row.definition,
        paused=row.paused,
        author=row.author,
        changed_at=row.changed_at,
        reason=row.reason,
    )
