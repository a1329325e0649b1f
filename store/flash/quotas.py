"""Quotas in PostgreSQL: out of their pool from the push on, back in it when they are counted.

What a system is told stands in the queue of commands, ordered with the change of the quota. Until
its end is known the units are no pool's: a push that failed or is unknown keeps them reserved.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import uuid4

from msgspec import Struct
from sqlalchemy import text

from capabilities.audit import Entry
from capabilities.errors import BadInput
from capabilities.flash.lifecycle import SaleDeclined
from capabilities.flash.quotas import PushKind, Quota, QuotaState, check_push
from capabilities.flash.records import SHARED, SaleState
from capabilities.flash.supply import stock_short
from capabilities.member.commands import CommandState
from store.access.audit import audited
from store.engine import Run, Store
from store.flash.movements import Account, Place, move
from store.flash.quota_rows import LOCK, SHOWN, quota_of
from store.flash.sales import read_sale, restocked

_WORK = "system:flash_quotas"
Transaction = Callable[[Callable[[Run], Awaitable[Any]]], Awaitable[Any]]

_GIVE = text("""
  INSERT INTO flash_quotas AS q (brand, sale, channel, pool, connector, kind, code, units, sold,
                                 counted, pushed_at)
  VALUES (:brand, :sale, :channel, :pool, :connector, :kind, :code, :units, 0, false,
          clock_timestamp())
  ON CONFLICT (brand, sale, channel) DO UPDATE
  SET pool = excluded.pool, connector = excluded.connector, kind = excluded.kind,
      code = excluded.code, units = q.units + excluded.units, counted = false
""")
_TELL = text("""
  INSERT INTO stock_commands (brand, id, connector, channel, sale, kind, state, unsure, attempts,
                              reason, author, created_at, changed_at, next_at)
  VALUES (:brand, :id, :connector, :channel, :sale, :kind, :state, false, 0,
          CAST(:reason AS text), :by, clock_timestamp(), :at, :at)
""")
_AGAIN = text("""
  UPDATE stock_commands
  SET state = 'QUEUED', unsure = true, next_at = :at, changed_at = :at, reason = NULL
  WHERE brand = :brand AND id = :id AND state = 'DEAD'
""")
_SET = text("""
  UPDATE flash_quotas SET units = :units, sold = :sold, "left" = CAST(:left AS bigint),
                          counted = :counted, looked_at = :at
  WHERE brand = :brand AND sale = :sale AND channel = :channel
""")


class Shop(Struct, frozen=True, kw_only=True):
    """Who sells a product in its own cart: the connector, and the code that it knows it by."""

    connector: str
    kind: str
    code: str


class Quotas:
    """The quotas of one brand, as operations and those at the back door see them."""

    def __init__(
        self,
        store: Store,
        brand: str,
        now: Callable[[], datetime],
        *,
        role: str | None = None,
        transaction: Transaction | None = None,
    ) -> None:
        self._store = store
        self._brand = brand
        self._now = now
        self._role = role
        self._transaction = transaction or store.transaction

    async def shown(self, sale: str | None = None) -> Sequence[Quota]:
        """The quotas of one sale, or of all that are not reconciled."""
        rows = await self._store.rows(SHOWN, self._named(sale, None))
        return [quota_of(row) for row in rows]

    async def ended(self) -> Sequence[Quota]:
        """Those that are to be taken back: their sale has closed, or its time is over."""
        rows = await self._store.rows(SHOWN, self._named(None, None))
        over = [row for row in rows if row.over or row.sale_state == SaleState.CLOSED.value]
        return [one for one in map(quota_of, over) if not one.returning]

    async def push(self, sale: str, channel: str, units: int, shop: Shop, by: str) -> Quota:
        """Give a channel so many of a sale to sell in its own cart: they leave their pool now."""

        async def work(run: Run) -> Quota:
            found = await read_sale(run, self._brand, sale)
            if found is None:
                raise BadInput("there is no such flash sale", code="FLASH_SALE_UNKNOWN")
            check_push(found.state, await self._locked(run, sale, channel), units)
            pool = channel if channel in found.pools else SHARED
            here, there = Account(Place.POOL, pool), Account(Place.QUOTA, channel)
            if not await move(run, self._brand, sale, here, there, units):
                raise stock_short(f"{pool or 'what all share'} has no {units:,} units left")
            facts = {"connector": shop.connector, "kind": shop.kind, "code": shop.code}
            given = {**self._named(sale, channel), "pool": pool, "units": units, **facts}
            await run(_GIVE, given)
            await restocked(run, self._brand, sale)
            await self._tell(run, sale, channel, shop.connector, PushKind.PUSH, by)
            await self._audited(run, "flash.pushed", sale, by, channel=channel, units=units)
            return await self._known(run, sale, channel)

        return await self._done(work)

    async def take_back(self, sale: str, channel: str, by: str) -> Quota:
        """Have a channel offer nothing any more; what it did not sell comes back when counted."""

        async def work(run: Run) -> Quota:
            quota = await self._known(run, sale, channel)
            if quota.returning and quota.state is not QuotaState.FAILED:
                raise SaleDeclined(f"the quota is {quota.state.value}")
            await self._tell(run, sale, channel, quota.connector, PushKind.TAKE_BACK, by)
            await self._audited(run, "flash.taken_back", sale, by, channel=channel)
            return await self._known(run, sale, channel)

        return await self._done(work)

    async def again(self, sale: str, channel: str, by: str) -> Quota:
        """Try once more what failed, behind a look at what stands there."""

        async def work(run: Run) -> Quota:
            quota = await self._known(run, sale, channel)
            if quota.state is not QuotaState.FAILED:
                raise SaleDeclined(f"the quota is {quota.state.value}; this is for what FAILED")
            at = self._now()
            await run(_AGAIN, {"brand": self._brand, "id": quota.command, "at": at})
            await self._audited(run, "flash.pushed_again", sale, by, channel=channel)
            return await self._known(run, sale, channel)

        return await self._done(work)

    async def settle(self, sale: str, channel: str, sold: int, by: str) -> Quota:
        """Say by hand how many were sold, where the channel's system cannot be asked any more.

        What was not leaves the sale, for nobody has counted it: a top-up brings it back, by two.
        """

        async def work(run: Run) -> Quota:
            quota = await self._known(run, sale, channel)
            if quota.state is not QuotaState.FAILED:
                raise SaleDeclined(f"the quota is {quota.state.value}; this is for what FAILED")
            if not 0 <= sold <= quota.units:
                raise SaleDeclined(f"of {quota.units:,} units, 0 to all were sold")
            kind, by_hand = PushKind.TAKE_BACK, {"state": "DONE", "reason": "BY_HAND"}
            await self._tell(run, sale, channel, quota.connector, kind, by, **by_hand)
            await self._returned(run, quota, 0, sold, Account(Place.SUPPLY))
            await self._audited(run, "flash.settled", sale, by, channel=channel, sold=sold)
            return await self._known(run, sale, channel)

        return await self._done(work)

    async def looked(self, seen: Quota, left: int | None, sold: int | None) -> Quota:
        """Take in what a system says: what it offers, and what was counted in its orders.

        That counts only while nothing else was told since. More than was given is corrected; what
        was taken back and not sold returns to its pool; what was sold beyond is taken from one.
        """

        async def work(run: Run) -> Quota:
            quota = await self._known(run, seen.sale, seen.channel)
            if quota.command != seen.command or not quota.confirmed:
                return quota
            told = await self._taken_in(run, quota, left, sold)
            if told is not None:
                await self._tell(run, quota.sale, quota.channel, quota.connector, told, _WORK)
            return await self._known(run, seen.sale, seen.channel)

        return await self._done(work)

    async def _taken_in(
        self, run: Run, quota: Quota, left: int | None, sold: int | None
    ) -> PushKind | None:
        """Write down what was seen; what the system must be told because of it."""
        if quota.returning and left is not None and left <= 0 and sold is not None:
            await self._returned(run, quota, left, sold, Account(Place.POOL, quota.pool))
            return None
        known = quota.sold if quota.returning or left is None else max(0, quota.units - left)
        known = known if sold is None else sold
        await self._set(run, quota, quota.units, known, left, counted=quota.counted)
        if quota.returning:
            return PushKind.TAKE_BACK if left is None or left > 0 else None
        return PushKind.PUSH if left is None or left + known > quota.units else None

    async def _returned(self, run: Run, quota: Quota, left: int, sold: int, back: Account) -> None:
        """What was not sold goes back; where more was sold than was held, it is taken from pools.

        Where no pool has it, the quota says what is missing, and the auditor with it.
        """
        held = quota.units
        place = Account(Place.QUOTA, quota.channel)
        if sold < held:
            await move(run, self._brand, quota.sale, place, back, held - sold)
            held = sold
        for pool in dict.fromkeys((quota.pool, SHARED)):
            missing = sold - held
            source = Account(Place.POOL, pool)
            if missing and await move(run, self._brand, quota.sale, source, place, missing):
                held = sold
        if held != quota.units:
            await restocked(run, self._brand, quota.sale)
        await self._set(run, quota, held, sold, left, counted=True)

    async def _set(
        self, run: Run, quota: Quota, units: int, sold: int, left: int | None, *, counted: bool
    ) -> None:
        figures = {"units": units, "sold": sold, "left": left, "counted": counted}
        named = self._named(quota.sale, quota.channel)
        await run(_SET, {**named, **figures, "at": self._now()})

    async def _tell(
        self,
        run: Run,
        sale: str,
        channel: str,
        connector: str,
        kind: PushKind,
        by: str,
        state: str = CommandState.QUEUED.value,
        reason: str | None = None,
    ) -> None:
        told = {"id": uuid4().hex, "connector": connector, "kind": kind.value, "by": by}
        named = {**self._named(sale, channel), "at": self._now()}
        await run(_TELL, {**named, **told, "state": state, "reason": reason})

    async def _locked(self, run: Run, sale: str, channel: str) -> Quota | None:
        named = self._named(sale, channel)
        await run(LOCK, named)
        rows = await run(SHOWN, named)
        return quota_of(rows[0]) if rows else None

    async def _known(self, run: Run, sale: str, channel: str) -> Quota:
        found = await self._locked(run, sale, channel)
        if found is None:
            raise BadInput("the channel has no quota of this sale", code="FLASH_QUOTA_UNKNOWN")
        return found

    async def _done(self, work: Callable[[Run], Awaitable[Quota]]) -> Quota:
        done: Quota = await self._transaction(work)
        return done

    async def _audited(self, run: Run, action: str, sale: str, by: str, **facts: str | int) -> None:
        entry = Entry(action=action, actor=by, role=self._role, facts={"sale": sale, **facts})
        await audited(run, self._brand, entry)

    def _named(self, sale: str | None, channel: str | None) -> dict[str, Any]:
        return {"brand": self._brand, "sale": sale, "channel": channel}
