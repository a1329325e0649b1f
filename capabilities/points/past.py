"""Accounts from their entries alone: what the ledger says now, and what it said at any moment."""

from collections.abc import Iterable
from datetime import datetime

from msgspec import Struct

from capabilities.points.ledger import applied
from capabilities.points.records import Account, AccountKey, Entry


class LedgerFault(Struct, frozen=True, kw_only=True):
    """A cached balance that its entries do not make."""

    account: AccountKey
    what: str
    cached: int
    entries: int


def account_of(key: AccountKey, entries: Iterable[Entry], until: datetime | None = None) -> Account:
    """The account that these entries leave, in the order of their sequence.

    `until` leaves out what was recorded after it: the account as it stood at that moment.
    """
    account = Account(key=key)
    for entry in entries:
        if until is None or entry.recorded_at <= until:
            account = applied(account, entry)
    return account


def faults(cached: Account, entries: Iterable[Entry]) -> list[LedgerFault]:
    """Where a cached account differs from what its entries say."""
    told = account_of(cached.key, entries)
    pairs = (
        ("balance", cached.balance, told.balance),
        ("owed", cached.owed, told.owed),
        ("entries", cached.sequence, told.sequence),
        ("locked", cached.locked, told.locked),
        *_of_lots(cached, told),
    )
    return [
        LedgerFault(account=cached.key, what=what, cached=had, entries=has)
        for what, had, has in pairs
        if had != has
    ]


def _of_lots(cached: Account, told: Account) -> list[tuple[str, int, int]]:
    had = {lot.lot: lot.remaining for lot in cached.lots}
    has = {lot.lot: lot.remaining for lot in told.lots}
    lots = sorted(had.keys() | has.keys())
    return [(f"lot {lot}", had.get(lot, 0), has.get(lot, 0)) for lot in lots]
