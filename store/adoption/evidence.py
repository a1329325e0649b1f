"""Evidence of pairs: written by whoever measured, read by the gates."""

from collections.abc import Iterable, Mapping

from msgspec.structs import asdict
from sqlalchemy import text

from capabilities.adoption.evidence import Basis, Evidence, Fact, Known
from capabilities.estate import Capability
from store.engine import Row, Run, Store

# An older measurement that comes late does not hide a newer one.
_KEEP = text("""
  INSERT INTO adoption_evidence AS old (brand, channel, capability, fact, value, sample, since, at,
    query, schema_digest, connector_digest, mapping_digest, author)
  VALUES (:brand, :channel, :capability, :fact, :value, :sample, :since, :at, :query,
    :schema, :connector, :mapping, :author)
  ON CONFLICT (brand, channel, capability, fact) DO UPDATE
  SET value = excluded.value, sample = excluded.sample, since = excluded.since, at = excluded.at,
      query = excluded.query, schema_digest = excluded.schema_digest,
      connector_digest = excluded.connector_digest, mapping_digest = excluded.mapping_digest,
      author = excluded.author
  WHERE old.at <= excluded.at
""")
_OF = text("""
  SELECT * FROM adoption_evidence
  WHERE brand = :brand AND channel = :channel AND capability = :capability
""")
_ALL = text("SELECT * FROM adoption_evidence WHERE brand = :brand")


class EvidenceRows:
    """What was measured of the pairs of one brand, the last of each fact."""

    def __init__(self, store: Store, brand: str) -> None:
        self._store = store
        self._brand = brand

    async def keep(self, channel: str, capability: Capability, *measured: Evidence) -> None:
        """Put facts in place of what was known of them."""
        await self._store.transaction(lambda run: self.keep_in(run, channel, capability, *measured))

    async def keep_in(
        self, run: Run, channel: str, capability: Capability, *measured: Evidence
    ) -> None:
        """As `keep`, in the caller's transaction."""
        pair = {"brand": self._brand, "channel": channel, "capability": capability.value}
        # in one order, so that two who measure never wait for one another crosswise
        for one in sorted(measured, key=lambda one: one.fact.value):
            row = {**asdict(one), **asdict(one.basis), "fact": one.fact.value}
            del row["basis"]
            await run(_KEEP, {**pair, **row})

    async def of(self, channel: str, capability: Capability) -> Known:
        """What is known of one pair."""
        return await self.of_in(self._store.rows, channel, capability)

    async def of_in(self, run: Run, channel: str, capability: Capability) -> Known:
        """As `of`, in the caller's transaction."""
        named = {"brand": self._brand, "channel": channel, "capability": capability.value}
        return _known(await run(_OF, named))

    async def all(self) -> Mapping[tuple[Capability, str], Known]:
        """What is known of every pair."""
        found: dict[tuple[Capability, str], list[Row]] = {}
        for row in await self._store.rows(_ALL, {"brand": self._brand}):
            found.setdefault((Capability(row.capability), row.channel), []).append(row)
        return {pair: _known(rows) for pair, rows in found.items()}


_FACTS = {fact.value: fact for fact in Fact}


def _known(rows: Iterable[Row]) -> Known:
    """By fact; of another version's facts nothing is known here."""
    return {
        _FACTS[row.fact]: Evidence(
            fact=_FACTS[row.fact],
            value=row.value,
            at=row.at,
            sample=row.sample,
            since=row.since,
            query=row.query,
            basis=Basis(
                schema=row.schema_digest,
                connector=row.connector_digest,
                mapping=row.mapping_digest,
            ),
            author=row.author,
        )
        for row in rows
        if row.fact in _FACTS
    }
