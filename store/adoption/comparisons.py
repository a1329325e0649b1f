"""Comparisons written down in batches, each once."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import text

from capabilities.adoption.differing import Found
from capabilities.adoption.hidden import Sample
from capabilities.adoption.tally import PAIRS, Batch, Counted, Span
from store.engine import Run, Store

# In key order, so that processes that write at once wait for one another and never cross.
_COUNT = text("""
  INSERT INTO adoption_comparisons AS old (brand, channel, capability, day, version, rules,
    epoch, field, klass, critical, store, count, first_at, last_at)
  SELECT :brand, a.* FROM unnest(
    CAST(:channels AS text[]), CAST(:capabilities AS text[]), CAST(:days AS date[]),
    CAST(:versions AS text[]), CAST(:rules AS text[]), CAST(:epochs AS bigint[]),
    CAST(:fields AS text[]), CAST(:klasses AS text[]), CAST(:criticals AS boolean[]),
    CAST(:stores AS text[]), CAST(:counts AS bigint[]), CAST(:firsts AS timestamptz[]),
    CAST(:lasts AS timestamptz[])
  ) AS a (channel, capability, day, version, rules, epoch, field, klass, critical, store, count,
          f, l)
  ORDER BY channel, capability, day, version, rules, epoch, field, klass, critical, store
  ON CONFLICT
    (brand, channel, capability, day, version, rules, epoch, field, klass, critical, store)
  DO UPDATE SET count = old.count + excluded.count,
    first_at = least(old.first_at, excluded.first_at),
    last_at = greatest(old.last_at, excluded.last_at)
""")
_COUNT_MINUTES = text("""
  INSERT INTO adoption_minutes AS old (brand, channel, capability, minute, version, epoch,
    klass, critical, count)
  SELECT :brand, a.* FROM unnest(
    CAST(:channels AS text[]), CAST(:capabilities AS text[]), CAST(:minutes AS timestamptz[]),
    CAST(:versions AS text[]), CAST(:epochs AS bigint[]), CAST(:klasses AS text[]),
    CAST(:criticals AS boolean[]), CAST(:counts AS bigint[])
  ) AS a (channel, capability, minute, version, epoch, klass, critical, count)
  ORDER BY channel, capability, minute, version, epoch, klass, critical
  ON CONFLICT (brand, channel, capability, minute, version, epoch, klass, critical)
  DO UPDATE SET count = old.count + excluded.count
""")
_SAMPLE = text("""
  INSERT INTO adoption_samples AS old (brand, channel, capability, field, klass, key, store,
    version, at, legacy_hash, platform_hash, legacy, platform, apart)
  SELECT DISTINCT ON (a.channel, a.capability, a.field, a.klass, a.key) :brand, a.*
  FROM unnest(
    CAST(:channels AS text[]), CAST(:capabilities AS text[]), CAST(:fields AS text[]),
    CAST(:klasses AS text[]), CAST(:keys AS bytea[]), CAST(:stores AS text[]),
    CAST(:versions AS text[]), CAST(:ats AS timestamptz[]), CAST(:legacy_hashes AS bytea[]),
    CAST(:platform_hashes AS bytea[]), CAST(:legacies AS text[]), CAST(:platforms AS text[]),
    CAST(:aparts AS text[])
  ) AS a (channel, capability, field, klass, key, store, version, at, legacy_hash, platform_hash,
          legacy, platform, apart)
  ORDER BY a.channel, a.capability, a.field, a.klass, a.key, a.at DESC
  ON CONFLICT (brand, channel, capability, field, klass, key) DO UPDATE
  SET store = excluded.store, version = excluded.version, at = excluded.at,
      legacy_hash = excluded.legacy_hash, platform_hash = excluded.platform_hash,
      legacy = excluded.legacy, platform = excluded.platform, apart = excluded.apart
  WHERE old.at <= excluded.at
""")
# As events are told: in the transaction of the counts, and read past no open one.
_TELL = text("""
  INSERT INTO adoption_differences (brand, xid, channel, capability, field, klass, key, store,
    version, at, legacy_hash, platform_hash, legacy, platform, apart, more)
  SELECT :brand, CAST(CAST(pg_current_xact_id() AS text) AS bigint), a.*
  FROM unnest(
    CAST(:channels AS text[]), CAST(:capabilities AS text[]), CAST(:fields AS text[]),
    CAST(:klasses AS text[]), CAST(:keys AS bytea[]), CAST(:stores AS text[]),
    CAST(:versions AS text[]), CAST(:ats AS timestamptz[]), CAST(:legacy_hashes AS bytea[]),
    CAST(:platform_hashes AS bytea[]), CAST(:legacies AS text[]), CAST(:platforms AS text[]),
    CAST(:aparts AS text[]), CAST(:mores AS bigint[])
  ) AS a
""")
# A number that is not above the writer's last one was committed, and its answer lost; one that is
# being committed is waited for.
_NEWS = text("""
  INSERT INTO adoption_writers AS old (brand, writer, batch, at)
  VALUES (:brand, :writer, :batch, :at)
  ON CONFLICT (brand, writer) DO UPDATE SET batch = excluded.batch, at = excluded.at
  WHERE old.batch < excluded.batch
  RETURNING batch
""")


class Comparisons:
    """What was compared of one brand."""

    def __init__(self, store: Store, brand: str) -> None:
        self._store = store
        self._brand = brand

    async def keep(
        self,
        counts: Mapping[Counted, Span],
        some: Sequence[Sample],
        told: Sequence[Found],
        *,
        batch: Batch | None = None,
    ) -> None:
        """Add counts to those that are there, put samples in place of older ones, and tell.

        A batch that stands already changes nothing: who did not hear so sends it again as it was.
        """

        async def keep(run: Run) -> None:
            if batch is not None and not await self._is_news(run, batch):
                return
            if counts:
                await run(_COUNT, self._named(_days(counts)))
                await run(_COUNT_MINUTES, self._named(_minutes(counts)))
            if some:
                await run(_SAMPLE, self._named(_samples(some)))
            if told:
                mores = {"mores": [one.more for one in told]}
                await run(_TELL, self._named({**_samples([one.sample for one in told]), **mores}))

        if counts or some or told:
            await self._store.transaction(keep)

    async def _is_news(self, run: Run, batch: Batch) -> bool:
        named = {"writer": batch.writer, "batch": batch.number, "at": batch.at}
        return bool(await run(_NEWS, self._named(named)))

    def _named(self, asked: Mapping[str, object]) -> dict[str, object]:
        return {"brand": self._brand, **asked}


def _days(counts: Mapping[Counted, Span]) -> dict[str, object]:
    """The counts of all minutes of a day together."""
    found: dict[tuple[Any, ...], Span] = {}
    for one, span in counts.items():
        pair = (one.channel, one.capability.value, one.day)
        under = (one.version, one.rules, one.epoch)
        place = (*pair, *under, one.field, one.klass.value, one.critical, one.store)
        found.setdefault(place, Span(0, span.first, span.last)).add(span)
    rows = [(*place, one.count, one.first, one.last) for place, one in found.items()]
    names = "channels capabilities days versions rules epochs fields klasses criticals stores"
    return _columns(f"{names} counts firsts lasts", rows)


def _minutes(counts: Mapping[Counted, Span]) -> dict[str, object]:
    found: Counter[tuple[Any, ...]] = Counter()
    for one, span in counts.items():
        if one.field == PAIRS:
            place = (one.channel, one.capability.value, one.minute, one.version, one.epoch)
            found[*place, one.klass.value, one.critical] += span.count
    rows = [(*place, count) for place, count in found.items()]
    names = "channels capabilities minutes versions epochs klasses criticals counts"
    return _columns(names, rows)


def _samples(some: Sequence[Sample]) -> dict[str, object]:
    rows = [
        (
            *(one.channel, one.capability.value, one.field, one.klass.value, one.key, one.store),
            *(one.version, one.at, one.legacy_hash, one.platform_hash, one.legacy),
            *(one.platform, one.apart),
        )
        for one in some
    ]
    names = "channels capabilities fields klasses keys stores versions ats legacy_hashes"
    names += " platform_hashes legacies platforms aparts"
    return _columns(names, rows)


def _columns(names: str, rows: Sequence[Sequence[Any]]) -> dict[str, object]:
    return {name: [row[place] for row in rows] for place, name in enumerate(names.split())}
