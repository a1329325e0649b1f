"""Differences that people explained: rows that are only ever added, each with its end."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import text

from capabilities.adoption.difference import DiffClass
from capabilities.adoption.expected import ExpectedRule, Rules
from capabilities.estate import Capability
from store.engine import Row, Run, Store

_ADD = text("""
  INSERT INTO adoption_acknowledgements (brand, id, channel, capability, field, klass, pattern,
    reason, owner, author, at, expires_at)
  VALUES (:brand, :id, :channel, :capability, :field, :klass, :pattern, :reason, :owner, :author,
    :at, :expires_at)
""")
# Who explains the same once more says when it ends.
_IN_FORCE = text("""
  SELECT * FROM (
    SELECT DISTINCT ON (channel, capability, field, klass, pattern) *
    FROM adoption_acknowledgements WHERE brand = :brand
    ORDER BY channel, capability, field, klass, pattern, at DESC, id
  ) AS newest WHERE expires_at > :at
""")
# Comparing began with the newest step that led to it, or that took back what it had led to. A halt
# takes nothing back: whoever is resumed goes on with what was compared before.
_EPOCHS = text("""
  SELECT channel, capability, max(version) AS epoch FROM adoption_steps
  WHERE brand = :brand AND (state = 'SHADOW_READ' OR (action = 'DEMOTE' AND state <> 'HALTED'))
  GROUP BY channel, capability
""")


class Acknowledgements:
    """The explanations of one brand."""

    def __init__(self, store: Store, brand: str) -> None:
        self._store = store
        self._brand = brand

    async def add_in(self, run: Run, rule: ExpectedRule, author: str) -> None:
        """Add one, in the caller's transaction; it was checked before."""
        row = {
            "brand": self._brand,
            "id": rule.id,
            "channel": rule.channel,
            "capability": rule.capability.value,
            "field": rule.field,
            "klass": rule.klass.value,
            "pattern": rule.pattern,
            "reason": rule.reason,
            "owner": rule.owner,
            "author": author,
            "at": rule.at,
            "expires_at": rule.expires_at,
        }
        await run(_ADD, row)

    async def in_force(self, at: datetime) -> Mapping[tuple[Capability, str], Rules]:
        """Those that did not end by a moment, by what they are about, and since which step."""
        found: dict[tuple[Capability, str], list[ExpectedRule]] = {}
        epochs: dict[tuple[Capability, str], int] = {}
        for row in await self._store.rows(_EPOCHS, {"brand": self._brand}):
            epochs[Capability(row.capability), row.channel] = row.epoch
        for row in await self._store.rows(_IN_FORCE, {"brand": self._brand, "at": at}):
            rule = _rule(row)
            found.setdefault((rule.capability, rule.channel), []).append(rule)
        return {pair: Rules(found.get(pair, ()), epochs.get(pair, 0)) for pair in {*found, *epochs}}


def _rule(row: Row) -> ExpectedRule:
    return ExpectedRule(
        id=row.id,
        channel=row.channel,
        capability=Capability(row.capability),
        field=row.field,
        klass=DiffClass(row.klass),
        pattern=row.pattern,
        reason=row.reason,
        owner=row.owner,
        at=row.at,
        expires_at=row.expires_at,
    )
