"""Buyers of order copies that were made under no membership anybody can name: keyed hashes of them.

A system with members of several channels may not say which of them bought, so a copy has a customer
and no holder. What such a copy is known by is the hash by which an erased customer is known, too.
"""

import msgspec
from cryptography.exceptions import InvalidTag
from sqlalchemy import text

from capabilities.order.records import Order
from store.engine import Row, Run
from store.member.people_lock import share_people
from store.order.copies import NOBODY, buyer_of, place_of_copy
from store.owned import Owned
from store.privacy.data_keys import DataKeys, OwnerSeal
from store.privacy.erasing_rows import delete_bought
from store.privacy.tombstones import Tombstones

# What is left to look at comes first in the index of buyers.
_LEFT = text("""
  SELECT channel, number, owner, sealed_order FROM order_copies
  WHERE brand = :brand AND holder_number IS NULL AND buyer IS NULL LIMIT :most
  FOR UPDATE SKIP LOCKED
""")
_FOUND = text("""
  UPDATE order_copies o SET buyer = a.buyer
  FROM unnest(CAST(:channels AS text[]), CAST(:numbers AS text[]), CAST(:buyers AS bytea[]))
       AS a (channel, number, buyer)
  WHERE o.brand = :brand AND o.channel = a.channel AND o.number = a.number
""")
_MOST = 500


class CopyBuyers:
    """Fills in the buyers of copies that were kept before there was a column for them."""

    def __init__(self, owned: Owned) -> None:
        self._owned = owned
        self._keys = DataKeys(owned.brand, owned.sealer)
        self._stones = Tombstones.under(owned.brand, owned.key)

    async def fill(self) -> int:
        """Every one that is left, in short transactions; how many they were.

        What somebody bought who was erased goes at once.
        """
        done = 0
        while found := await self._owned.store.transaction(self._fill):
            done += found
        return done

    async def _fill(self, run: Run) -> int:
        await share_people(run, self._owned.brand)  # nobody is erased meanwhile
        rows = await run(_LEFT, {"brand": self._owned.brand, "most": _MOST})
        if not rows:
            return 0
        seals = await self._keys.load(run, [row.owner for row in rows])
        buyers = [self._buyer(row, seals.get(row.owner)) for row in rows]
        named = {
            "brand": self._owned.brand,
            "channels": [row.channel for row in rows],
            "numbers": [row.number for row in rows],
            "buyers": buyers,
        }
        await run(_FOUND, named)
        erased = await self._stones.among(run, [one for one in buyers if one != NOBODY])
        await delete_bought(run, self._owned.brand, sorted(erased))
        return len(rows)

    def _buyer(self, row: Row, seal: OwnerSeal | None) -> bytes:
        if seal is None:
            return NOBODY
        place = place_of_copy(self._owned.brand, row.channel, row.number)
        try:
            said = seal.open(bytes(row.sealed_order), place)
        except InvalidTag:
            return NOBODY
        return buyer_of(self._stones, msgspec.json.decode(said, type=Order))
