"""Where a process looks for stock when its own bucket has too little."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable, Sequence

from capabilities.errors import StoreUnavailable
from capabilities.flash.records import Outcome, SoldOut, Throttled
from gateway.flash.waiting import Waiting
from store.engine import Store
from store.flash.buckets import refill
from store.flash.selling import may_return
from store.flash.taking import Home

# So often stock is looked for elsewhere before a wish is sent away to come again.
_SEARCHES = 5
_RETRY_MS = 200
# So long nothing more is asked of a pool that was empty: what comes back meanwhile waits no longer.
_OUT_SECONDS = 0.25

Tell = Callable[[Waiting, Outcome | BaseException], None]


class Search:
    """One search a sale at a time, beside the batches; `again` takes whom there is stock for."""

    def __init__(self, store: Store, again: Callable[[Sequence[Waiting]], None]) -> None:
        self._store = store
        self._again = again
        self._short: defaultdict[str, list[Waiting]] = defaultdict(list)
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._out: dict[tuple[str, tuple[str, ...]], tuple[float, bool]] = {}

    def add(self, one: Waiting, tell: Tell) -> None:
        """Search for a wish; it comes again, or `tell` hears what became of it."""
        sale = one.asked.home.sale
        self._short[sale].append(one)
        if sale not in self._tasks:
            task = asyncio.get_running_loop().create_task(self._search(sale, tell))
            self._tasks[sale] = task

    def is_out(self, one: Waiting) -> bool:
        """Whether its pools had nothing at all a moment ago."""
        until, _ = self._out.get(_pools(one), (0.0, False))
        return time.monotonic() < until

    def may_return(self, one: Waiting) -> bool:
        """Whether some was reserved and unpaid then."""
        return self._out.get(_pools(one), (0.0, True))[1]

    async def settled(self) -> None:
        """Wait for the searches that run."""
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    async def _search(self, sale: str, tell: Tell) -> None:
        short: list[Waiting] = []
        try:
            while short := self._short.pop(sale, []):
                await self._round(short, tell)
        except BaseException as exc:
            for one in short + self._short.pop(sale, []):
                tell(one, exc)
            raise
        finally:
            del self._tasks[sale]

    async def _round(self, short: Sequence[Waiting], tell: Tell) -> None:
        home = short[0].asked.home
        asked = {pool for one in short for pool in home.pools(one.asked.wish.channel)}
        try:
            stock = {pool: await self._refilled(home, pool) for pool in sorted(asked)}
            back = await self._store.transaction(lambda run: may_return(run, home))
        except StoreUnavailable:
            for one in short:
                tell(one, Throttled(_RETRY_MS))
            return
        again = []
        for one in short:
            one.searches += 1
            wish, pools = one.asked.wish, home.pools(one.asked.wish.channel)
            if not any(stock[pool] for pool in pools):
                self._out[_pools(one)] = time.monotonic() + _OUT_SECONDS, back
            if not any(stock[pool] >= wish.quantity for pool in pools):
                tell(one, SoldOut(may_return=back))
            elif one.searches > _SEARCHES:  # others were quicker each time: it is not sold out
                tell(one, Throttled(_RETRY_MS))
            else:
                again.append(one)
        self._again(again)

    async def _refilled(self, home: Home, pool: str) -> int:
        return await self._store.transaction(lambda run: refill(run, home, pool))


def _pools(one: Waiting) -> tuple[str, tuple[str, ...]]:
    home = one.asked.home
    return home.sale, home.pools(one.asked.wish.channel)
