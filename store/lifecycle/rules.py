"""Versions of the lifecycle's rules: put once, in force for everybody, never changed."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from msgspec import Struct
from sqlalchemy import text

from capabilities.lifecycle.rules import Rules
from store.engine import Run, Store

_CURRENT = text("""
  SELECT version, rules, author, reason, put_at FROM lifecycle_rules
  WHERE brand = :brand ORDER BY version DESC LIMIT :most
""")
# Two that put at once: one of them waits for the other and comes after it.
_TURN = text("SELECT pg_advisory_xact_lock(hashtext('lifecycle rules ' || :brand))")
_PUT = text("""
  INSERT INTO lifecycle_rules (brand, version, rules, author, reason, put_at)
  SELECT :brand, coalesce(max(version), 0) + 1, CAST(:rules AS jsonb), :author, :reason, :at
  FROM lifecycle_rules WHERE brand = :brand RETURNING version
""")


class RulesVersion(Struct, frozen=True, kw_only=True):
    """One version of the rules; version 0 are the defaults, which nobody put."""

    version: int
    rules: Rules
    author: str = ""
    reason: str = ""
    put_at: datetime | None = None


class LifecycleRules:
    """The rules of one brand."""

    def __init__(self, store: Store, brand: str) -> None:
        self._store = store
        self._brand = brand

    async def current(self) -> RulesVersion:
        """What is in force."""
        return await self.current_in(self._store.rows)

    async def current_in(self, run: Run) -> RulesVersion:
        """As `current`, in the caller's transaction."""
        known = await self._versions(run, 1)
        return known[0] if known else RulesVersion(version=0, rules=Rules())

    async def history(self, most: int = 50) -> Sequence[RulesVersion]:
        """The versions, the newest first."""
        return await self._versions(self._store.rows, most)

    async def put(self, rules: Rules, *, author: str, reason: str, at: datetime) -> int:
        """Put rules in force; people are judged anew by the sweep. BadInput where they fail."""
        rules.check()
        named = {"brand": self._brand, "author": author, "reason": reason, "at": at}
        text_of = msgspec.json.encode(rules).decode()
        return await self._store.transaction(lambda run: _put(run, {**named, "rules": text_of}))

    async def _versions(self, run: Run, most: int) -> Sequence[RulesVersion]:
        rows = await run(_CURRENT, {"brand": self._brand, "most": most})
        return [
            RulesVersion(
                version=row.version,
                rules=msgspec.convert(row.rules, Rules),
                author=row.author,
                reason=row.reason,
                put_at=row.put_at,
            )
            for row in rows
        ]


async def _put(run: Run, named: dict[str, object]) -> int:
    await run(_TURN, {"brand": named["brand"]})
    (row,) = await run(_PUT, named)
    version: int = row.version
    return version
