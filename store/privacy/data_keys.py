"""Data keys: one per owner of personal values, so that deleting a key erases what it sealed.

An owner is a membership or, where a value belongs to no membership, a person. Keys are random, lie
in a table of their own with a backup of their own, and are wrapped by the master key.
"""

import os
from collections.abc import Mapping, Sequence

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import text

from store.engine import Run
from store.sealing import Sealer

_KEY_BYTES = 32
_NONCE_BYTES = 12

_LOAD = text("""
  SELECT owner, wrapped FROM data_keys
  WHERE brand = :brand AND owner = ANY(CAST(:owners AS text[]))
""")
# Two transactions that make the same key meet here: the later one finds what the first one wrote.
_MAKE = text("""
  INSERT INTO data_keys AS old (brand, owner, wrapped, made_at)
  SELECT :brand, a.owner, a.wrapped, now()
  FROM unnest(CAST(:owners AS text[]), CAST(:wrapped AS bytea[])) AS a (owner, wrapped)
  ORDER BY a.owner COLLATE "C"
  ON CONFLICT (brand, owner) DO UPDATE SET wrapped = old.wrapped
  RETURNING owner, wrapped
""")
_DELETE = text("""
  DELETE FROM data_keys WHERE brand = :brand AND owner = ANY(CAST(:owners AS text[]))
""")


def owner_of_membership(channel: str, number: str) -> str:
    """The owner of what a membership says of its person."""
    return f"m:{channel}:{number}"


def owner_of_person(one_id: str) -> str:
    """The owner of what is known of a person without a membership."""
    return f"p:{one_id}"


def owner_of_order(channel: str, number: str) -> str:
    """The owner of what an order says of a buyer who is no member."""
    return f"o:{channel}:{number}"


class OwnerSeal:
    """Seals and opens the values of one owner: nonce (12 bytes), then ciphertext with its tag."""

    __slots__ = ("_cipher",)

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def seal(self, value: str, place: bytes) -> bytes:
        """The value, readable only while the owner's key stands, and in the same place."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, value.encode(), place)

    def open(self, sealed: bytes, place: bytes) -> str:
        """The value; InvalidTag for another owner's or another place."""
        return self._cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], place).decode()


class DataKeys:
    """The keys of one brand. `run` is a transaction's, or `store.rows` for a read by itself."""

    def __init__(self, brand: str, master: Sealer) -> None:
        self._brand = brand
        self._master = master

    async def load(self, run: Run, owners: Sequence[str]) -> dict[str, OwnerSeal]:
        """Seals by owner; one that is missing was erased, or never had a value."""
        if not owners:
            return {}
        rows = await run(_LOAD, {"brand": self._brand, "owners": list(owners)})
        return {row.owner: self._seal(row.owner, row.wrapped) for row in rows}

    async def make(self, run: Run, owners: Sequence[str]) -> Mapping[str, OwnerSeal]:
        """Seals by owner, those made that were missing."""
        wanted = list(dict.fromkeys(owners))
        seals = await self.load(run, wanted)
        return {**seals, **await self.draw(run, [one for one in wanted if one not in seals])}

    async def draw(self, run: Run, missing: Sequence[str]) -> Mapping[str, OwnerSeal]:
        """Seals of owners, each once, that had none: made now, unless somebody was quicker."""
        if not missing:
            return {}
        seals: dict[str, OwnerSeal] = {}
        fresh = os.urandom(_KEY_BYTES * len(missing))
        keys = [fresh[start : start + _KEY_BYTES] for start in range(0, len(fresh), _KEY_BYTES)]
        wrapped = [
            self._master.seal_bytes(key, self._place(owner))
            for owner, key in zip(missing, keys, strict=True)
        ]
        named = {"brand": self._brand, "owners": missing, "wrapped": wrapped}
        own = dict(zip(missing, zip(keys, wrapped, strict=True), strict=True))
        for row in await run(_MAKE, named):
            key, mine = own[row.owner]
            made = bytes(row.wrapped) == mine
            seals[row.owner] = OwnerSeal(key) if made else self._seal(row.owner, row.wrapped)
        return seals

    async def delete(self, run: Run, owners: Sequence[str]) -> None:
        """Erase: nothing that these owners' keys sealed can be read any more."""
        await run(_DELETE, {"brand": self._brand, "owners": list(owners)})

    def _seal(self, owner: str, wrapped: bytes) -> OwnerSeal:
        return OwnerSeal(self._master.open_bytes(bytes(wrapped), self._place(owner)))

    def _place(self, owner: str) -> bytes:
        return place_of_key(self._brand, owner)


def place_of_key(brand: str, owner: str) -> bytes:
    """Where a wrapped key is bound to."""
    return f"data key\x1f{brand}\x1f{owner}".encode()
