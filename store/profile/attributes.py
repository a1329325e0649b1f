"""What sources tell of people: taken in per membership, read per person."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import Row, text

from capabilities.caller import MembershipKey
from capabilities.profile.attributes import Observation
from store.engine import Run, Store
from store.privacy.data_keys import DataKeys, OwnerSeal, owner_of_membership
from store.profile.attribute_rows import INSERT, AttributeRows, Teller, owner_of

_OBSERVE = text(f"""
  {INSERT}
  SET first_observed_at = least(o.first_observed_at, excluded.first_observed_at),
      observed_at = greatest(o.observed_at, excluded.observed_at),
      confidence = CASE WHEN (excluded.observed_at, excluded.confidence)
                           > (o.observed_at, o.confidence)
                        THEN excluded.confidence ELSE o.confidence END
  WHERE (excluded.observed_at, excluded.confidence) > (o.observed_at, o.confidence)
     OR excluded.first_observed_at < o.first_observed_at
""")
_OF_PEOPLE = text("""
  WITH asked AS (
    SELECT a.place, coalesce(m.one_id, a.one_id) AS one_id
    FROM unnest(CAST(:one_ids AS text[])) WITH ORDINALITY AS a (one_id, place)
    LEFT JOIN member_aliases m ON m.brand = :brand AND m.old_id = a.one_id
  )
  SELECT a.place, o.* FROM asked a
  JOIN membership_links l ON l.brand = :brand AND l.one_id = a.one_id
  JOIN attribute_observations o ON o.brand = :brand AND o.number = l.number
                               AND o.channel = l.channel
  ORDER BY a.place, o.number, o.channel, o.key, o.source, o.value_hash
""")

Told = dict[tuple[str, ...], Observation]


class Attributes:
    """The observations of one brand; `key` hashes values, so that one told twice is one row."""

    def __init__(self, store: Store, brand: str, keys: DataKeys, key: bytes) -> None:
        self._store = store
        self._brand = brand
        self._keys = keys
        self._rows = AttributeRows(brand, key)

    async def observe(self, observations: Iterable[Observation]) -> int:
        """Keep what was told; the same again changes nothing. How many different values."""
        return await self._store.transaction(lambda run: self.observe_in(run, observations))

    async def observe_in(self, run: Run, observations: Iterable[Observation]) -> int:
        """As `observe`, in the caller's transaction."""
        told = _once(observations)
        if not told:
            return 0
        seals = await self._keys.make(run, sorted({owner_of(one.holder) for one in told}))
        await run(_OBSERVE, {"brand": self._brand, **self._rows.columns(told, seals)})
        return len(told)

    async def replace_in(
        self,
        run: Run,
        tellers: Iterable[Teller],
        keys: Collection[str],
        told: Sequence[Observation],
    ) -> None:
        """What is told of some attributes anew, in place of what these told of them before."""
        seals = await self._keys.make(run, sorted({owner_of(one.holder) for one in told}))
        columns = self._rows.columns(told, seals)
        await self._rows.forget(run, tellers, columns, keys)
        if told:
            await run(_OBSERVE, {"brand": self._brand, **columns})

    async def of_people(self, one_ids: Sequence[str]) -> list[tuple[Observation, ...]]:
        """Everything that was told of each person, in the clear; an old id is its survivor's."""
        if not one_ids:
            return []
        asked = {"brand": self._brand, "one_ids": list(one_ids)}
        rows = await self._store.rows(_OF_PEOPLE, asked)
        owners = sorted({owner_of_membership(row.channel, row.number) for row in rows})
        seals = await self._keys.load(self._store.rows, owners)
        found: defaultdict[int, list[Observation]] = defaultdict(list)
        for row in rows:
            seal = seals.get(owner_of_membership(row.channel, row.number))
            if seal is not None:  # else it was erased
                found[row.place].append(self._opened(row, seal))
        return [tuple(found[place]) for place in range(1, len(one_ids) + 1)]

    def _opened(self, row: Row[Any], seal: OwnerSeal) -> Observation:
        holder = MembershipKey(row.channel, row.number)
        return Observation(
            holder=holder,
            key=row.key,
            value=seal.open(row.sealed_value, self._rows.place(holder, row.key, row.value_hash)),
            source=row.source,
            observed_at=row.observed_at,
            confidence=row.confidence,
            first_observed_at=row.first_observed_at,
            value_hash=bytes(row.value_hash),
        )


def _once(observations: Iterable[Observation]) -> list[Observation]:
    """One of each value of each source: the newest, with when it was first told."""
    told: Told = {}
    for one in observations:
        key = (one.holder.number, one.holder.channel, one.key, one.source, one.value)
        before = told.get(key)
        told[key] = one if before is None else _joined(before, one)
    return list(told.values())


def _joined(one: Observation, other: Observation) -> Observation:
    newest = max(one, other, key=lambda each: (each.observed_at, each.confidence))
    first = min(each.first_observed_at or each.observed_at for each in (one, other))
    return Observation(
        holder=newest.holder,
        key=newest.key,
        value=newest.value,
        source=newest.source,
        observed_at=newest.observed_at,
        confidence=newest.confidence,
        first_observed_at=first,
    )
