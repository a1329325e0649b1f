"""Orders that the platform itself holds: placed and changed in the caller's transaction.

Every change leaves a row of history, what points and stages follow (`order_facts`), and an event.
"""

from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from cryptography.exceptions import InvalidTag
from msgspec import Struct
from sqlalchemy import text

from capabilities.events import Subject, Topic
from capabilities.order.changing import GivenBack, Part
from capabilities.order.facts import OrderFact, fact_of
from capabilities.order.held import HeldOrder
from capabilities.order.held_records import shown
from capabilities.order.history import OrderAction, OrderPersonal
from capabilities.order.records import OrderLine
from store.engine import Run, Store
from store.events import tell
from store.order import held_rows
from store.order.facts import OrderFacts
from store.privacy.data_keys import DataKeys, owner_of_membership, owner_of_order

_HISTORY = text("""
  INSERT INTO order_changes (brand, channel, number, version, action, status, payment_status,
                             fulfillment_status, amount, author, at)
  SELECT :brand, a.channel, a.number, a.version, :action, a.status, a.payment_status,
         a.fulfillment_status, a.amount, a.author, a.at
  FROM unnest(CAST(:channel AS text[]), CAST(:number AS text[]), CAST(:version AS integer[]),
              CAST(:status AS text[]), CAST(:payment_status AS text[]),
              CAST(:fulfillment_status AS text[]), CAST(:amount AS bigint[]),
              CAST(:author AS text[]), CAST(:at AS timestamptz[]))
       AS a (channel, number, version, status, payment_status, fulfillment_status, amount, author,
             at)
""")
_REFUND = text("""
  INSERT INTO order_refunds (brand, channel, number, version, amount, parts, restock, at)
  VALUES (:brand, :channel, :number, :version, :amount, CAST(:parts AS jsonb), :restock, :at)
""")
_FULFIL = text("""
  INSERT INTO order_fulfillments (brand, channel, number, version, parts, delivered, carrier,
                                  tracking, at)
  VALUES (:brand, :channel, :number, :version, CAST(:parts AS jsonb), :delivered,
          CAST(:carrier AS text), CAST(:tracking AS text), :at)
""")
_PERSONAL = text("""
  SELECT a.place, o.channel, o.number, o.owner, o.sealed_personal
  FROM unnest(CAST(:channels AS text[]), CAST(:numbers AS text[]))
       WITH ORDINALITY AS a (channel, number, place)
  JOIN platform_orders o ON o.brand = :brand AND o.channel = a.channel AND o.number = a.number
  WHERE o.sealed_personal IS NOT NULL
""")


class Done(Struct, frozen=True, kw_only=True):
    """Who did what to an order; `amount` in its minor units."""

    action: OrderAction
    author: str
    amount: int | None = None


class HeldOrders:
    """The orders of one brand that the platform holds; `zone` dates facts."""

    def __init__(self, store: Store, brand: str, keys: DataKeys, zone: ZoneInfo) -> None:
        self._store = store
        self._brand = brand
        self._keys = keys
        self._zone = zone
        self._facts = OrderFacts(store, brand)

    async def place(self, run: Run, order: HeldOrder, personal: OrderPersonal, author: str) -> bool:
        """Hold a new order; False where its number is taken, and nothing was written."""
        owner = owner_of(order)
        sealed = None
        if personal != OrderPersonal():
            seals = await self._keys.make(run, [owner])
            said = msgspec.json.encode(personal).decode()
            sealed = seals[owner].seal(said, _place(self._brand, order))
        new = held_rows.NewOrder(order=order, owner=owner, sealed=sealed)
        return bool(await self._placed(run, [new], author))

    async def place_all(
        self, run: Run, orders: Sequence[HeldOrder], author: str
    ) -> list[HeldOrder]:
        """Hold new orders that say nothing of people; those whose number was not taken."""
        new = [held_rows.NewOrder(order=one, owner=owner_of(one)) for one in orders]
        return await self._placed(run, new, author)

    async def _placed(
        self, run: Run, new: Sequence[held_rows.NewOrder], author: str
    ) -> list[HeldOrder]:
        placed = await held_rows.insert(run, self._brand, new)
        if placed:
            done = Done(action=OrderAction.PLACED, author=author)
            await self._tell(run, placed, [done] * len(placed))
        return placed

    async def locked(self, run: Run, keys: Sequence[Subject]) -> list[HeldOrder | None]:
        """One order per key, which nobody else changes until the transaction ends."""
        return await held_rows.locked(run, self._brand, keys)

    async def put(self, run: Run, orders: Sequence[HeldOrder], dones: Sequence[Done]) -> None:
        """Write orders that were `locked` and have changed, all by one action.

        One that changed several times comes once a version, the last one last.
        """
        latest = {(one.channel, one.number): one for one in orders}
        await held_rows.update(run, self._brand, list(latest.values()))
        await self._tell(run, orders, dones)

    async def give_back(self, run: Run, given: GivenBack, done: Done, *, restock: bool) -> None:
        """Write a return or the refund of what was cancelled."""
        await held_rows.update_lines(run, self._brand, given.order)
        if given.amount or given.parts:
            named = self._named(given.order)
            parts = _text(given.parts)
            await run(
                _REFUND, {**named, "amount": given.amount, "parts": parts, "restock": restock}
            )
        await self.put(run, [given.order], [done])

    async def fulfil(
        self,
        run: Run,
        order: HeldOrder,
        parts: Sequence[Part],
        done: Done,
        *,
        delivered: bool,
        carrier: str | None = None,
        tracking: str | None = None,
    ) -> None:
        """Write goods that left or arrived."""
        facts = {"delivered": delivered, "carrier": carrier, "tracking": tracking}
        await run(_FULFIL, {**self._named(order), "parts": _text(parts), **facts})
        await held_rows.update_lines(run, self._brand, order)
        await self.put(run, [order], [done])

    async def personal(self, keys: Sequence[Subject]) -> list[OrderPersonal | None]:
        """What orders say of people; None where nothing, or she was erased."""
        columns = {"channels": [o.channel for o in keys], "numbers": [o.key for o in keys]}
        rows = await self._store.rows(_PERSONAL, {"brand": self._brand, **columns})
        seals = await self._keys.load(self._store.rows, sorted({row.owner for row in rows}))
        found: dict[int, OrderPersonal] = {}
        for row in rows:
            if (seal := seals.get(row.owner)) is not None:
                try:
                    said = seal.open(bytes(row.sealed_personal), _place(self._brand, row))
                except InvalidTag:  # sealed under a key that was erased and made anew
                    continue
                found[row.place] = msgspec.json.decode(said, type=OrderPersonal)
        return [found.get(place) for place in range(1, len(keys) + 1)]

    async def _tell(self, run: Run, orders: Sequence[HeldOrder], dones: Sequence[Done]) -> None:
        columns = {
            "channel": [one.channel for one in orders],
            "number": [one.number for one in orders],
            "version": [one.version for one in orders],
            "status": [one.status.value for one in orders],
            "payment_status": [one.payment_status.value for one in orders],
            "fulfillment_status": [one.fulfillment_status.value for one in orders],
            "at": [one.updated_at for one in orders],
            "amount": [one.amount for one in dones],
            "author": [one.author for one in dones],
        }
        action = dones[0].action.value
        await run(_HISTORY, {"brand": self._brand, "action": action, **columns})
        recorded = await self._facts.record_in(run, [self._fact(one) for one in orders])
        if recorded.unchanged:  # nothing that points follow; who shows the order wants to know
            subjects = [Subject(key=one.number, channel=one.channel) for one in orders]
            await tell(run, self._brand, Topic.ORDER_CHANGED, subjects)

    def _fact(self, order: HeldOrder) -> OrderFact:
        skus = {line.ref: line.sku for line in order.lines}

        def sku(line: OrderLine) -> str | None:
            return skus[line.ref]

        return fact_of(shown(order), self._zone, holder=order.holder, sku=sku)

    def _named(self, order: HeldOrder) -> dict[str, object]:
        return {
            "brand": self._brand,
            "channel": order.channel,
            "number": order.number,
            "version": order.version,
            "at": order.updated_at,
        }


def owner_of(order: HeldOrder) -> str:
    """Under whose data key what an order says of people is sealed."""
    if order.holder is None:
        return owner_of_order(order.channel, order.number)
    return owner_of_membership(order.holder.channel, order.holder.number)


def _place(brand: str, order: Any) -> bytes:
    return f"order\x1f{brand}\x1f{order.channel}\x1f{order.number}".encode()


def _text(value: object) -> str:
    return msgspec.json.encode(value).decode()
