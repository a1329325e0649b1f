"""Rows of the points tables as records, and postings as what one statement writes."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Row

from capabilities.points.ledger import Posted, in_order
from capabilities.points.records import (
    Account,
    AccountKey,
    Burn,
    Direction,
    Entry,
    EntryType,
    Lock,
    Lot,
    OrderRef,
    PolicyRef,
)


def columns_of(keys: Iterable[AccountKey]) -> dict[str, list[str]]:
    """Accounts as the three arrays that every statement takes."""
    found = list(keys)
    return {
        "numbers": [key.number for key in found],
        "channels": [key.channel for key in found],
        "currencies": [key.currency for key in found],
    }


def accounts_of(keys: Sequence[AccountKey], rows: Iterable[Row[Any]]) -> dict[AccountKey, Account]:
    """One account per key from rows of accounts, lots and locks; one without rows is empty."""
    heads: dict[AccountKey, Row[Any]] = {}
    lots: dict[AccountKey, list[Lot]] = {key: [] for key in keys}
    locks: dict[AccountKey, list[Lock]] = {key: [] for key in keys}
    for row in rows:
        key = AccountKey(row.channel, row.number, row.currency)
        if row.kind == "account":
            heads[key] = row
        elif row.kind == "lot":
            lots[key].append(_lot(row))
        else:
            burns = _burns(row.burn_lots, row.burn_amounts)
            locks[key].append(Lock(sequence=row.sequence, until=row.until, burns=burns))
    return {key: _account(key, heads.get(key), lots[key], locks[key]) for key in keys}


def _account(
    key: AccountKey, head: Row[Any] | None, lots: Iterable[Lot], locks: Iterable[Lock]
) -> Account:
    if head is None:
        return Account(key=key)
    return Account(
        key=key,
        sequence=head.sequence,
        balance=head.amount,
        owed=head.owed,
        recorded_at=head.recorded_at,
        lots=in_order(lots),
        locks=tuple(sorted(locks, key=lambda one: one.sequence)),
    )


def _lot(row: Row[Any]) -> Lot:
    return Lot(
        lot=row.sequence,
        remaining=row.amount,
        occurred_at=row.recorded_at,
        pending_until=row.until,
        expires_at=row.expires_at,
        order=_order(row),
    )


def _order(row: Row[Any]) -> OrderRef | None:
    return None if row.order_number is None else OrderRef(row.order_channel, row.order_number)


def _burns(lots: Sequence[int], amounts: Sequence[int]) -> tuple[Burn, ...]:
    return tuple(Burn(lot, amount) for lot, amount in zip(lots, amounts, strict=True))


def entry_of(row: Row[Any]) -> Entry:
    """One entry as it was written."""
    policy = None if row.programme is None else PolicyRef(row.programme, row.policy_version)
    return Entry(
        account=AccountKey(row.channel, row.number, row.currency),
        sequence=row.sequence,
        type=EntryType(row.type),
        direction=Direction(row.direction),
        amount=row.amount,
        burns=_burns(row.burn_lots, row.burn_amounts),
        owed=row.owed,
        undoes=row.undoes,
        pending_until=row.pending_until,
        expires_at=row.expires_at,
        order=_order(row),
        reason=row.reason,
        source=row.source,
        policy=policy,
        author=row.author,
        idempotency_key=row.idempotency_key,
        part=row.part,
        occurred_at=row.occurred_at,
        recorded_at=row.recorded_at,
    )


def written(before: Mapping[AccountKey, Account], posted: Sequence[Posted]) -> dict[str, str]:
    """What a change writes, as JSON for one statement: entries, lots, locks and accounts."""
    entries = [_entry_row(entry) for one in posted for entry in one.entries]
    lots = [row for one in posted for row in _changed_lots(before[one.account.key], one.account)]
    held = [
        {**_named(one.account.key), "sequence": lock.sequence, "until": lock.until}
        | _burn_columns(lock.burns)
        for one in posted
        for lock in one.account.locks
        if lock not in before[one.account.key].locks
    ]
    ended = [
        {**_named(one.account.key), "sequence": lock.sequence}
        for one in posted
        for lock in before[one.account.key].locks
        if lock not in one.account.locks
    ]
    heads = [_head(one.account) for one in posted]
    parts = {"entries": entries, "lots": lots, "held": held, "ended": ended, "heads": heads}
    return {name: orjson.dumps(rows, default=str).decode() for name, rows in parts.items()}


def _named(key: AccountKey) -> dict[str, object]:
    return {"number": key.number, "channel": key.channel, "currency": key.currency}


def _burn_columns(burns: Sequence[Burn]) -> dict[str, object]:
    return {
        "burn_lots": [burn.lot for burn in burns],
        "burn_amounts": [burn.amount for burn in burns],
    }


def _ref_columns(order: OrderRef | None) -> dict[str, object]:
    return {
        "order_channel": order.channel if order else None,
        "order_number": order.number if order else None,
    }


def _entry_row(entry: Entry) -> dict[str, object]:
    policy = entry.policy
    return {
        **_named(entry.account),
        "sequence": entry.sequence,
        "type": entry.type.value,
        "direction": entry.direction.value,
        "amount": entry.amount,
        **_burn_columns(entry.burns),
        "owed": entry.owed,
        "undoes": entry.undoes,
        "pending_until": entry.pending_until,
        "expires_at": entry.expires_at,
        **_ref_columns(entry.order),
        "reason": entry.reason,
        "source": entry.source,
        "programme": policy.programme if policy else None,
        "policy_version": policy.version if policy else None,
        "author": entry.author,
        "idempotency_key": entry.idempotency_key,
        "part": entry.part,
        "occurred_at": entry.occurred_at,
        "recorded_at": entry.recorded_at,
    }


def _changed_lots(before: Account, after: Account) -> list[dict[str, object]]:
    stood = {lot.lot: lot for lot in before.lots}
    return [
        {
            **_named(after.key),
            "lot": lot.lot,
            "remaining": lot.remaining,
            "occurred_at": lot.occurred_at,
            "pending_until": lot.pending_until,
            "expires_at": lot.expires_at,
            **_ref_columns(lot.order),
        }
        for lot in after.lots
        if stood.get(lot.lot) != lot
    ]


def _head(account: Account) -> dict[str, object]:
    due: datetime | None = account.due_at()
    return {
        **_named(account.key),
        "sequence": account.sequence,
        "balance": account.balance,
        "owed": account.owed,
        "recorded_at": account.recorded_at,
        "due_at": due,
    }
