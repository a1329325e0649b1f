"""What comparisons prove: facts for the gates, of one definition of a connector."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import text

from capabilities.adoption.defining import version_of
from capabilities.adoption.difference import AGAINST, DiffClass
from capabilities.adoption.evidence import Basis, Evidence, Fact
from capabilities.adoption.expected import Rules
from capabilities.adoption.tally import PAIRS
from capabilities.estate import Capability
from store.engine import Row, Store

RECENT = timedelta(minutes=5)
# Against the busiest hour of so long, an hour is busy or not.
_BUSY = timedelta(days=30)
_AUTHOR = "system:shadow"
_PEAK_PAIRS = 100
_AGAINST = ", ".join(f"'{one.value}'" for one in sorted(AGAINST, key=lambda one: one.value))
_PAIR = "brand = :brand AND channel = :channel AND capability = :capability"
_KNOWN = f"{_PAIR} AND version = :version AND epoch = :epoch"
_COUNTS = text(f"""
  SELECT coalesce(sum(count) FILTER (WHERE ruled AND whole), 0)::bigint AS asked,
    coalesce(sum(count) FILTER (WHERE ruled AND whole AND klass <> :failed), 0)::bigint
      AS compared,
    coalesce(sum(count) FILTER (WHERE ruled AND whole AND klass IN ({_AGAINST})), 0)::bigint
      AS against,
    coalesce(sum(count) FILTER (WHERE whole AND critical), 0)::bigint AS critical,
    count(DISTINCT field || ' ' || klass) FILTER (
      WHERE ruled AND (NOT whole AND klass = 'MISMATCH' OR klass IN ('MISSING', 'EXTRA'))
    ) AS unexplained,
    min(first_at) AS first, max(last_at) AS last
  FROM (
    SELECT *, rules = :rules AS ruled, field = '{PAIRS}' AS whole
    FROM adoption_comparisons WHERE {_KNOWN}
  ) AS counted
""")  # noqa: S608 - our own words
_RECENT = text(f"""
  SELECT coalesce(sum(count), 0)::bigint AS asked,
    coalesce(sum(count) FILTER (WHERE klass IN ({_AGAINST})), 0)::bigint AS against
  FROM adoption_minutes WHERE {_KNOWN} AND minute >= :since
""")  # noqa: S608 - our own words
_PEAKS = text(f"""
  SELECT count(*) FILTER (WHERE mine >= :peak_pairs AND pairs >= busiest / 2.0) AS peaks
  FROM (
    SELECT sum(count) AS pairs, max(sum(count)) OVER () AS busiest,
           sum(count) FILTER (WHERE version = :version AND epoch = :epoch) AS mine
    FROM adoption_minutes WHERE {_PAIR} AND minute >= :since
    GROUP BY date_trunc('hour', minute, 'UTC')
  ) AS hours
""")  # noqa: S608 - our own words


class ComparedFacts:
    """Facts of the comparisons of one brand."""

    def __init__(self, store: Store, brand: str) -> None:
        self._store = store
        self._brand = brand

    async def of(
        self,
        channel: str,
        capability: Capability,
        basis: Basis,
        rules: Rules,
        at: datetime,
        *,
        resumed_at: datetime | None = None,
    ) -> Sequence[Evidence]:
        """All facts as of a moment, under a definition and the explanations in force.

        Where the pair was resumed, of the last minutes those behind it count: what halted it says
        nothing of it now.
        """
        named = {"brand": self._brand, "channel": channel, "capability": capability.value}
        asked = {**named, "version": version_of(basis), "epoch": rules.epoch}
        failed = DiffClass.CANDIDATE_ERROR.value
        (whole,) = await self._store.rows(_COUNTS, {**asked, "rules": rules.name, "failed": failed})
        recently = (at - RECENT).replace(second=0, microsecond=0)
        if resumed_at is not None:
            whole_minute = resumed_at + timedelta(minutes=1, microseconds=-1)
            recently = max(recently, whole_minute.replace(second=0, microsecond=0))
        (recent,) = await self._store.rows(_RECENT, {**asked, "since": recently})
        busy = {"peak_pairs": _PEAK_PAIRS, "since": at - _BUSY}
        (peaks,) = await self._store.rows(_PEAKS, {**asked, **busy})
        return _facts(whole, recent, peaks, basis, at)


def _facts(whole: Row, recent: Row, peaks: Row, basis: Basis, at: datetime) -> Sequence[Evidence]:
    seconds = (whole.last - whole.first).total_seconds() if whole.first is not None else 0.0
    told: Sequence[tuple[Fact, float, int, str]] = (
        (Fact.COMPARISONS, whole.compared, whole.asked, "pairs of which both sides answered"),
        (Fact.COMPARED_SECONDS, seconds, whole.asked, "from the first comparison to the last"),
        (Fact.COMPARED_PEAKS, peaks.peaks, whole.asked, "busy hours with 100 pairs"),
        (Fact.MISMATCH_RATE, _share(whole), whole.asked, f"pairs that are {_AGAINST}"),
        (Fact.MISMATCH_CRITICAL, whole.critical, whole.asked, "pairs with a critical field"),
        (Fact.MISMATCH_UNEXPLAINED, whole.unexplained, whole.asked, "fields and classes"),
        (Fact.MISMATCH_RECENT, _share(recent), recent.asked, "as the rate, of 5 minutes"),
    )
    return [
        Evidence(
            fact=fact,
            value=float(value),
            at=at,
            sample=sample,
            since=whole.first,
            query=query,
            basis=basis,
            author=_AUTHOR,
        )
        for fact, value, sample, query in told
    ]


def _share(counted: Row) -> float:
    return counted.against / counted.asked if counted.asked else 0.0
