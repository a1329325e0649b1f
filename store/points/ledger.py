"""The points ledger of one brand in PostgreSQL.

A change locks the rows of its accounts, always in one order, reads them, lets a pure rule decide,
and writes entries and what they leave in the same transaction. A key that was used before answers
with the entries that it stands for.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeAlias

from msgspec import Struct

from capabilities.operations import IdempotencyKeyReused
from capabilities.points.ledger import Posted
from capabilities.points.past import LedgerFault, faults
from capabilities.points.records import Account, AccountKey, Entry, Refusal
from store.engine import Run, Store
from store.points import statements as sql
from store.points.rows import accounts_of, columns_of, entry_of, written
from store.wishes import KeyReused, once

Accounts: TypeAlias = Mapping[AccountKey, Account]
Decide: TypeAlias = Callable[[Accounts, datetime], Sequence[Posted] | Refusal]
Then: TypeAlias = Callable[[Run, Sequence[Entry]], Awaitable[None]]
Changed: TypeAlias = tuple[Entry, ...] | Refusal | IdempotencyKeyReused

_PAGE = 500
_ENTRIES = tuple[Entry, ...]
_LAST = 2**63 - 1


class Wish(Struct, frozen=True, kw_only=True):
    """A caller's idempotency key, and what it stands for: a mutation and its input."""

    author: str
    key: str
    what: Any


class _Declined(Exception):
    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.code)
        self.refusal = refusal


class PointsLedger:
    """Reads and changes accounts; `now` is the clock of every entry."""

    def __init__(self, store: Store, brand: str, now: Callable[[], datetime]) -> None:
        self._store = store
        self._brand = brand
        self._now = now

    async def change(
        self,
        keys: Sequence[AccountKey],
        decide: Decide,
        wish: Wish | None = None,
        *,
        then: Then | None = None,
    ) -> Changed:
        """The entries that `decide` wrote, or those that the wish stands for already.

        `then` goes on in the same transaction, once. Nothing is kept of what was declined: the
        same key may be tried again.
        """

        async def work(run: Run) -> tuple[Entry, ...]:
            async def do() -> tuple[Entry, ...]:
                entries = await self.change_in(run, keys, decide)
                if then is not None:
                    await then(run, entries)
                return entries

            if wish is None:
                return await do()
            who = (self._brand, wish.author, wish.key)
            return await once(run, who, wish.what, _ENTRIES, do)

        try:
            return await self._store.transaction(work)
        except KeyReused:
            return IdempotencyKeyReused(
                code="IDEMPOTENCY_KEY_REUSED", path=("input", "idempotencyKey")
            )
        except _Declined as declined:
            return declined.refusal

    async def change_in(
        self, run: Run, keys: Sequence[AccountKey], decide: Decide
    ) -> tuple[Entry, ...]:
        """As `change`, in the caller's transaction, which a refusal ends."""
        before = await self.hold_in(run, keys)
        decided = decide(before, self._now())
        if not isinstance(decided, Sequence):
            raise _Declined(decided)
        return await self.write_in(run, before, decided)

    async def hold_in(self, run: Run, keys: Sequence[AccountKey]) -> Accounts:
        """The accounts as they stand, which nobody else changes until the transaction ends."""
        columns = {"brand": self._brand, **columns_of(keys)}
        await run(sql.MAKE, columns)
        await run(sql.LOCK, columns)
        return accounts_of(keys, await run(sql.READ, columns))

    async def write_in(
        self, run: Run, before: Accounts, posted: Sequence[Posted]
    ) -> tuple[Entry, ...]:
        """Write what was decided over accounts that are held; one posting an account."""
        entries = tuple(entry for one in posted for entry in one.entries)
        if entries:
            await run(sql.WRITE, {"brand": self._brand, **written(before, posted)})
        return entries

    async def accounts(self, keys: Sequence[AccountKey]) -> Sequence[Account]:
        """One account per key, in order; one that nothing was ever posted to is empty."""
        if not keys:
            return ()
        rows = await self._store.rows(sql.READ, {"brand": self._brand, **columns_of(keys)})
        found = accounts_of(keys, rows)
        return [found[key] for key in keys]

    async def entries(
        self,
        key: AccountKey,
        *,
        first: int,
        after: int = 0,
        before: int = _LAST,
        newest_first: bool = False,
    ) -> Sequence[Entry]:
        """At most `first` entries between two sequences, in their order or its reverse."""
        asked = {"after": after, "before": before, "first": first, "newest_first": newest_first}
        rows = await self._store.rows(sql.ENTRIES, {**self._account(key), **asked})
        return tuple(map(entry_of, rows))

    async def every_entry(self, key: AccountKey) -> list[Entry]:
        """All entries of an account, in their order."""
        found: list[Entry] = []
        whole = True
        while whole:
            after = found[-1].sequence if found else 0
            page = await self.entries(key, first=_PAGE, after=after)
            found += page
            whole = len(page) == _PAGE
        return found

    async def balance_at(self, key: AccountKey, at: datetime) -> int:
        """The sum of all entries that were recorded until a moment."""
        rows = await self._store.rows(sql.SUM, {**self._account(key), "at": at})
        return int(rows[0].balance)

    def _account(self, key: AccountKey) -> dict[str, object]:
        return {
            "brand": self._brand,
            "number": key.number,
            "channel": key.channel,
            "currency": key.currency,
        }

    async def due(self, at: datetime, first: int) -> Sequence[AccountKey]:
        """Accounts in which something expires or comes back, the longest due first."""
        asked = {"brand": self._brand, "at": at, "first": first}
        rows = await self._store.rows(sql.DUE, asked)
        return [AccountKey(row.channel, row.number, row.currency) for row in rows]

    async def every_account(self) -> AsyncIterator[AccountKey]:
        """All accounts, by number."""
        last = AccountKey("", "", "")
        while True:
            rows = await self._store.rows(sql.ACCOUNTS, {**self._account(last), "first": _PAGE})
            for row in rows:
                last = AccountKey(row.channel, row.number, row.currency)
                yield last
            if len(rows) < _PAGE:
                return

    async def check(self, key: AccountKey) -> list[LedgerFault]:
        """Where the cached account differs from its entries, read while nobody changes it."""
        found: list[LedgerFault] = []

        async def work(run: Run) -> None:
            columns = {"brand": self._brand, **columns_of([key])}
            await run(sql.LOCK, columns)
            cached = accounts_of([key], await run(sql.READ, columns))[key]
            asked = {"after": 0, "before": _LAST, "first": _LAST, "newest_first": False}
            rows = await run(sql.ENTRIES, {**self._account(key), **asked})
            found.extend(faults(cached, map(entry_of, rows)))

        await self._store.transaction(work)
        return found
