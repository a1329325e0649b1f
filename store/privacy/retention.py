"""Records whose time is over: counted, or forgotten a few thousand at a time."""

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import TextClause, text

from capabilities.retention import USUAL, Kept, RetentionRule
from store.engine import Store

_AT_ONCE = 5_000
_RULES = text("SELECT kind, days, changed_by, changed_at FROM retention_rules WHERE brand = :brand")
_SET = text("""
  INSERT INTO retention_rules AS old (brand, kind, days, changed_at, changed_by)
  VALUES (:brand, :kind, :days, :at, :by)
  ON CONFLICT (brand, kind) DO UPDATE
  SET days = excluded.days, changed_at = excluded.changed_at, changed_by = excluded.changed_by
""")
# What is over its time: the table, and when that is. A body is forgotten, its batch stays counted;
# an event waits for those who have not read it yet.
_OVER = {
    "raw_bodies": ("copied_batches", "sealed_raw IS NOT NULL AND accepted_at < :until"),
    "quarantine": ("copied_quarantine", "at < :until"),
    "wishes": ("wishes", "at < :until"),
    "touchpoints": ("touchpoints", "recorded_at < :until"),
    "judged_candidates": ("merge_candidates", "decided_at < :until"),
    "usage": ("usage_runs", "day < CAST(:until AS date)"),
    "usage_reads": ("usage_reads", "day < CAST(:until AS date)"),
    "events": (
        "events",
        """at < :until AND NOT EXISTS (SELECT FROM event_consumers c WHERE c.brand = t.brand
           AND (c.xid, c.position) < (t.xid, t.position))""",
    ),
}


def _count(kind: str) -> TextClause:
    table, over = _OVER[kind]
    return text(f"SELECT count(*) AS over FROM {table} t WHERE t.brand = :brand AND {over}")  # noqa: S608 - our own words


def _forget(kind: str) -> TextClause:
    """Some of what is over its time; the order of rows does not matter."""
    table, over = _OVER[kind]
    some = f"SELECT t.ctid FROM {table} t WHERE t.brand = :brand AND {over} LIMIT {_AT_ONCE}"  # noqa: S608 - as above
    change = f"DELETE FROM {table}"  # noqa: S608 - as above
    if kind == "raw_bodies":
        change = f"UPDATE {table} SET sealed_raw = NULL, raw_until = NULL"  # noqa: S608 - as above
    return text(f"{change} WHERE ctid = ANY(ARRAY({some})) RETURNING 1")


class Retention:
    """How long the records of one brand are kept, and the forgetting of the rest."""

    def __init__(self, store: Store, brand: str) -> None:
        self._store = store
        self._brand = brand

    async def rules(self) -> list[RetentionRule]:
        """The rule of every kind."""
        rows = await self._store.rows(_RULES, {"brand": self._brand})
        own = {row.kind: row for row in rows}
        return [
            RetentionRule(kind=kind, days=days)
            if (row := own.get(kind)) is None
            else RetentionRule(
                kind=kind, days=row.days, changed_by=row.changed_by, changed_at=row.changed_at
            )
            for kind, days in USUAL.items()
        ]

    async def set(self, kind: str, days: int, *, by: str, at: datetime) -> None:
        """Keep a kind so many days from now on."""
        named = {"brand": self._brand, "kind": kind, "days": days, "by": by, "at": at}
        await self._store.rows(_SET, named)

    async def over(self, at: datetime) -> list[Kept]:
        """How many records of each kind are over their time."""
        found = []
        for rule in await self.rules():
            rows = await self._store.rows(_count(rule.kind), self._until(rule, at))
            found.append(Kept(rule, rows[0].over))
        return found

    async def forget(self, at: datetime, told: Callable[[int], None] | None = None) -> list[Kept]:
        """Forget what is over its time; `told` hears of each step. Cut short, it goes on anew."""
        found = []
        for rule in await self.rules():
            count, statement = 0, _forget(rule.kind)
            while gone := len(await self._store.rows(statement, self._until(rule, at))):
                count += gone
                if told is not None:
                    told(gone)
                if gone < _AT_ONCE:
                    break
            found.append(Kept(rule, count))
        return found

    def _until(self, rule: RetentionRule, at: datetime) -> dict[str, object]:
        return {"brand": self._brand, "until": at - timedelta(days=rule.days)}
