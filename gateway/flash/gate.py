"""The gate before the batcher: who comes together asks Redis together.

Without Redis a small fixed rate is let through: slower, and still right, for the store decides.
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable

from msgspec import Struct

from cache.flash_gate import ADMITTED, FlashGate, GateAway, GateUnloaded
from capabilities.errors import StoreUnavailable
from capabilities.flash.records import Outcome, Throttled
from store.engine import Store
from store.flash.rooms import next_epoch

_MOST = 256
# Who would wait behind so many is told at once to come again.
_WAITING = 8_192
# Those who were admitted by the waiting room come at their own time, and some of them twice.
_HEADROOM = 2.0
_TRIES = 20
_WINDOW_SECONDS = 2
# What one process lets through in a second while Redis is away.
_ALONE = 200.0
_RETRY_MS = 1_000

Admit = Callable[[], object]


class Coming(Struct, gc=False):
    """Somebody before the gate: `admit` lets her on, `outcome` hears where she is not."""

    member: str
    rate: float
    admit: Admit
    outcome: "asyncio.Future[Outcome]"


class Gate:
    """The gate of one process, for all its sales."""

    def __init__(self, redis: FlashGate, store: Store, brand: str) -> None:
        self._redis = redis
        self._store = store
        self._brand = brand
        self._coming: defaultdict[str, list[Coming]] = defaultdict(list)
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._tokens, self._at = _ALONE, time.monotonic()

    def come(self, sale: str, one: Coming) -> None:
        """Wait at the gate, with whoever comes meanwhile."""
        if len(self._coming[sale]) >= _WAITING:
            one.outcome.set_result(Throttled(_RETRY_MS))
            return
        self._coming[sale].append(one)
        if sale not in self._tasks:
            self._tasks[sale] = asyncio.get_running_loop().create_task(self._work(sale))

    async def _work(self, sale: str) -> None:
        try:
            while coming := self._coming.pop(sale, []):
                if len(coming) > _MOST:
                    self._coming[sale] = coming[_MOST:]
                await self._passed(sale, coming[:_MOST])
        finally:
            del self._tasks[sale]

    async def _passed(self, sale: str, coming: list[Coming]) -> None:
        """Let these pass; whoever a defect leaves before the gate is told, and the next come on."""
        try:
            await self._pass(sale, coming)
        except Exception as exc:  # noqa: BLE001 - each of them is told
            for one in coming:
                if not one.outcome.done():
                    one.outcome.set_exception(exc)

    async def _pass(self, sale: str, coming: list[Coming]) -> None:
        said = await self._asked(sale, coming)
        if isinstance(said, GateUnloaded):
            await self._loaded(sale, coming[0].rate)
            said = await self._asked(sale, coming)
        if isinstance(said, GateAway | GateUnloaded):
            said = [ADMITTED if self._alone() else -1 for _ in coming]
        for one, word in zip(coming, said, strict=True):
            if word == ADMITTED:
                one.admit()
            elif not one.outcome.done():
                one.outcome.set_result(Throttled(_RETRY_MS))

    async def _asked(self, sale: str, coming: list[Coming]) -> list[int] | GateAway | GateUnloaded:
        window = int(time.time()) // _WINDOW_SECONDS
        rate = coming[-1].rate * _HEADROOM
        members = [one.member for one in coming]
        return await self._redis.pass_through(sale, rate, _TRIES, window, members)

    async def _loaded(self, sale: str, rate: float) -> None:
        """A gate that was lost opens anew, under an epoch that the store counts."""
        try:
            epoch = await self._store.transaction(lambda run: next_epoch(run, self._brand, sale))
        except StoreUnavailable:
            return
        if epoch is not None:
            await self._redis.load(sale, epoch, rate)

    def _alone(self) -> bool:
        now = time.monotonic()
        self._tokens = min(_ALONE, self._tokens + (now - self._at) * _ALONE)
        self._at = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True
