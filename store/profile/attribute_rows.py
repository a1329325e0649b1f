"""Observations as rows: what stands for a value, and what a source tells now in place of before."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import text

from capabilities.caller import MembershipKey
from capabilities.member.person import keyed_hash
from capabilities.profile.attributes import Observation
from capabilities.profile.rules import AttributeType, types_of
from capabilities.profile.telling import STAFF
from store.engine import Run
from store.privacy.data_keys import OwnerSeal, owner_of_membership

_GIVEN = """
  unnest(CAST(:numbers AS text[]), CAST(:channels AS text[]), CAST(:keys AS text[]),
         CAST(:sources AS text[]), CAST(:hashes AS bytea[]), CAST(:sealed AS bytea[]),
         CAST(:kinds AS text[]), CAST(:months AS bytea[]), CAST(:confidences AS float8[]),
         CAST(:firsts AS timestamptz[]), CAST(:lasts AS timestamptz[]))
    AS a (number, channel, key, source, hash, sealed, kinds, month, confidence, first, at)
"""
# In key order, so that two batches that meet wait for one another and never cross.
INSERT = f"""
  INSERT INTO attribute_observations AS o (brand, number, channel, key, source, value_hash,
    sealed_value, kinds, month_hash, confidence, first_observed_at, observed_at)
  SELECT :brand, a.number, a.channel, a.key, a.source, a.hash, a.sealed,
         string_to_array(a.kinds, ' '), a.month, a.confidence, a.first, a.at
  FROM {_GIVEN}
  ORDER BY a.number, a.channel, a.key, a.source, a.hash
  ON CONFLICT (brand, number, channel, key, source, value_hash) DO UPDATE
"""  # noqa: S608 - our own words
# What a source goes on telling keeps the moment since which it does.
_STILL = text(f"""
  {INSERT} SET confidence = excluded.confidence WHERE o.confidence <> excluded.confidence
""")
_UNTOLD = text("""
  DELETE FROM attribute_observations o
  USING unnest(CAST(:all_numbers AS text[]), CAST(:all_channels AS text[]),
               CAST(:all_sources AS text[])) AS h (number, channel, source)
  WHERE o.brand = :brand AND o.number = h.number AND o.channel = h.channel
    AND (o.source = h.source OR (h.source IS NULL AND o.source <> :staff))
    AND (CAST(:only AS text[]) IS NULL OR o.key = ANY(CAST(:only AS text[])))
    AND NOT EXISTS (
      SELECT FROM unnest(CAST(:numbers AS text[]), CAST(:channels AS text[]),
                         CAST(:keys AS text[]), CAST(:sources AS text[]),
                         CAST(:hashes AS bytea[])) AS t (number, channel, key, source, hash)
      WHERE t.number = o.number AND t.channel = o.channel AND t.key = o.key
        AND t.source = o.source AND t.hash = o.value_hash)
""")

# A membership and who tells of it; without a name every system that ever did: one has it at a time.
Teller = tuple[MembershipKey, str | None]


class AttributeRows:
    """Writes observations of one brand; `key` hashes values, so that one told twice is one row."""

    def __init__(self, brand: str, key: bytes) -> None:
        self._brand = brand
        self._key = key

    async def tell(
        self,
        run: Run,
        seals: Mapping[str, OwnerSeal],
        tellers: Iterable[Teller],
        told: Sequence[Observation],
    ) -> None:
        """All that the sources of some memberships tell now.

        What they told before and tell no more goes; what they go on telling keeps its moment.
        """
        columns = self.columns(told, seals)
        await self.forget(run, tellers, columns)
        if told:
            await run(_STILL, {"brand": self._brand, **columns})

    async def forget(
        self,
        run: Run,
        tellers: Iterable[Teller],
        columns: Mapping[str, list[Any]],
        only: Collection[str] | None = None,
    ) -> None:
        """Delete what was told before but for these rows; of `only` some attributes, or of all."""
        listed = list(tellers)
        before = {
            "all_numbers": [holder.number for holder, _ in listed],
            "all_channels": [holder.channel for holder, _ in listed],
            "all_sources": [source for _, source in listed],
            "only": None if only is None else sorted(only),
        }
        named = {name: columns[name] for name in _NAMES}
        await run(_UNTOLD, {"brand": self._brand, "staff": STAFF, **before, **named})

    def columns(
        self, told: Sequence[Observation], seals: Mapping[str, OwnerSeal]
    ) -> dict[str, list[Any]]:
        """The rows of observations by column, as `INSERT` takes them."""
        hashes = [self.value_hash(one.key, one.value) for one in told]
        kinds = [types_of(one.value) for one in told]
        return {
            "numbers": [one.holder.number for one in told],
            "channels": [one.holder.channel for one in told],
            "keys": [one.key for one in told],
            "sources": [one.source for one in told],
            "hashes": hashes,
            "sealed": [
                seals[owner_of(one.holder)].seal(one.value, self.place(one.holder, one.key, digest))
                for one, digest in zip(told, hashes, strict=True)
            ],
            "kinds": [" ".join(kind.value for kind in each) for each in kinds],
            "months": [
                self.month_hash(one.key, int(one.value[5:7]))
                if AttributeType.DATE in each
                else None
                for one, each in zip(told, kinds, strict=True)
            ],
            "confidences": [one.confidence for one in told],
            "firsts": [one.first_observed_at or one.observed_at for one in told],
            "lasts": [one.observed_at for one in told],
        }

    def value_hash(self, key: str, value: str) -> bytes:
        """What stands for a value of an attribute."""
        return keyed_hash(self._key, "attribute", self._brand, key, value)

    def month_hash(self, key: str, month: int) -> bytes:
        """What stands for the month of a date; no more of one is shown either."""
        return keyed_hash(self._key, "attribute month", self._brand, key, str(month))

    def place(self, holder: MembershipKey, key: str, digest: bytes) -> bytes:
        """Where a sealed value belongs; it opens nowhere else."""
        parts = (self._brand, holder.channel, holder.number, key, digest.hex())
        return "\x1f".join(("attribute", *parts)).encode()


_NAMES = ("numbers", "channels", "keys", "sources", "hashes")


def owner_of(holder: MembershipKey) -> str:
    """Under whose data key a membership's values are sealed."""
    return owner_of_membership(holder.channel, holder.number)
