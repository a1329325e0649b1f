"""The platform's copy of orders that systems own: written by the sync, of channels being adopted.

A copy is the whole record as its system said it last. It is sealed under the data key of the
membership that bought, so an erasure that deletes the key leaves nothing to be read.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import text

from capabilities.caller import MembershipKey
from capabilities.estate import Capability
from capabilities.order.records import Order
from store.engine import Run
from store.member.people_lock import share_people
from store.owned import Owned
from store.privacy.data_keys import (
    DataKeys,
    OwnerSeal,
    owner_of_membership,
    owner_of_order,
)
from store.privacy.tombstones import Tombstones
from store.syncing.copied_channels import copied_in

# In key order, so that two batches that meet wait for one another and never cross. A reading that
# is older than what is kept changes nothing.
_KEEP = text("""
  INSERT INTO order_copies AS old (brand, channel, number, key_length, newest, holder_number,
    holder_channel, store, kind, status, payment_status, fulfillment_status, placed_at, read_at,
    owner, buyer, sealed_order)
  SELECT :brand, a.channel, a.number, length(a.number), a.newest, a.holder_number,
         a.holder_channel, a.store, a.kind, a.status, a.payment_status, a.fulfillment_status,
         a.placed_at, :read_at, a.owner, a.buyer, a.sealed
  FROM unnest(CAST(:channel AS text[]), CAST(:number AS text[]), CAST(:newest AS bigint[]),
              CAST(:holder_number AS text[]), CAST(:holder_channel AS text[]),
              CAST(:store AS text[]), CAST(:kind AS text[]), CAST(:status AS text[]),
              CAST(:payment_status AS text[]), CAST(:fulfillment_status AS text[]),
              CAST(:placed_at AS timestamptz[]), CAST(:owner AS text[]), CAST(:buyer AS bytea[]),
              CAST(:sealed AS bytea[]))
       AS a (channel, number, newest, holder_number, holder_channel, store, kind, status,
             payment_status, fulfillment_status, placed_at, owner, buyer, sealed)
  ORDER BY a.channel, a.number
  ON CONFLICT (brand, channel, number) DO UPDATE
  SET newest = excluded.newest, holder_number = excluded.holder_number,
      holder_channel = excluded.holder_channel, store = excluded.store, kind = excluded.kind,
      status = excluded.status, payment_status = excluded.payment_status,
      fulfillment_status = excluded.fulfillment_status, placed_at = excluded.placed_at,
      read_at = excluded.read_at, owner = excluded.owner, buyer = excluded.buyer,
      sealed_order = excluded.sealed_order
  WHERE old.read_at <= excluded.read_at
""")
_DROP = text("""
  DELETE FROM order_copies o
  USING unnest(CAST(:channels AS text[]), CAST(:numbers AS text[])) AS a (channel, number)
  WHERE o.brand = :brand AND o.channel = a.channel AND o.number = a.number AND o.read_at <= :read_at
""")


# The buyer of an order without a customer.
NOBODY = b""


class Copied(Struct, frozen=True):
    """An order as it was read, and the membership that it was made under."""

    order: Order
    holder: MembershipKey | None


class OrderCopying:
    """Writes the copy of one brand, in the transactions of the sync."""

    def __init__(self, brand: str, keys: DataKeys, tombstones: Tombstones) -> None:
        self._brand = brand
        self._keys = keys
        self._tombstones = tombstones

    async def keep_in(self, run: Run, orders: Sequence[Copied], read_at: datetime) -> int:
        """Keep those of channels that are copied; how many they are. Of two with one key the last.

        What somebody bought who was erased is left out, and taken away where it was kept.
        """
        copied = await copied_in(run, self._brand, Capability.ORDER) if orders else frozenset()
        latest = {
            (one.order.channel, one.order.number): one
            for one in orders
            if one.order.channel in copied
        }
        if any(one.holder is None for one in latest.values()):
            await share_people(run, self._brand)  # nobody is erased meanwhile
        kept = await self._standing(run, list(latest.values()))
        gone = latest.keys() - {(one.order.channel, one.order.number) for one in kept}
        if gone:
            await self.drop_in(run, sorted(gone), read_at)
        if kept:
            seals = await self._keys.make(run, [owner_of(one) for one in kept])
            columns = self._columns(kept, seals)
            await run(_KEEP, {"brand": self._brand, "read_at": read_at, **columns})
        return len(kept)

    async def drop_in(self, run: Run, keys: Sequence[tuple[str, str]], read_at: datetime) -> None:
        """Orders by (channel, number) that their system had no more when it was asked."""
        channels, numbers = [channel for channel, _ in keys], [number for _, number in keys]
        named = {"brand": self._brand, "channels": channels, "numbers": numbers}
        await run(_DROP, {**named, "read_at": read_at})

    async def _standing(self, run: Run, orders: Sequence[Copied]) -> list[Copied]:
        graves = [self._graves(one) for one in orders]
        erased = await self._tombstones.among(run, [one for some in graves for one in some])
        return [one for one, some in zip(orders, graves, strict=True) if erased.isdisjoint(some)]

    def _graves(self, one: Copied) -> list[bytes]:
        """What a buyer who was erased is known by: her membership, and her number in the system.

        A system with members of several channels may not say which of them bought.
        """
        stones, order, holder = self._tombstones, one.order, one.holder
        found = [] if holder is None else [stones.membership(holder.channel, holder.number)]
        if order.customer is not None:
            found.append(stones.customer(order.source.connector, order.customer))
        return found

    def _columns(
        self, orders: Sequence[Copied], seals: Mapping[str, OwnerSeal]
    ) -> dict[str, list[Any]]:
        rows = [self._row(one, seals[owner_of(one)]) for one in orders]
        return {name: [row[name] for row in rows] for name in rows[0]}

    def _row(self, one: Copied, seal: OwnerSeal) -> dict[str, Any]:
        order, holder = one.order, one.holder
        said = msgspec.json.encode(order).decode()
        return {
            "channel": order.channel,
            "number": order.number,
            "newest": -order.sort_key.value,
            "holder_number": holder and holder.number,
            "holder_channel": holder and holder.channel,
            "store": order.store_code,
            "kind": order.kind.value,
            "status": order.status.value,
            "payment_status": order.payment_status.value,
            "fulfillment_status": order.fulfillment_status.value,
            "placed_at": order.placed_at,
            "owner": owner_of(one),
            "buyer": buyer_of(self._tombstones, order) if holder is None else None,
            "sealed": seal.seal(said, place_of_copy(self._brand, order.channel, order.number)),
        }


def order_copying(owned: Owned) -> OrderCopying:
    """What writes the copy of a platform."""
    stones = Tombstones.under(owned.brand, owned.key)
    return OrderCopying(owned.brand, DataKeys(owned.brand, owned.sealer), stones)


def owner_of(one: Copied) -> str:
    """Under whose data key a copy is sealed."""
    if one.holder is None:
        return owner_of_order(one.order.channel, one.order.number)
    return owner_of_membership(one.holder.channel, one.holder.number)


def buyer_of(stones: Tombstones, order: Order) -> bytes:
    """The keyed hash that an order's customer is known by once erased; NOBODY without one."""
    if order.customer is None:
        return NOBODY
    return stones.customer(order.source.connector, order.customer)


def place_of_copy(brand: str, channel: str, number: str) -> bytes:
    """Where a sealed copy belongs; it opens nowhere else."""
    return f"order copy\x1f{brand}\x1f{channel}\x1f{number}".encode()
