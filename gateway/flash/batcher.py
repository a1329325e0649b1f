"""The batcher of one sale in one process: wishes that arrive together take stock together.

One transaction pays for many wishes, and everybody is answered after its commit. What a commit
left open is looked up before anybody is told.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import suppress
from uuid import UUID

from capabilities.errors import StoreUnavailable
from capabilities.flash.records import (
    SHARED,
    Outcome,
    SoldOut,
    Throttled,
    Wish,
)
from store.engine import Run, Store
from store.flash.buckets import refill
from store.flash.selling import Home, Short, may_return, reserve, reserved_before

_MOST = 256
_PATIENCE_SECONDS = 0.002
_WAITING = 8_192
_RETRY_MS = 500
# So often stock is looked for elsewhere before a wish is told that there is none.
_SEARCHES = 3


class _Waiting:
    """A wish and who waits for its outcome."""

    __slots__ = ("outcome", "searches", "wish")

    def __init__(self, wish: Wish, outcome: "asyncio.Future[Outcome]") -> None:
        self.wish = wish
        self.outcome = outcome
        self.searches = 0


class Batcher:
    """Takes wishes for one sale; `quotas` names channels that have a quota of their own."""

    def __init__(self, store: Store, home: Home, quotas: Collection[str]) -> None:
        self._store = store
        self._home = home
        self._quotas = frozenset(quotas)
        self._waiting: deque[_Waiting] = deque()
        self._task: asyncio.Task[None] | None = None

    def place(self, wish: Wish) -> "asyncio.Future[Outcome]":
        """What becomes of a wish; a full queue refuses at once."""
        loop = asyncio.get_running_loop()
        outcome: asyncio.Future[Outcome] = loop.create_future()
        if len(self._waiting) >= _WAITING:
            outcome.set_result(Throttled(_RETRY_MS))
            return outcome
        self._waiting.append(_Waiting(wish, outcome))
        if self._task is None or self._task.done():
            self._task = loop.create_task(self._work())
        return outcome

    async def aclose(self) -> None:
        """Wait for what was begun; nobody may place a wish any more."""
        while self._task is not None and not self._task.done():
            await asyncio.gather(self._task, return_exceptions=True)

    async def _work(self) -> None:
        while self._waiting:
            if len(self._waiting) < _MOST:
                await asyncio.sleep(_PATIENCE_SECONDS)
            batch = self._next()
            try:
                await self._sell(batch)
            except BaseException as exc:
                _fail(batch, exc)
                raise

    def _next(self) -> list[_Waiting]:
        """The next batch: at most one wish of a member, for her row is counted once."""
        batch: list[_Waiting] = []
        later: list[_Waiting] = []
        members: set[str] = set()
        while self._waiting and len(batch) < _MOST:
            one = self._waiting.popleft()
            if one.wish.member in members:
                later.append(one)
            else:
                members.add(one.wish.member)
                batch.append(one)
        self._waiting.extendleft(reversed(later))
        return batch

    async def _sell(self, batch: Sequence[_Waiting]) -> None:
        outcomes = await self._outcomes([one.wish for one in batch])
        short: list[_Waiting] = []
        for one, outcome in zip(batch, outcomes, strict=True):
            if isinstance(outcome, Short):
                short.append(one)
            elif isinstance(outcome, Exception):
                _tell(one, error=outcome)
            else:
                _tell(one, outcome)
        if short:
            await self._search(short)

    async def _outcomes(self, wishes: Sequence[Wish]) -> Sequence[Outcome | Short | Exception]:
        try:
            return await self._store.transaction(
                lambda run: reserve(run, self._home, wishes, self._quotas)
            )
        except StoreUnavailable:
            return await self._looked_up(wishes)
        except Exception as exc:  # noqa: BLE001 - one wish that cannot be written sinks no other
            if len(wishes) == 1:
                return [exc]
            found: list[Outcome | Short | Exception] = []
            for wish in wishes:
                found += await self._outcomes([wish])
            return found

    async def _looked_up(self, wishes: Sequence[Wish]) -> Sequence[Outcome]:
        """What stands, where the commit left it open; what does not stand may come again."""
        known: Mapping[UUID, Outcome] = {}
        with suppress(StoreUnavailable):  # the same wish again finds what stands
            known = await self._store.transaction(self._stands(wishes))
        home = self._home
        ids = [wish.reservation(home.brand, home.sale) for wish in wishes]
        return [known.get(one) or Throttled(_RETRY_MS) for one in ids]

    def _stands(self, wishes: Sequence[Wish]) -> Callable[[Run], Awaitable[Mapping[UUID, Outcome]]]:
        async def asked(run: Run) -> Mapping[UUID, Outcome]:
            return await reserved_before(run, self._home, wishes)

        return asked

    async def _search(self, short: Sequence[_Waiting]) -> None:
        """Look for stock in other buckets: whom there may be some for comes first again."""
        pools = {pool for one in short for pool in self._pools(one.wish)}
        try:
            stock = {pool: await self._refilled(pool) for pool in sorted(pools)}
            back = await self._store.transaction(lambda run: may_return(run, self._home))
        except StoreUnavailable:
            for one in short:
                _tell(one, Throttled(_RETRY_MS))
            return
        again = []
        for one in short:
            one.searches += 1
            found = any(stock[pool] >= one.wish.quantity for pool in self._pools(one.wish))
            if found and one.searches <= _SEARCHES:
                again.append(one)
            else:
                _tell(one, SoldOut(may_return=back))
        self._waiting.extendleft(reversed(again))

    def _pools(self, wish: Wish) -> tuple[str, ...]:
        return (wish.channel, SHARED) if wish.channel in self._quotas else (SHARED,)

    async def _refilled(self, pool: str) -> int:
        return await self._store.transaction(lambda run: refill(run, self._home, pool))


def _tell(one: _Waiting, outcome: Outcome | None = None, error: Exception | None = None) -> None:
    if one.outcome.done():
        return  # whoever waited has gone; what was decided stands
    if error is not None:
        one.outcome.set_exception(error)
    elif outcome is not None:
        one.outcome.set_result(outcome)


def _fail(batch: Sequence[_Waiting], exc: BaseException) -> None:
    for one in batch:
        if not one.outcome.done():
            if isinstance(exc, asyncio.CancelledError):
                one.outcome.cancel()
            else:
                one.outcome.set_exception(exc)
