"""The identity rules in force: versions, the highest stands."""

from datetime import datetime

import msgspec
from sqlalchemy import text

from capabilities.member.identity_rules import DEFAULT_RULES, IdentityRules, written_rules
from store.engine import Run

_CURRENT = text("""
  SELECT version, body FROM identity_rules WHERE brand = :brand ORDER BY version DESC LIMIT 1
""")
_PUT = text("""
  INSERT INTO identity_rules (brand, version, body, put_at, put_by)
  VALUES (:brand, :version, :body, :at, :by)
""")


class RulesInForce:
    """The rules of one brand; until somebody puts others the defaults stand as version 0."""

    def __init__(self, brand: str) -> None:
        self._brand = brand
        self._known: tuple[int, IdentityRules] = (0, DEFAULT_RULES)

    @property
    def known(self) -> tuple[int, IdentityRules]:
        """The version last read; whoever decides by it reads `current` in its transaction."""
        return self._known

    async def current(self, run: Run) -> tuple[int, IdentityRules]:
        """The version in force and its rules, decoded once a version."""
        rows = await run(_CURRENT, {"brand": self._brand})
        version = rows[0].version if rows else 0
        if version != self._known[0]:
            body = bytes(rows[0].body) if rows else written_rules(DEFAULT_RULES)
            self._known = version, msgspec.json.decode(body, type=IdentityRules)
        return self._known

    async def put(self, run: Run, rules: IdentityRules, *, by: str, at: datetime) -> int:
        """Put a new version in force; which it is. Hold the lock of `store.member.people_lock`."""
        version, _ = await self.current(run)
        named = {"brand": self._brand, "version": version + 1, "at": at, "by": by}
        await run(_PUT, {**named, "body": written_rules(rules)})
        return version + 1
