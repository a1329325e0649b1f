"""The batcher of one process: wishes that arrive together take stock together, for all sales.

One transaction pays for many wishes, and everybody is answered after its commit. What a commit
left open is looked up before anybody is told.
"""

import asyncio
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from uuid import UUID

from msgspec.structs import replace

from capabilities.errors import StoreUnavailable
from capabilities.flash.records import Outcome, Reserved, SoldOut, Throttled, Wish
from gateway.flash.searching import Search
from gateway.flash.waiting import Waiting
from gateway.gathering import Gathering, each
from store.engine import Run, Store
from store.flash.selling import Asked, Short, reserve, reserved_before
from store.flash.taking import Home

_WAITING = 8_192
# Wishes of one member that wait in one sale: she comes once in a batch, and holds up nobody.
_OF_ONE = 8
_RETRY_MS = 500
_Answer = Outcome | Short | Exception


class Batcher:
    """Takes wishes for the sales of one brand."""

    def __init__(self, store: Store, brand: str) -> None:
        self._store = store
        self._brand = brand
        # who comes has waited for company at the gate
        self._gathering = Gathering(self._work, _pick, patience=0)
        self._same: dict[tuple[str, str, str], Waiting] = {}
        self._members: Counter[tuple[str, str]] = Counter()
        # whom there may be stock for comes first
        self._search = Search(store, self._gathering.add_first)

    def place(
        self, home: Home, wish: Wish, outcome: "asyncio.Future[Outcome] | None" = None
    ) -> "asyncio.Future[Outcome]":
        """What becomes of a wish, in `outcome`; a full queue refuses at once."""
        outcome = asyncio.get_running_loop().create_future() if outcome is None else outcome
        if outcome.done():
            return outcome  # whoever wished it has gone
        name = (home.sale, wish.member, wish.key)
        same = self._same.get(name)
        if same is not None and same.asked.wish == wish:
            same.followers.append(outcome)
            return outcome
        member = name[:2]
        if len(self._same) >= _WAITING or same or self._members[member] >= _OF_ONE:
            outcome.set_result(Throttled(_RETRY_MS))
            return outcome
        one = Waiting(Asked(home, wish), outcome)
        self._same[name] = one
        self._members[member] += 1
        self._gathering.add(one)
        return outcome

    async def aclose(self) -> None:
        """Wait for what was begun; nobody may place a wish any more."""
        while self._same:
            await self._gathering.settled()
            await self._search.settled()

    async def _work(self, batch: Sequence[Waiting]) -> None:
        try:
            await self._sell(batch)
        except BaseException as exc:
            for one in batch:
                self._tell(one, exc)
            raise

    async def _sell(self, batch: Sequence[Waiting]) -> None:
        out = [one for one in batch if self._search.is_out(one)]
        full = [one for one in batch if not self._search.is_out(one)] if out else batch
        if out:
            await self._repeat(out)
        if not full:
            return
        answers = await self._answers([one.asked for one in full])
        for one, answer in zip(full, answers, strict=True):
            if isinstance(answer, Short):
                self._search.add(one, self._tell)
            else:
                self._tell(one, answer)

    async def _repeat(self, out: Sequence[Waiting]) -> None:
        """Where nothing was left a moment ago, only what was granted before is looked for."""
        known: Mapping[UUID, Outcome] = {}
        try:
            known = await self._store.transaction(self._stands([one.asked for one in out]))
        except StoreUnavailable:
            known = {one.asked.reservation: Throttled(_RETRY_MS) for one in out}
        for one in out:
            sold_out = SoldOut(may_return=self._search.may_return(one))
            self._tell(one, known.get(one.asked.reservation, sold_out))

    async def _answers(self, asked: Sequence[Asked]) -> Sequence[_Answer]:
        return await each(asked, self._reserved)

    async def _reserved(self, asked: Sequence[Asked]) -> Sequence[Outcome | Short]:
        try:
            return await self._store.transaction(lambda run: reserve(run, self._brand, asked))
        except StoreUnavailable:
            return await self._looked_up(asked)

    async def _looked_up(self, asked: Sequence[Asked]) -> Sequence[Outcome]:
        """What stands, where the commit left it open; what does not stand may come again."""
        known: Mapping[UUID, Outcome] = {}
        with suppress(StoreUnavailable):  # the same wish again finds what stands
            known = await self._store.transaction(self._stands(asked))
        return [known.get(one.reservation) or Throttled(_RETRY_MS) for one in asked]

    def _stands(self, asked: Sequence[Asked]) -> Callable[[Run], Awaitable[Mapping[UUID, Outcome]]]:
        async def look(run: Run) -> Mapping[UUID, Outcome]:
            return await reserved_before(run, self._brand, asked)

        return look

    def _tell(self, one: Waiting, answer: Outcome | BaseException) -> None:
        """Answer whoever still waits; what was decided stands also where nobody does."""
        if self._same.pop(one.name, None) is None:
            return
        self._members[one.member] -= 1
        if not self._members[one.member]:
            del self._members[one.member]
        one.tell(answer)
        if isinstance(answer, Reserved):
            answer = replace(answer, replay=True)
        one.tell_followers(answer)


def _pick(waiting: deque[Waiting], most: int) -> list[Waiting]:
    """The next batch: at most one wish of a member and sale, for her row is counted once."""
    batch: list[Waiting] = []
    later: list[Waiting] = []
    members: set[tuple[str, str]] = set()
    while waiting and len(batch) < most:
        one = waiting.popleft()
        if one.member in members:
            later.append(one)
        else:
            members.add(one.member)
            batch.append(one)
    waiting.extendleft(reversed(later))
    return batch
