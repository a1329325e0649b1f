"""Connectors that stay open between the small things that their systems are told.

A connector is logons, pools and connections: opened for each command they cost its system more
than the command does.
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Self

import structlog

from capabilities.estate import ConnectorSpec
from connectors.connector import Connector
from work.relaying import Open

_log = structlog.get_logger("work")
_MOST = 32
_IDLE_SECONDS = 30.0
# A secret that lies in a file is read when a connector is opened.
_LONGEST_SECONDS = 600.0
_SWEEP_SECONDS = 5.0


class _Held:
    """One that is open, how many use it now, and since when nobody does."""

    __slots__ = ("connector", "idle_since", "opened_at", "over", "spec", "stack", "users")

    def __init__(
        self, spec: ConnectorSpec, connector: Connector, stack: AsyncExitStack, now: float
    ) -> None:
        self.spec = spec
        self.connector = connector
        self.stack = stack
        self.users = 0
        self.idle_since = self.opened_at = now
        self.over = False


class KeptOpen:
    """Opens connectors and keeps them; `async with` closes all of them at its end.

    One is closed when it was idle for half a minute or open for ten, when its definition is another
    or gone, when too many are open, and when a use of it failed: of that one nobody knows what
    state it is in.
    `ready` waits for its share of the load agreement, `spec_of` gives the definition in force.
    """

    def __init__(
        self,
        opened: Open,
        ready: Callable[[str], Awaitable[None]],
        spec_of: Callable[[str], ConnectorSpec | None],
        *,
        most: int = _MOST,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._opened = opened
        self._ready = ready
        self._spec_of = spec_of
        self._most = most
        self._clock = clock
        self._held: dict[str, _Held] = {}
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._sweeping: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._sweeping = asyncio.create_task(self._sweep_on())
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._sweeping is not None:
            self._sweeping.cancel()
            await asyncio.gather(self._sweeping, return_exceptions=True)
        for held in list(self._held.values()):
            await self._retire(held)

    @asynccontextmanager
    async def opened(self, spec: ConnectorSpec) -> AsyncIterator[Connector]:
        """One connector, for as long as the block uses it; others may use it beside."""
        held = await self._taken(spec)
        try:
            await self._make_room()
            await self._ready(spec.name)
            yield held.connector
        except BaseException:
            await self._retire(held)
            raise
        finally:
            held.users -= 1
            held.idle_since = self._clock()
            if held.over and not held.users:
                await _close(held)

    async def sweep(self) -> None:
        """Close what nobody used for a while, and what is defined otherwise now."""
        now = self._clock()
        for held in list(self._held.values()):
            spec = self._spec_of(held.spec.name)
            idle = not held.users and now - held.idle_since > _IDLE_SECONDS
            if idle or spec != held.spec:
                await self._retire(held)

    async def _taken(self, spec: ConnectorSpec) -> _Held:
        """The one of this definition, opened where there is none; it has a user more."""
        async with self._turns[spec.name]:
            held = self._held.get(spec.name)
            old = held is not None and self._clock() - held.opened_at > _LONGEST_SECONDS
            if held is not None and (old or held.spec != spec):
                await self._retire(held)
                held = None
            if held is None:
                stack = AsyncExitStack()
                connector = await stack.enter_async_context(self._opened(spec))
                held = _Held(spec, connector, stack, self._clock())
                self._held[spec.name] = held
            held.users += 1
        return held

    async def _make_room(self) -> None:
        """Close the one that is idle the longest where too many are open."""
        idle = sorted(
            (one for one in self._held.values() if not one.users), key=lambda one: one.idle_since
        )
        for held in idle[: max(0, len(self._held) - self._most)]:
            await self._retire(held)

    async def _retire(self, held: _Held) -> None:
        """No new user gets it; its last one closes it, where it has any."""
        if held.over:
            return
        held.over = True
        del self._held[held.spec.name]
        if not held.users:
            await _close(held)

    async def _sweep_on(self) -> None:
        while True:
            await asyncio.sleep(_SWEEP_SECONDS)
            await self.sweep()


async def _close(held: _Held) -> None:
    """Close one; where that fails what was done with it is done, and nobody else is to blame."""
    try:
        await held.stack.aclose()
    except Exception as exc:  # noqa: BLE001 - of one that cannot close nothing is left to do
        _log.warning("connector not closed", connector=held.spec.name, reason=type(exc).__name__)
