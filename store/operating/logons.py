"""Logons of connectors: one process tries at a time, and one failure stops all of them."""

import asyncio
import logging
from collections import defaultdict
from datetime import datetime
from types import TracebackType
from typing import Self
from uuid import uuid4
from weakref import WeakSet

from msgspec import Struct
from sqlalchemy import text

from capabilities.errors import StoreUnavailable
from capabilities.shared import Latch
from store.engine import Store

_log = logging.getLogger(__name__)
_POLL_SECONDS = 1.0
# How often a process that waits for another's try looks whether it is over.
_LOOK_SECONDS = 0.05

_CLAIM = text("""
  INSERT INTO logon_latches AS old (brand, connector, resumes, trying_by, trying_until)
  VALUES (:brand, :connector, 0, :by, clock_timestamp() + make_interval(secs => :seconds))
  ON CONFLICT (brand, connector) DO UPDATE
  SET trying_by = excluded.trying_by, trying_until = excluded.trying_until
  WHERE old.latched_at IS NULL
    AND (old.trying_until IS NULL OR old.trying_until < clock_timestamp())
  RETURNING resumes
""")
_RELEASE = text("""
  UPDATE logon_latches SET trying_by = NULL, trying_until = NULL
  WHERE brand = :brand AND connector = :connector AND trying_by = :by
""")
# A person who resumed meanwhile was told of an older failure than this one's password.
_LATCH = text("""
  INSERT INTO logon_latches AS old (brand, connector, resumes, latched_at)
  VALUES (:brand, :connector, :resumes, clock_timestamp())
  ON CONFLICT (brand, connector) DO UPDATE
  SET latched_at = coalesce(old.latched_at, excluded.latched_at),
    trying_by = NULL, trying_until = NULL
  WHERE old.resumes = :resumes
""")
_RESUME = text("""
  INSERT INTO logon_latches AS old (brand, connector, resumes, resumed_by, resumed_at)
  VALUES (:brand, :connector, 1, :by, clock_timestamp())
  ON CONFLICT (brand, connector) DO UPDATE
  SET resumes = old.resumes + 1, latched_at = NULL, trying_by = NULL, trying_until = NULL,
    resumed_by = excluded.resumed_by, resumed_at = excluded.resumed_at
""")
_READ = text("""
  SELECT connector, latched_at, resumes, resumed_by, resumed_at FROM logon_latches
  WHERE brand = :brand AND (CAST(:connector AS text) IS NULL OR connector = :connector)
""")


class LogonState(Struct, frozen=True, kw_only=True):
    """How the logon of a connector stands; `resumes` counts how often a person resumed it."""

    connector: str
    latched_at: datetime | None
    resumes: int
    resumed_by: str | None
    resumed_at: datetime | None


class Logons:
    """The logons of one brand; `async with` follows what happens in other processes.

    While PostgreSQL is away nobody waits for it: what was known last counts, each process tries by
    itself, and a failure is written down as soon as it can be.
    """

    def __init__(self, store: Store, brand: str, *, poll_seconds: float = _POLL_SECONDS) -> None:
        self._store = store
        self._brand = brand
        self._by = uuid4().hex
        self._poll_seconds = poll_seconds
        self._latches: dict[str, WeakSet[Latch]] = defaultdict(WeakSet)
        self._states: dict[str, LogonState] = {}
        self._unwritten: dict[str, int] = {}
        self._writing: set[asyncio.Task[None]] = set()
        self._following: asyncio.Task[None] | None = None

    def follow(self, connector: str, latch: Latch) -> None:
        """Tell a latch of failures and resumptions, of those known already too."""
        self._latches[connector].add(latch)
        state = self._states.get(connector)
        if connector in self._unwritten or (state is not None and state.latched_at is not None):
            latch.heard_failed()

    async def claim(self, connector: str, seconds: float) -> None:
        """Wait until this process alone may try, until one has failed, or nobody can say."""
        named = {"brand": self._brand, "connector": connector}
        try:
            while not await self._store.rows(_CLAIM, {**named, "by": self._by, "seconds": seconds}):
                await self._read(connector)
                state = self._states.get(connector)
                if state is not None and state.latched_at is not None:
                    return
                await asyncio.sleep(_LOOK_SECONDS)
            await self._read(connector)
        except StoreUnavailable:
            return

    def settled(self, connector: str, *, failed: bool) -> None:
        """The try of this process is over; told to the others in the background."""
        if failed:
            state = self._states.get(connector)
            self._unwritten[connector] = 0 if state is None else state.resumes
            for latch in self._latches[connector]:
                latch.heard_failed()
        task = asyncio.create_task(self._settle(connector, failed=failed))
        self._writing.add(task)
        task.add_done_callback(self._writing.discard)

    async def states(self) -> tuple[LogonState, ...]:
        """How every logon stands that was ever tried; StoreUnavailable where nobody can say."""
        await self._read(None)
        return tuple(self._states.values())

    async def resume(self, connector: str, by: str) -> bool:
        """Let a connector try its logon again, in all processes; whether it was latched."""
        await self._read(connector)
        state = self._states.get(connector)
        named = {"brand": self._brand, "connector": connector}
        await self._store.rows(_RESUME, {**named, "by": by})
        await self._read(connector)
        return state is not None and state.latched_at is not None

    async def __aenter__(self) -> Self:
        self._following = asyncio.create_task(self._follow())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._following is not None:
            self._following.cancel()
            await asyncio.gather(self._following, return_exceptions=True)
        await asyncio.gather(*self._writing, return_exceptions=True)

    async def _follow(self) -> None:
        while True:
            try:
                for connector in tuple(self._unwritten):
                    await self._write(connector)
                await self._read(None)
            except StoreUnavailable:
                pass  # the last known state counts
            except Exception:  # noqa: BLE001 - whatever it was, the next look may find better
                _log.exception("logons cannot be followed")
            await asyncio.sleep(self._poll_seconds)

    async def _read(self, connector: str | None) -> None:
        """Bring what is known up to date, and tell the latches what is new."""
        named = {"brand": self._brand, "connector": connector}
        for row in await self._store.rows(_READ, named):
            state = LogonState(**row._asdict())
            before = self._states.get(state.connector)
            if before is not None and before.resumes > state.resumes:
                continue  # an older answer came later
            self._states[state.connector] = state
            if before is None or before.resumes < state.resumes:
                self._unwritten.pop(state.connector, None)
            self._tell(before, state)

    def _tell(self, before: LogonState | None, state: LogonState) -> None:
        resumed = before is not None and before.resumes < state.resumes
        for latch in tuple(self._latches[state.connector]):
            if resumed:
                latch.resume()
            if state.latched_at is not None:
                latch.heard_failed()

    async def _settle(self, connector: str, *, failed: bool) -> None:
        try:
            if failed:
                await self._write(connector)
            else:
                named = {"brand": self._brand, "connector": connector, "by": self._by}
                await self._store.rows(_RELEASE, named)
        except StoreUnavailable:
            pass  # a failure is written when PostgreSQL is back, a claim ends by itself

    async def _write(self, connector: str) -> None:
        resumes = self._unwritten.get(connector)
        if resumes is None:
            return
        named = {"brand": self._brand, "connector": connector, "resumes": resumes}
        await self._store.rows(_LATCH, named)
        if self._unwritten.get(connector) == resumes:
            del self._unwritten[connector]
