"""The relay: commands told to their systems once each, and looked up where nobody knows."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from typing import Generic, Protocol, TypeVar

import structlog
from msgspec import Struct

from capabilities.errors import SantongError
from capabilities.estate import ConnectorSpec
from capabilities.load import Cause, because
from connectors.connector import Connector
from store.owned import Owned

_log = structlog.get_logger("work")
RELAY = "* * * * * */5"
# Longer than a look-up and a write take together. One is claimed at a time: of several the last
# might outlive its lease while it waits, and would be told by this process and another.
_LEASE_SECONDS = 120.0
_AT_ONCE = 1
# So many systems are told at once.
_LANES = 4
_LOOK_SECONDS = 0.5
_MOST_ATTEMPTS = 12
_FIRST_PAUSE, _LONGEST_PAUSE = timedelta(seconds=5), timedelta(hours=1)

Open = Callable[[ConnectorSpec], AbstractAsyncContextManager[Connector]]


class End(Struct, frozen=True):
    """How an attempt ended: done with a number, or why not."""

    number: str | None = None
    document: str | None = None
    reason: str | None = None
    dead: bool = False
    unsure: bool = False


class Carried(Protocol):
    """A command that this process carries out now."""

    @property
    def command(self) -> str:
        """Its id."""

    @property
    def connector(self) -> str:
        """Whose system it is for."""

    @property
    def attempts(self) -> int:
        """How many attempts were begun, this one included."""

    @property
    def unsure(self) -> bool:
        """Whether an earlier attempt may have arrived."""


C = TypeVar("C", bound=Carried)
Told = Callable[[Connector, C], Awaitable[End]]


class Ends(Protocol[C]):
    """What becomes of commands, in the store."""

    async def claim(
        self, at: datetime, lease_seconds: float, most: int, without: Sequence[str]
    ) -> Sequence[C]:
        """Commands that are due, this process's until the lease ends; none of some connectors."""

    async def done(self, one: C, end: End) -> None:
        """It was carried out, and everything that follows from it."""

    async def later(
        self, one: C, reason: str, at: datetime, pause: timedelta, *, unsure: bool
    ) -> None:
        """It is tried again after a pause."""

    async def dead(self, one: C, reason: str, at: datetime, *, unsure: bool) -> None:
        """It waits for a person."""


class Relaying(Generic[C]):
    """Carries out commands of one kind; `spec_of` gives a connector that is in force."""

    def __init__(
        self,
        owned: Owned,
        ends: Ends[C],
        told: Told[C],
        spec_of: Callable[[str], ConnectorSpec | None],
        opened: Open,
    ) -> None:
        self._owned = owned
        self._ends = ends
        self._told = told
        self._spec_of = spec_of
        self._opened = opened

    async def run(self) -> None:
        """Every command that is due, until none is.

        A system is told one at a time, and one that is slow holds up no other.
        """
        running: dict[asyncio.Task[None], str] = {}
        try:
            while True:
                claimed: Sequence[C] = ()
                if len(running) < _LANES:
                    now, busy = self._owned.now(), sorted(running.values())
                    claimed = await self._ends.claim(now, _LEASE_SECONDS, _AT_ONCE, busy)
                    for one in claimed:
                        running[asyncio.create_task(self._carry_out(one))] = one.connector
                if not running:
                    return
                if not claimed:
                    await self._ended(running)
        except asyncio.CancelledError:
            for task in running:
                task.cancel()
            raise
        finally:
            await asyncio.gather(*running, return_exceptions=True)

    async def _ended(self, running: dict[asyncio.Task[None], str]) -> None:
        """Wait for the first to end, or until it is time to look for others again."""
        done, _ = await asyncio.wait(
            running, timeout=_LOOK_SECONDS, return_when=asyncio.FIRST_COMPLETED
        )
        for task in done:
            del running[task]
        for task in done:
            task.result()

    async def _carry_out(self, one: C) -> None:
        spec = self._spec_of(one.connector)
        if spec is None or spec.paused:
            end = End(reason="CONNECTOR_AWAY", unsure=one.unsure)
        else:
            try:
                with because(Cause.WRITE):
                    async with self._opened(spec) as connector:
                        end = await self._told(connector, one)
            except SantongError as exc:  # it could not even be opened
                end = End(reason=exc.code, unsure=one.unsure)
            except Exception as exc:  # a defect: told again and again it would hold up the others
                await self._put(one, End(reason=type(exc).__name__, unsure=True))
                raise
        await self._put(one, end)
        _log.info(
            "command",
            command=one.command,
            connector=one.connector,
            attempt=one.attempts,
            reason=end.reason,
        )

    async def _put(self, one: C, end: End) -> None:
        now = self._owned.now()
        if end.reason is None:
            await self._ends.done(one, end)
        elif end.dead or one.attempts >= _MOST_ATTEMPTS:
            await self._ends.dead(one, end.reason, now, unsure=end.unsure)
        else:
            pause = min(_FIRST_PAUSE * 2 ** (one.attempts - 1), _LONGEST_PAUSE)
            await self._ends.later(one, end.reason, now, pause, unsure=end.unsure)
