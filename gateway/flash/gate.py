"""The gate before the batcher: who comes together asks Redis together.

Without Redis a small fixed rate is let through: slower, and still right, for the store decides.
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from msgspec import Struct, field

from cache.flash_gate import (
    ADMITTED,
    GONE,
    OUT,
    SHED,
    UNDER_WAY,
    Crowd,
    FlashGate,
    GateUnloaded,
    Passed,
    Passing,
    Said,
)
from capabilities.errors import StoreUnavailable
from capabilities.flash.records import Outcome, SoldOut, Throttled
from gateway.gathering import Gathering
from store.engine import Store
from store.flash.offers import Offer, holders
from store.flash.rooms import next_epoch

# Who would wait behind so many is told at once to come again.
_WAITING = 8_192
# Those who were admitted by the waiting room come at their own time, and some of them twice.
_HEADROOM = 2.0
_TRIES = 20
_WINDOW_SECONDS = 2
# What one process lets through in a second while Redis is away.
_ALONE = 200.0
_RETRY_MS, _SOON_MS = 1_000, 200
# Of a sale with more holders than this no hint is given: the store says itself what is left.
_MOST_HOLDERS = 50_000
_MOST_DONE = 1_000

Admit = Callable[[], object]


class Coming(Struct):
    """Somebody before the gate: `admit` lets her on, `outcome` hears where she is not."""

    passing: Passing
    rate: float
    admit: Admit
    outcome: "asyncio.Future[Outcome]"
    followers: "list[Coming]" = field(default_factory=list)
    inside: bool = False


class Gate:
    """The gate of one process, for all its sales."""

    def __init__(self, redis: FlashGate, store: Store, brand: str) -> None:
        self._redis = redis
        self._store = store
        self._brand = brand
        self._gathering: Gathering[tuple[str, Coming]] = Gathering(self._work)
        self._under_way: dict[tuple[str, str, str], Coming] = {}
        self._done: defaultdict[str, list[bytes]] = defaultdict(list)
        self._seen: dict[str, tuple[int, int]] = {}
        self._tokens, self._at = _ALONE, time.monotonic()

    def come(self, sale: str, one: Coming) -> None:
        """Wait at the gate, with whoever comes meanwhile; the same wish again goes the same way."""
        name = (sale, one.passing.member, one.passing.key)
        first = self._under_way.get(name)
        if first is not None and (first.inside or not first.outcome.done()):
            _let_in(one) if first.inside else first.followers.append(one)
            return
        if self._gathering.waiting >= _WAITING:
            one.outcome.set_result(Throttled(_RETRY_MS))
            return
        self._under_way[name] = one
        one.outcome.add_done_callback(partial(self._left, name, one))
        self._gathering.add((sale, one))

    async def tell(self, offer: Offer, *, sells: bool) -> None:
        """What the store says of the stock: where nothing is left the gate may say so."""
        out = offer.out if sells else frozenset[str]()
        stock = partial(self._redis.tell_stock, offer.id, offer.stocked, out, back=offer.unpaid)
        if not await stock():
            return
        held = await holders(self._store, self._brand, offer.id, _MOST_HOLDERS)
        if held is not None:
            await self._redis.tell_holders(offer.id, offer.stocked, out, held)
            await stock()

    async def aclose(self) -> None:
        """Answer whoever waits; nobody may come any more."""
        await self._gathering.settled()

    def _left(self, name: tuple[str, str, str], one: Coming, _: object) -> None:
        if self._under_way.get(name) is one:  # else the same wish has come again meanwhile
            del self._under_way[name]
        done = self._done[name[0]]
        if len(done) < _MOST_DONE:  # the rest is forgotten with its window
            done.append(one.passing.wish)

    async def _work(self, coming: Sequence[tuple[str, Coming]]) -> None:
        """Let these pass; whoever a defect leaves before the gate is told, and the next come on."""
        by_sale: defaultdict[str, list[Coming]] = defaultdict(list)
        for sale, one in coming:
            by_sale[sale].append(one)
        try:
            await self._pass(by_sale)
        except Exception as exc:  # noqa: BLE001 - each of them is told
            for one in (each for _, first in coming for each in (first, *first.followers)):
                if not one.outcome.done():
                    one.outcome.set_exception(exc)

    async def _pass(self, by_sale: Mapping[str, Sequence[Coming]]) -> None:
        said = await self._asked(by_sale)
        lost = [sale for sale, word in said.items() if isinstance(word, GateUnloaded)]
        for sale in lost:
            await self._loaded(sale, by_sale[sale][0].rate)
        if lost:
            said |= await self._asked({sale: by_sale[sale] for sale in lost})
        for sale, coming in by_sale.items():
            told = said[sale]
            words = told.words if isinstance(told, Passed) else [self._alone() for _ in coming]
            for one, word in zip(coming, words, strict=True):
                for each in (one, *one.followers):
                    _let_in(each) if word == ADMITTED else _refuse(each, word)

    async def _asked(self, by_sale: Mapping[str, Sequence[Coming]]) -> dict[str, Said]:
        crowds = [
            Crowd(
                sale,
                (coming[-1].rate * _HEADROOM, _TRIES),
                [one.passing for one in coming],
                self._done.pop(sale, ()),
            )
            for sale, coming in by_sale.items()
        ]
        answers = await self._redis.pass_through(_window(), crowds)
        return {
            crowd.sale: self._seen_anew(crowd.sale, said)
            for crowd, said in zip(crowds, answers, strict=True)
        }

    def _seen_anew(self, sale: str, said: Said) -> Said:
        """What a gate says, unless it was rewound: then it is of another time."""
        if isinstance(said, Passed):
            if said.begun < self._seen.get(sale, (0, 0)):
                return GateUnloaded()
            self._seen[sale] = said.ended
        return said

    async def _loaded(self, sale: str, rate: float) -> None:
        """A gate that was lost opens anew, under an epoch that the store counts."""
        try:
            epoch = await self._store.transaction(lambda run: next_epoch(run, self._brand, sale))
        except StoreUnavailable:
            return
        if epoch is not None:
            await self._redis.load(sale, epoch, rate, _window())

    def _alone(self) -> int:
        """What one hears while Redis is away."""
        now = time.monotonic()
        self._tokens = min(_ALONE, self._tokens + (now - self._at) * _ALONE)
        self._at = now
        if self._tokens < 1:
            return SHED
        self._tokens -= 1
        return ADMITTED


def _window() -> int:
    return int(time.time()) // _WINDOW_SECONDS


def _let_in(one: Coming) -> None:
    one.inside = True
    one.admit()


def _refuse(one: Coming, word: int) -> None:
    if one.outcome.done():
        return  # whoever wished it has gone
    if word in (OUT, GONE):
        one.outcome.set_result(SoldOut(may_return=word == OUT))
    else:
        one.outcome.set_result(Throttled(_SOON_MS if word == UNDER_WAY else _RETRY_MS))
