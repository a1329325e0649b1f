"""Sealing anew: every value that an older key sealed, by the newest, while everything goes on.

A value is replaced only where it is still the one that was read, so a writer is never overtaken;
what it wrote with an older key is met by the next pass. Nothing else is remembered, so a rotation
that was killed goes on where it stood.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from cryptography.exceptions import InvalidTag
from msgspec import Struct
from sqlalchemy import Row, TextClause, text

from capabilities.audit import Entry
from store.access.audit import Audit
from store.engine import Store
from store.keyring import Keyring
from store.sealed_columns import SEALED_COLUMNS, SealedColumn
from store.sealing import Sealer

_AT_ONCE = 500
_MOST_PASSES = 20


class Sealed(Struct, frozen=True):
    """How many values of a column one key sealed; `known` where the key is on the list."""

    table: str
    column: str
    number: int
    count: int
    newest: bool
    known: bool


class Rotated(Struct, frozen=True):
    """What a rotation did: values sealed anew, and those that no key on the list opens."""

    sealed: Mapping[str, int]
    lost: int


class Rotation:
    """Sealing anew of one brand."""

    def __init__(self, store: Store, brand: str, keys: Keyring, at_once: int = _AT_ONCE) -> None:
        self._store = store
        self._brand = brand
        self._keys = keys
        self._at_once = at_once
        self._newest = keys.sealing[0].number

    async def status(self) -> Sequence[Sealed]:
        """How many values each key sealed, by column."""
        known = {one.number for one in self._keys.sealing}
        found = []
        for column in SEALED_COLUMNS:
            for row in await self._store.rows(_counted(column), {"brand": self._brand}):
                number = row.number[0] if row.number else 0
                newest = number == self._newest
                told = (column.table, column.column, number, row.many)
                found.append(Sealed(*told, newest=newest, known=number in known))
        return found

    async def rotate(self, author: str, done: Callable[[int], None]) -> Rotated:
        """Seal everything by the newest key; `done` is told how many were looked at."""
        audit = Audit(self._store, self._brand)
        await audit.record(self._entry("sealing.rotation_begun", author, {}))
        sealed: dict[str, int] = {}
        lost = 0
        for column in SEALED_COLUMNS:
            count, lost_here = await self._column(column, done)
            sealed[column.table] = count
            lost += lost_here
        await audit.record(self._entry("sealing.rotated", author, {**sealed, "lost": lost}))
        return Rotated(sealed, lost)

    async def _column(self, column: SealedColumn, done: Callable[[int], None]) -> tuple[int, int]:
        """One column, again until a pass changes nothing: writers may know the older key only."""
        sealer, whole = self._keys.sealer(column.purpose), 0
        for _ in range(_MOST_PASSES):
            changed, lost = await self._pass(column, sealer, done)
            whole += changed
            if not changed:
                return whole, lost
        return whole, lost

    async def _pass(
        self, column: SealedColumn, sealer: Sealer, done: Callable[[int], None]
    ) -> tuple[int, int]:
        read, write = _read(column), _write(column)
        changed = lost = 0
        last: Row[Any] | None = None
        while True:
            rows = await self._store.rows(read, self._after(column, last))
            if not rows:
                return changed, lost
            anew = [(row, self._anew(column, sealer, row)) for row in rows]
            opened = [(row, value) for row, value in anew if value is not None]
            lost += len(anew) - len(opened)
            if opened:
                named = self._changes(column, opened)
                changed += len(await self._store.rows(write, named))
            done(len(rows))
            last = rows[-1]

    def _anew(self, column: SealedColumn, sealer: Sealer, row: Row[Any]) -> bytes | None:
        place = column.place_of(self._brand, row)
        try:
            return sealer.seal_bytes(sealer.open_bytes(bytes(row.value), place), place)
        except (KeyError, IndexError, InvalidTag):
            return None

    def _after(self, column: SealedColumn, last: Row[Any] | None) -> dict[str, Any]:
        places = {f"at_{name}": getattr(last, name, None) for name in column.keys}
        first = {"brand": self._brand, "most": self._at_once, "begun": last is not None}
        return {**first, "newest": bytes([self._newest]), **places}

    def _changes(
        self, column: SealedColumn, opened: Sequence[tuple[Row[Any], bytes]]
    ) -> dict[str, Any]:
        keys = {f"k_{name}": [getattr(row, name) for row, _ in opened] for name in column.keys}
        before = [bytes(row.value) for row, _ in opened]
        return {"brand": self._brand, **keys, "before": before, "anew": [v for _, v in opened]}

    def _entry(self, action: str, author: str, facts: Mapping[str, int]) -> Entry:
        return Entry(action=action, actor=author, facts={"key": self._newest, **facts})


def _counted(one: SealedColumn) -> TextClause:
    return text(f"""
      SELECT substring({one.column} FROM 1 FOR 1) AS number, count(*) AS many FROM {one.table}
      WHERE brand = :brand AND {one.column} IS NOT NULL GROUP BY 1 ORDER BY 1
    """)  # noqa: S608 - our own names


def _read(one: SealedColumn) -> TextClause:
    keys = ", ".join(one.keys)
    places = ", ".join(f"CAST(:at_{name} AS {_type(name)})" for name in one.keys)
    return text(f"""
      SELECT {keys}, {one.column} AS value FROM {one.table}
      WHERE brand = :brand AND (NOT CAST(:begun AS boolean) OR ({keys}) > ({places}))
        AND {one.column} IS NOT NULL AND substring({one.column} FROM 1 FOR 1) <> :newest
      ORDER BY {keys} LIMIT :most
    """)  # noqa: S608 - our own names


def _write(one: SealedColumn) -> TextClause:
    names = ", ".join((*one.keys, "before", "anew"))
    given = ", ".join(f"CAST(:k_{name} AS {_type(name)}[])" for name in one.keys)
    same = " AND ".join(f"a.{name} = t.{name}" for name in one.keys)
    return text(f"""
      UPDATE {one.table} t SET {one.column} = a.anew
      FROM unnest({given}, CAST(:before AS bytea[]), CAST(:anew AS bytea[])) AS a ({names})
      WHERE t.brand = :brand AND {same} AND t.{one.column} = a.before
      RETURNING 1
    """)  # noqa: S608 - our own names


def _type(name: str) -> str:
    return "bigint" if name == "sequence" else "text"
