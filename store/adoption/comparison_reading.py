"""Comparisons as their report reads them, over the last days."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import TextClause, text

from capabilities.adoption.compared_fields import FIELDS, field_class
from capabilities.adoption.comparison_report import (
    ClassCount,
    Comparison,
    FieldCount,
    NamedCount,
    ShownSample,
    TrendPoint,
)
from capabilities.adoption.difference import AGAINST, DiffClass
from capabilities.adoption.tally import PAIRS
from capabilities.estate import Capability
from store.adoption.acknowledgements import Acknowledgements
from store.engine import Row, Store
from store.row_records import records_of

_PAIR = "brand = :brand AND channel = :channel AND capability = :capability"
_AGAINST = ", ".join(f"'{one.value}'" for one in sorted(AGAINST, key=lambda one: one.value))
_MOST_STORES = 50
_MOST_SAMPLES = 20
# A stretch of a trend by the time that it covers; days beyond.
_STRETCHES = ((timedelta(hours=3), "minute"), (timedelta(days=3), "hour"))
_BY_FIELD = text(f"""
  SELECT field, klass, critical, sum(count)::bigint AS pairs,
         min(first_at) AS first, max(last_at) AS last
  FROM adoption_comparisons WHERE {_PAIR} AND day >= :from
  GROUP BY field, klass, critical
""")  # noqa: S608 - our own words


def _named(column: str, order: str) -> TextClause:
    return text(f"""
  SELECT {column} AS name, sum(count)::bigint AS compared,
         coalesce(sum(count) FILTER (WHERE klass IN ({_AGAINST})), 0)::bigint AS mismatched
  FROM adoption_comparisons WHERE {_PAIR} AND day >= :from AND field = '{PAIRS}'
  GROUP BY {column} ORDER BY {order} LIMIT :most
""")  # noqa: S608 - our own words


_WORST = f"sum(count) FILTER (WHERE klass IN ({_AGAINST})) / sum(count) DESC NULLS LAST, 1"
_BY = {
    "stores": _named("store", _WORST),
    "days": _named("day::text", "1"),
    "versions": _named("version", "max(last_at) DESC"),
}
_TREND = text(f"""
  SELECT a.place - 1 AS place, date_trunc(:step, m.minute, 'UTC') AS at,
         sum(m.count)::bigint AS compared,
         coalesce(sum(m.count) FILTER (WHERE m.klass IN ({_AGAINST})), 0)::bigint AS mismatched
  FROM unnest(CAST(:channels AS text[]), CAST(:capabilities AS text[])) WITH ORDINALITY
       AS a (channel, capability, place)
  JOIN adoption_minutes m ON m.brand = :brand AND m.channel = a.channel
                         AND m.capability = a.capability AND m.minute >= :since
  GROUP BY 1, 2 ORDER BY 1, 2
""")  # noqa: S608 - our own words
_SAMPLES = text(f"""
  SELECT at, field, klass, store, version, encode(key, 'hex') AS key, legacy, platform, apart
  FROM adoption_samples WHERE {_PAIR} AND at >= :since ORDER BY at DESC, key LIMIT :most
""")  # noqa: S608 - our own words


class ComparisonReports:
    """Reports of one brand."""

    def __init__(self, store: Store, brand: str) -> None:
        self._store = store
        self._brand = brand

    async def of(
        self, channel: str, capability: Capability, at: datetime, days: int
    ) -> Comparison | None:
        """The report of the days before a moment; None where nothing was compared."""
        since = at - timedelta(days=days)
        named = {"brand": self._brand, "channel": channel, "capability": capability.value}
        asked: dict[str, object] = {**named, "from": since.date()}
        rows = await self._store.rows(_BY_FIELD, asked)
        if not rows:
            return None
        found: dict[str, Any] = {}
        for name, by in _BY.items():
            counts = await self._store.rows(by, {**asked, "most": max(days, _MOST_STORES)})
            found[name] = tuple(records_of(counts, NamedCount))
        totals = _totals(capability, rows)
        step = stretch_of(totals["until"] - totals["since"])
        (trend,) = await self.trends([(channel, capability)], since, step)
        samples = await self._store.rows(_SAMPLES, {**named, "since": since, "most": _MOST_SAMPLES})
        rules = await Acknowledgements(self._store, self._brand).in_force(at)
        known = rules.get((capability, channel))
        return Comparison(
            channel=channel,
            capability=capability,
            **totals,
            **found,
            trend=trend,
            samples=tuple(records_of(samples, ShownSample)),
            rules=() if known is None else known.all,
        )

    async def trends(
        self, pairs: Sequence[tuple[str, Capability]], since: datetime, step: str
    ) -> Sequence[tuple[TrendPoint, ...]]:
        """Pairs by stretches of time of each (channel, capability), the oldest first."""
        asked = {
            "brand": self._brand,
            "channels": [channel for channel, _ in pairs],
            "capabilities": [capability.value for _, capability in pairs],
            "since": since,
            "step": step,
        }
        found: list[list[TrendPoint]] = [[] for _ in pairs]
        for row in await self._store.rows(_TREND, asked):
            point = TrendPoint(at=row.at, compared=row.compared, mismatched=row.mismatched)
            found[row.place].append(point)
        return [tuple(one) for one in found]


def stretch_of(span: timedelta) -> str:
    """By what a trend over so much time is cut: minute, hour or day."""
    return next((step for longest, step in _STRETCHES if span <= longest), "day")


def _totals(capability: Capability, rows: Sequence[Row]) -> dict[str, Any]:
    """Whole pairs and fields; what differs in no pair was compared all the same."""
    pairs = [row for row in rows if row.field == PAIRS]
    classes = {
        klass: sum(row.pairs for row in pairs if row.klass == klass.value) for klass in DiffClass
    }
    compared = sum(classes.values()) - classes[DiffClass.CANDIDATE_ERROR]
    both = compared - classes[DiffClass.MISSING] - classes[DiffClass.EXTRA]
    return {
        "since": min(row.first for row in rows),
        "until": max(row.last for row in rows),
        "compared": compared,
        "mismatched": sum(classes[klass] for klass in AGAINST),
        "critical": sum(row.pairs for row in pairs if row.critical),
        "classes": tuple(
            ClassCount(klass=klass, count=count) for klass, count in classes.items() if count
        ),
        "fields": _fields(capability, rows, both),
    }


def _fields(capability: Capability, rows: Iterable[Row], compared: int) -> tuple[FieldCount, ...]:
    """Every field that is compared, the worst first."""
    found: dict[str, dict[str, int]] = {name: {} for name in FIELDS[capability]}
    for row in rows:
        if row.field in found:
            word = _WORDS[DiffClass(row.klass)]
            found[row.field][word] = found[row.field].get(word, 0) + row.pairs
    fields = [
        FieldCount(field=name, of=field_class(capability, name), compared=compared, **counts)
        for name, counts in found.items()
    ]
    return tuple(sorted(fields, key=lambda one: (-one.mismatched, -one.lag, -one.expected)))


_WORDS: Mapping[DiffClass, str] = {
    DiffClass.MISMATCH: "mismatched",
    DiffClass.LAG: "lag",
    DiffClass.EXPECTED: "expected",
}
