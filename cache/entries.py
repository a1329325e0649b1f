"""Entries in Redis: read, kept, fetched by one process at a time, and dropped.

All reads of one turn of the loop, whoever asks, travel in one round trip.
"""

import asyncio
import os
import time
from collections.abc import Sequence
from contextvars import Context
from functools import partial
from typing import Any

import msgspec
from msgspec import Struct

from cache.connection import Near, values_of
from cache.drops import EPOCH, NUMBER, Drops, number
from cache.places import Place

# so that no single value holds up the others
LARGEST_BYTES = 1_000_000
_MOST_AT_ONCE = 500
_EPOCH_BYTES = 8


class Seen(Struct, frozen=True):
    """What Redis holds of one place: the number of its subject's last drop, and its entry."""

    drops: Drops
    dropped: int
    sealed: bytes | None


class Kept(Struct, frozen=True):
    """A sealed entry to be kept at a place for so many seconds."""

    place: Place
    sealed: bytes
    seconds: float


class _Look(Struct):
    drops: str
    names: list[str]
    answer: "asyncio.Future[tuple[Drops, list[bytes | None]] | None]"


class Entries:
    """The entries of one brand in Redis."""

    def __init__(self, near: Near) -> None:
        self._near = near
        self._queue: list[_Look] = []
        self._reading: asyncio.Task[None] | None = None

    async def look(self, drops: str, places: Sequence[Place]) -> list[Seen] | None:
        """What Redis holds of each place; None where it cannot say."""
        read = await self._read(drops, [name for one in places for name in (one.mark, one.entry)])
        if read is None:
            return None
        known, values = read
        return [Seen(known, number(values[at]), values[at + 1]) for at in range(0, len(values), 2)]

    async def marks(self, drops: str, marks: Sequence[str]) -> int | None:
        """The number of the last drop of any of these subjects; None where Redis cannot say."""
        read = await self._read(drops, list(marks))
        return None if read is None else max(map(number, read[1]), default=0)

    async def keep(self, rows: Sequence[Kept], locks: Sequence[Place] = ()) -> None:
        """Keep entries, and let go of the locks under which they were fetched."""
        commands: list[tuple[Any, ...]] = [
            ("SET", one.place.entry, one.sealed, "PX", max(1, round(one.seconds * 1000)))
            for one in rows
            if len(one.sealed) <= LARGEST_BYTES
        ]
        commands += [("DEL", place.lock) for place in locks]
        await self._pipelined(commands)

    async def claim(self, places: Sequence[Place], seconds: float) -> list[tuple[bool, bool]]:
        """Which answers this process is to fetch, and whether an entry lies there by now.

        All are where Redis cannot say, and nothing lies there.
        """
        milliseconds = max(1, round(seconds * 1000))
        commands: list[tuple[Any, ...]] = []
        for one in places:
            commands.append(("SET", one.lock, b"1", "NX", "PX", milliseconds))
            commands.append(("EXISTS", one.entry))
        answers = await self._near.attempt(
            partial(self._near.pipelined, commands), None, writes=True
        )
        if answers is None:
            return [(True, False)] * len(places)
        # a node that refuses decides nothing
        return [(answers[at] is not None, answers[at + 1] == 1) for at in range(0, len(answers), 2)]

    async def drop(self, drops: str, channel: str, name: str, seconds: float | None) -> bool:
        """Number a drop, mark it and tell the other processes; whether Redis took it.

        `name` is a field of the connector's drops, or with `seconds` a subject's mark, which is
        kept for so long.
        """

        async def write() -> bool:
            *_, drop = await self._near.pipelined([*_begun(drops), ("HINCRBY", drops, NUMBER, 1)])
            if not isinstance(drop, int):
                return False
            mark = (
                ("HSET", drops, name, drop)
                if seconds is None
                else ("SET", name, drop, "PX", round(seconds * 1000))
            )
            await self._near.pipelined([mark])
            await self._near.command("PUBLISH", channel, msgspec.msgpack.encode((drops, name)))
            return True

        return await self._near.attempt(write, otherwise=False, writes=True)

    async def _pipelined(self, commands: Sequence[tuple[Any, ...]]) -> None:
        for start in range(0, len(commands), _MOST_AT_ONCE):
            some = commands[start : start + _MOST_AT_ONCE]
            await self._near.attempt(partial(self._near.pipelined, some), None, writes=True)

    async def _read(self, drops: str, names: list[str]) -> tuple[Drops, list[bytes | None]] | None:
        look = _Look(drops, names, asyncio.get_running_loop().create_future())
        self._queue.append(look)
        if self._reading is None or self._reading.done():
            self._reading = asyncio.create_task(self._read_queue(), context=Context())
        return await look.answer

    async def _read_queue(self) -> None:
        """Read what waits until nobody does; what comes meanwhile travels together next."""
        while self._queue:
            looks, self._queue = self._queue, []
            try:
                await self._answer(looks)
            finally:
                for look in looks:
                    if not look.answer.done():
                        look.answer.set_result(None)

    async def _answer(self, looks: list[_Look]) -> None:
        hashes = list(dict.fromkeys(look.drops for look in looks))
        names = list(dict.fromkeys(name for look in looks for name in look.names))
        values: dict[str, bytes | None] = {}
        tables: dict[str, Drops] = {}
        for start in range(0, max(len(names), 1), _MOST_AT_ONCE):
            some = names[start : start + _MOST_AT_ONCE]
            read = await self._near.attempt(partial(self._fetch, hashes, some), None)
            if read is None:
                return
            tables |= dict(zip(hashes, read[0], strict=True))
            values |= dict(zip(some, read[1], strict=True))
            hashes = []
        for look in looks:
            if not look.answer.done() and tables[look.drops].epoch:
                found = [values[name] for name in look.names]
                look.answer.set_result((tables[look.drops], found))

    async def _fetch(
        self, hashes: Sequence[str], names: Sequence[str]
    ) -> tuple[list[Drops], list[bytes | None]]:
        """The tables before the entries: a drop in between is then one too many, never too few."""
        commands: list[tuple[Any, ...]] = [("HGETALL", one) for one in hashes]
        if self._near.is_cluster:
            commands += [("GET", name) for name in names]
        elif names:
            commands.append(("MGET", *names))
        answers = await self._near.pipelined(commands)
        tables = [_drops(one) for one in answers[: len(hashes)]]
        values = answers[len(hashes) :]
        if names and not self._near.is_cluster:
            values = values[0] if isinstance(values[0], list) else [None] * len(names)
        lost = [name for name, one in zip(hashes, tables, strict=True) if not one.epoch]
        if lost:
            begun = await self._near.pipelined(
                [command for one in lost for command in (*_begun(one), ("HGETALL", one))]
            )
            anew = {name: _drops(begun[3 * at + 2]) for at, name in enumerate(lost)}
            tables = [anew.get(name, one) for name, one in zip(hashes, tables, strict=True)]
        return tables, values_of(values)


def _begun(drops: str) -> list[tuple[Any, ...]]:
    """What begins an epoch where there is none; numbers go on above those of any before it."""
    return [
        ("HSETNX", drops, EPOCH, os.urandom(_EPOCH_BYTES)),
        ("HSETNX", drops, NUMBER, time.time_ns() // 1000),
    ]


def _drops(raw: object) -> Drops:
    """The table of a connector; an empty epoch where there is none."""
    if not isinstance(raw, dict):
        return Drops(b"", 0, {})
    return Drops(raw.get(EPOCH, b""), number(raw.get(NUMBER)), raw)
