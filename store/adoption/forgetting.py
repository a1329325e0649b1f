"""What was compared is forgotten in time: one pair after another, a few rows at a time.

However much there is of a brand, no statement is long, and one that fails undoes none before it.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec import Struct
from sqlalchemy import TextClause, text

from store.engine import Row, Store

_AT_A_TIME = 2_000
_PAIR = ("channel", "capability")
_KIND = (*_PAIR, "field", "klass")
_Named = Mapping[str, object]


def _is(names: Sequence[str]) -> str:
    return " AND ".join(["brand = :brand", *(f"{name} = :{name}" for name in names)])


def _each(table: str, names: Sequence[str]) -> TextClause:
    """All values of a key's first columns, by one step into the index for each."""
    columns = ", ".join(names)
    last = ", ".join(f"l.{name}" for name in names)
    return text(f"""
  WITH RECURSIVE found AS (
    (SELECT {columns} FROM {table} WHERE brand = :brand ORDER BY {columns} LIMIT 1)
    UNION ALL
    SELECT n.* FROM found l CROSS JOIN LATERAL (
      SELECT {columns} FROM {table} WHERE brand = :brand AND ({columns}) > ({last})
      ORDER BY {columns} LIMIT 1
    ) n
  )
  SELECT {columns} FROM found
""")  # noqa: S608 - our own words


def _some(table: str, which: str) -> TextClause:
    """Forget the rows that a question finds, which are a few, and say how many."""
    return text(f"""
  WITH gone AS (
    DELETE FROM {table} WHERE ctid = ANY(ARRAY({which})) RETURNING 1
  ) SELECT count(*) AS count FROM gone
""")  # noqa: S608 - our own words


def _before(table: str, moment: str) -> TextClause:
    older = f"SELECT ctid FROM {table} WHERE {_is(_PAIR)} AND {moment} < :from LIMIT :some"  # noqa: S608 - our own words
    return _some(table, older)


_SAMPLED = _each("adoption_samples", _KIND)
# Of a field and class the newest stay: this is the first of the others.
_SAMPLE_BEYOND = text(f"""
  SELECT at, key FROM adoption_samples WHERE {_is(_KIND)}
  ORDER BY at DESC, key OFFSET :most LIMIT 1
""")  # noqa: S608 - our own words
_SAMPLES = _some(
    "adoption_samples",
    f"""
      SELECT ctid FROM adoption_samples WHERE {_is(_KIND)} AND (at < :from
        OR at < CAST(:at AS timestamptz)
        OR at = CAST(:at AS timestamptz) AND key >= CAST(:key AS bytea))
      LIMIT :some
    """,  # noqa: S608 - our own words
)
_TOLD = _each("adoption_differences", _PAIR)
# Of a pair the newest stay; who has not followed so far is told that some are forgotten.
_TOLD_BEYOND = text(f"""
  SELECT xid, position FROM adoption_differences WHERE {_is(_PAIR)}
  ORDER BY xid DESC, position DESC OFFSET :most LIMIT 1
""")  # noqa: S608 - our own words
# In the order in which they are read, which is that of their moments but for seconds.
_DIFFERENCES = _some(
    "adoption_differences",
    f"""
      SELECT ctid FROM (
        SELECT ctid, xid, position, at FROM adoption_differences WHERE {_is(_PAIR)}
        ORDER BY xid, position LIMIT :some
      ) AS oldest
      WHERE at < :from OR (xid, position) <= (CAST(:xid AS bigint), CAST(:position AS bigint))
    """,  # noqa: S608 - our own words
)
_COUNTED = _each("adoption_minutes", _PAIR)
_MINUTES = _before("adoption_minutes", "minute")
_KEPT_DAYS = _each("adoption_comparisons", _PAIR)
_DAYS = _before("adoption_comparisons", "day")
# A process that is unsure of a batch sends it again within seconds of the store's coming back.
_WRITERS = _some(
    "adoption_writers",
    "SELECT ctid FROM adoption_writers WHERE brand = :brand AND at < :from LIMIT :some",
)


class Limits(Struct, frozen=True, kw_only=True):
    """Since when what is kept, and how many samples of a kind and differences of a pair at most."""

    samples_from: datetime
    minutes_from: datetime
    days_from: datetime
    most: int
    most_told: int


class Forgetting:
    """Forgets what was compared of one brand."""

    def __init__(self, store: Store, brand: str) -> None:
        self._store = store
        self._brand = brand

    async def beyond(self, limits: Limits) -> None:
        """Forget what lies beyond these limits; what is done stays done where the store fails."""
        since: _Named = {"from": limits.samples_from}
        for kind in await self._each(_SAMPLED):
            cut = await self._cut(_SAMPLE_BEYOND, kind, limits.most, at=None, key=None)
            await self._all(_SAMPLES, {**kind, **cut, **since})
        for pair in await self._each(_TOLD):
            cut = await self._cut(_TOLD_BEYOND, pair, limits.most_told, xid=None, position=None)
            await self._all(_DIFFERENCES, {**pair, **cut, **since})
        for pair in await self._each(_COUNTED):
            await self._all(_MINUTES, {**pair, "from": limits.minutes_from})
        for pair in await self._each(_KEPT_DAYS):
            await self._all(_DAYS, {**pair, "from": limits.days_from.date()})
        await self._all(_WRITERS, since)

    async def _each(self, statement: TextClause) -> Sequence[_Named]:
        rows = await self._store.rows(statement, {"brand": self._brand})
        return [row._asdict() for row in rows]

    async def _cut(
        self, statement: TextClause, of: _Named, most: int, **nowhere: None
    ) -> dict[str, object]:
        """The newest of what is too much; `nowhere` where nothing is."""
        rows: Sequence[Row] = await self._store.rows(
            statement, {**of, "brand": self._brand, "most": most}
        )
        return rows[0]._asdict() if rows else {**nowhere}

    async def _all(self, statement: TextClause, asked: _Named) -> None:
        """Some at a time, each in a transaction of its own, until none is found."""
        named = {**asked, "brand": self._brand, "some": _AT_A_TIME}
        found = True
        while found:
            (gone,) = await self._store.rows(statement, named)
            found = gone.count > 0
