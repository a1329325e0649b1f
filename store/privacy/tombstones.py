"""Tombstones: keyed hashes of who was erased, asked by everything that takes people in.

What carries an erased membership, identity or customer number is dropped wherever it comes from.
Only a registration by the person herself lifts a tombstone, and gives her another one_id.
"""

import hmac
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Self

from msgspec import Struct
from sqlalchemy import text

from capabilities.derived import derived
from store.engine import Run, Store

_AMONG = text("""
  SELECT hash FROM tombstones
  WHERE brand = :brand AND lifted_at IS NULL AND hash = ANY(CAST(:hashes AS bytea[]))
""")
_ERASED_SINCE = text("""
  SELECT EXISTS (SELECT FROM tombstones
    WHERE brand = :brand AND lifted_at IS NULL AND erased_at >= :at
      AND hash = ANY(CAST(:hashes AS bytea[]))) AS found
""")
_GENERATIONS = text("""
  SELECT hash, generation FROM tombstones
  WHERE brand = :brand AND lifted_at IS NOT NULL AND hash = ANY(CAST(:hashes AS bytea[]))
""")
_ADD = text("""
  INSERT INTO tombstones AS old (brand, hash, kind, erased_at, lifted_at, generation)
  SELECT :brand, a.hash, a.kind, :at, NULL, 0
  FROM unnest(CAST(:hashes AS bytea[]), CAST(:kinds AS text[])) AS a (hash, kind)
  ORDER BY a.hash
  ON CONFLICT (brand, hash) DO UPDATE SET erased_at = excluded.erased_at, lifted_at = NULL
""")
_LIFT = text("""
  UPDATE tombstones SET lifted_at = :at, generation = generation + 1
  WHERE brand = :brand AND lifted_at IS NULL AND hash = ANY(CAST(:hashes AS bytea[]))
""")
_HIGHEST = text("""
  SELECT coalesce(max(generation), 0) AS generation FROM tombstones
  WHERE brand = :brand AND hash = ANY(CAST(:hashes AS bytea[]))
""")
_STANDING = text("SELECT hash FROM tombstones WHERE brand = :brand AND lifted_at IS NULL")
_LIFTED = text("""
  SELECT hash, generation FROM tombstones WHERE brand = :brand AND generation > 0
""")

MEMBERSHIP, CUSTOMER, IDENTITY, PERSON = "membership", "customer", "identity", "person"


class Grave(Struct, frozen=True):
    """One thing of an erased person: its kind and its hash."""

    kind: str
    hash: bytes


class Tombstones:
    """The tombstones of one brand; `key` is 32 bytes for this purpose alone."""

    def __init__(self, brand: str, key: bytes) -> None:
        self.brand = brand
        self._key = key

    @classmethod
    def under(cls, brand: str, key: bytes) -> Self:
        """Those of a platform, from the key that hashes its identities."""
        return cls(brand, derived(key, "tombstones"))

    def membership(self, channel: str, number: str) -> bytes:
        """A membership by its business key."""
        return self._hash(MEMBERSHIP, channel, number)

    def customer(self, connector: str, number: str) -> bytes:
        """A person by the number that one system has for her, in whatever channel it sells."""
        return self._hash(CUSTOMER, connector, number)

    def identity(self, kind: str, scope: str, value: str) -> bytes:
        """An identity in its canonical form."""
        return self._hash(IDENTITY, kind, scope, value)

    def person(self, one_id: str) -> bytes:
        """A one_id, which is never given out again."""
        return self._hash(PERSON, one_id)

    async def among(self, run: Run, hashes: Sequence[bytes]) -> set[bytes]:
        """Which of these belong to somebody who was erased."""
        if not hashes:
            return set()
        rows = await run(_AMONG, {"brand": self.brand, "hashes": list(hashes)})
        return {bytes(row.hash) for row in rows}

    async def erased_since(self, run: Run, hashes: Sequence[bytes], at: datetime) -> bool:
        """Whether one of these belongs to somebody who was erased at a moment or after it."""
        named = {"brand": self.brand, "hashes": list(hashes), "at": at}
        (row,) = await run(_ERASED_SINCE, named)
        return bool(row.found)

    async def generations(self, run: Run, hashes: Sequence[bytes]) -> Mapping[bytes, int]:
        """How often who has these registered anew; those that never did are left out."""
        if not hashes:
            return {}
        rows = await run(_GENERATIONS, {"brand": self.brand, "hashes": list(hashes)})
        return {bytes(row.hash): row.generation for row in rows}

    async def add(self, run: Run, graves: Iterable[Grave], at: datetime) -> None:
        """Let nothing of these come back."""
        kinds = {one.hash: one.kind for one in graves}
        named = {"brand": self.brand, "at": at}
        await run(_ADD, {**named, "hashes": list(kinds), "kinds": list(kinds.values())})

    async def lift(self, run: Run, hashes: Sequence[bytes], at: datetime) -> int:
        """Let somebody who registers anew in; which generation of her this is, 0 for the first."""
        named = {"brand": self.brand, "hashes": list(hashes)}
        await run(_LIFT, {**named, "at": at})
        rows = await run(_HIGHEST, named)
        generation: int = rows[0].generation
        return generation

    async def standing(self, store: Store) -> list[bytes]:
        """Every tombstone that is not lifted."""
        rows = await store.rows(_STANDING, {"brand": self.brand})
        return [bytes(row.hash) for row in rows]

    async def lifted(self, store: Store) -> list[tuple[bytes, int]]:
        """What people registered anew with, and how often they did."""
        rows = await store.rows(_LIFTED, {"brand": self.brand})
        return [(bytes(row.hash), row.generation) for row in rows]

    def _hash(self, *parts: str) -> bytes:
        return hmac.digest(self._key, "\x1f".join((self.brand, *parts)).encode(), sha256)
