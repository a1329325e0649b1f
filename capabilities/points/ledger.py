"""The rules of the ledger: what an account becomes by one more entry. Pure; the clock is given.

A debit burns lots first in, first out, by when they were earned. A reversal takes the lots of its
own order first, wherever they stand, then the others; what none covers is owed, and the next
credit pays it before it becomes a lot.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from capabilities.points.records import (
    Account,
    Burn,
    Direction,
    Entry,
    EntryType,
    InsufficientPoints,
    Lock,
    Lot,
    PointsDeclined,
    Told,
)


class Posted(Struct, frozen=True, kw_only=True):
    """An account after some entries, and those entries."""

    account: Account
    entries: tuple[Entry, ...]


def credit(
    account: Account,
    kind: EntryType,
    amount: int,
    told: Told,
    at: datetime,
    *,
    pending_until: datetime | None = None,
    expires_at: datetime | None = None,
) -> Posted:
    """Points come: what is owed is paid, the rest is a lot."""
    paid = min(account.owed, amount)
    entry = _entry(account, kind, Direction.CREDIT, amount, told, at)
    entry = replace(entry, owed=paid, pending_until=pending_until, expires_at=expires_at)
    return Posted(account=applied(account, entry), entries=(entry,))


def spend(
    account: Account, kind: EntryType, amount: int, told: Told, at: datetime
) -> Posted | InsufficientPoints:
    """Points go, only those that are there: a SPEND, TRANSFER_OUT or a correction by hand."""
    available = account.available(at)
    if amount > available:
        return InsufficientPoints(code="INSUFFICIENT_POINTS", path=("input",), available=available)
    return _debit(account, kind, amount, told, at, _spendable(account, at))


def reverse(account: Account, kind: EntryType, amount: int, told: Told, at: datetime) -> Posted:
    """Points of an order go back, spent or not: the balance may fall below zero."""
    own = [lot for lot in account.lots if told.order is not None and lot.order == told.order]
    rest = [lot for lot in account.lots if lot not in own]
    return _debit(account, kind, amount, told, at, [*own, *rest])


def lock(
    account: Account, amount: int, until: datetime, told: Told, at: datetime
) -> Posted | InsufficientPoints:
    """Points are put aside until a moment, at which they come back by themselves."""
    posted = spend(account, EntryType.LOCK, amount, told, at)
    if isinstance(posted, InsufficientPoints):
        return posted
    entry = replace(posted.entries[0], pending_until=until)
    return Posted(account=applied(account, entry), entries=(entry,))


def unlock(account: Account, sequence: int, told: Told, at: datetime) -> Posted | PointsDeclined:
    """What a LOCK put aside comes back to its lots, with their own dates."""
    held = next((one for one in account.locks if one.sequence == sequence), None)
    if held is None:
        return PointsDeclined(code="LOCK_UNKNOWN", path=("input", "lock"))
    entry = _entry(account, EntryType.UNLOCK, Direction.CREDIT, held.amount, told, at)
    paid = min(account.owed, held.amount)
    burns = _taken(held.burns, held.amount - paid)
    entry = replace(entry, undoes=sequence, owed=paid, burns=burns)
    return Posted(account=applied(account, entry), entries=(entry,))


def spend_locked(
    account: Account, sequence: int, amount: int, told: Told, at: datetime
) -> Posted | InsufficientPoints | PointsDeclined:
    """A lock ends and its points are spent, also those that would have expired meanwhile."""
    opened = unlock(account, sequence, told, at)
    if isinstance(opened, PointsDeclined):
        return opened
    given = {burn.lot for burn in opened.entries[0].burns}
    free = opened.account
    kept = [lot for lot in free.lots if lot.lot in given]
    usable = [*kept, *(lot for lot in _spendable(free, at) if lot.lot not in given)]
    covered = sum(lot.remaining for lot in usable)
    if amount > covered:
        return InsufficientPoints(code="INSUFFICIENT_POINTS", path=("input",), available=covered)
    spent = _debit(free, EntryType.SPEND, amount, told, at, usable)
    last = replace(spent.entries[0], part=1)
    return Posted(account=spent.account, entries=(*opened.entries, last))


def due(account: Account, at: datetime, told: Callable[[Account, str], Told]) -> Posted:
    """Every entry that time alone asks for: locks that end, then lots that expired.

    `told` says why, for an account as it stands and a word for what is due.
    """
    entries: list[Entry] = []
    for held in account.locks:
        if held.until <= at:
            back = unlock(account, held.sequence, told(account, f"unlock-{held.sequence}"), at)
            if isinstance(back, Posted):
                account, entries = back.account, [*entries, *back.entries]
    for lot in account.lots:
        if lot.expired(at) and lot.remaining:
            why = told(account, f"expire-{lot.lot}")
            gone = _debit(account, EntryType.EXPIRE, lot.remaining, why, at, [lot])
            account, entries = gone.account, [*entries, *gone.entries]
    return Posted(account=account, entries=tuple(entries))


def applied(account: Account, entry: Entry) -> Account:
    """The account after an entry that was decided before: the one way that entries add up."""
    owed = (
        account.owed - entry.owed
        if entry.direction is Direction.CREDIT
        else (account.owed + entry.owed)
    )
    return replace(
        account,
        sequence=entry.sequence,
        balance=account.balance + entry.signed,
        owed=owed,
        recorded_at=entry.recorded_at,
        lots=_lots_after(account.lots, entry),
        locks=_locks_after(account.locks, entry),
    )


def _lots_after(lots: tuple[Lot, ...], entry: Entry) -> tuple[Lot, ...]:
    if entry.direction is Direction.CREDIT and entry.type is not EntryType.UNLOCK:
        return in_order((*lots, _lot(entry)))
    sign = 1 if entry.type is EntryType.UNLOCK else -1
    moved = {burn.lot: sign * burn.amount for burn in entry.burns}
    return tuple(
        replace(lot, remaining=lot.remaining + moved[lot.lot]) if lot.lot in moved else lot
        for lot in lots
    )


def _locks_after(locks: tuple[Lock, ...], entry: Entry) -> tuple[Lock, ...]:
    if entry.type is EntryType.LOCK and entry.pending_until is not None:
        held = Lock(sequence=entry.sequence, until=entry.pending_until, burns=entry.burns)
        return (*locks, held)
    if entry.type is EntryType.UNLOCK:
        return tuple(one for one in locks if one.sequence != entry.undoes)
    return locks


def in_order(lots: Iterable[Lot]) -> tuple[Lot, ...]:
    """Lots as they are burnt: first in, first out, by when they were earned."""
    return tuple(sorted(lots, key=lambda lot: (lot.occurred_at, lot.lot)))


def _lot(entry: Entry) -> Lot:
    return Lot(
        lot=entry.sequence,
        remaining=entry.amount - entry.owed,
        occurred_at=entry.occurred_at,
        pending_until=entry.pending_until,
        expires_at=entry.expires_at,
        order=entry.order,
    )


def _spendable(account: Account, at: datetime) -> list[Lot]:
    return [lot for lot in account.lots if not lot.pending(at) and not lot.expired(at)]


def _debit(
    account: Account,
    kind: EntryType,
    amount: int,
    told: Told,
    at: datetime,
    lots: Sequence[Lot],
) -> Posted:
    burns = _taken([Burn(lot.lot, lot.remaining) for lot in lots], amount)
    owed = amount - sum(burn.amount for burn in burns)
    entry = _entry(account, kind, Direction.DEBIT, amount, told, at)
    entry = replace(entry, burns=burns, owed=owed)
    return Posted(account=applied(account, entry), entries=(entry,))


def _taken(burns: Iterable[Burn], amount: int) -> tuple[Burn, ...]:
    """As much of the first lots as makes the amount."""
    found = []
    for burn in burns:
        part = min(burn.amount, amount)
        if part:
            found.append(Burn(burn.lot, part))
            amount -= part
    return tuple(found)


def _entry(
    account: Account,
    kind: EntryType,
    direction: Direction,
    amount: int,
    told: Told,
    at: datetime,
) -> Entry:
    """The next entry of an account; its time never runs backwards, whatever clocks say."""
    if amount <= 0:
        raise ValueError("an entry moves at least one point")
    last = account.recorded_at
    return Entry(
        account=account.key,
        sequence=account.sequence + 1,
        type=kind,
        direction=direction,
        amount=amount,
        order=told.order,
        reason=told.reason,
        source=told.source,
        policy=told.policy,
        author=told.author,
        idempotency_key=told.idempotency_key,
        occurred_at=told.occurred_at,
        recorded_at=at if last is None else max(at, last),
    )
