"""The rules by which attributes survive: versions, the highest in force."""

from datetime import datetime
from typing import NamedTuple

import msgspec
from sqlalchemy import text

from capabilities.profile.rules import DEFAULT_RULES, ProfileRules
from store.engine import Run, Store

_CURRENT = text("""
  SELECT version, rules FROM profile_rules WHERE brand = :brand ORDER BY version DESC LIMIT 1
""")
_PUT = text("""
  INSERT INTO profile_rules (brand, version, rules, author, reason, changed_at)
  SELECT :brand, coalesce(max(version), 0) + 1, CAST(:rules AS jsonb), :author, :reason, :at
  FROM profile_rules WHERE brand = :brand
  ON CONFLICT DO NOTHING RETURNING version
""")


class RulesInForce(NamedTuple):
    """The rules and their version; 0 are those that Santong brings."""

    version: int
    rules: ProfileRules


class ProfileRulesVersions:
    """The rules of one brand."""

    def __init__(self, store: Store, brand: str) -> None:
        self._store = store
        self._brand = brand

    async def current(self) -> RulesInForce:
        """What holds now."""
        return await self.current_in(self._store.rows)

    async def current_in(self, run: Run) -> RulesInForce:
        """As `current`, in the caller's transaction."""
        rows = await run(_CURRENT, {"brand": self._brand})
        if not rows:
            return RulesInForce(0, DEFAULT_RULES)
        return RulesInForce(rows[0].version, msgspec.convert(rows[0].rules, ProfileRules))

    async def put(self, rules: ProfileRules, *, author: str, reason: str, at: datetime) -> int:
        """A new version in force, and its number."""
        row = {
            "rules": msgspec.json.encode(rules).decode(),
            "author": author,
            "reason": reason,
            "at": at,
        }
        while not (rows := await self._store.rows(_PUT, {"brand": self._brand, **row})):
            pass  # somebody else put one at the same moment: count anew
        return int(rows[0].version)
