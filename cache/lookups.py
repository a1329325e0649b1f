"""Look-ups of staff, counted by the people whom they concern, for all processes, in Redis.

A look-up takes its place before anybody is asked. Different people count, as far as it is known
who is whom: once found, a phone and a card of one person are one, and looking at her again within
the time is free. Each process remembers its own look-ups too: without Redis it goes on with a
smaller budget, never with none, and a Redis that lost everything gives nobody a second one.
"""

import time
from collections import OrderedDict
from collections.abc import Callable
from functools import partial

from msgspec import Struct

from cache.connection import Near
from cache.remembered import Remembered, hashed
from capabilities.lookups import DAY_SECONDS, WINDOW_SECONDS, LookUpBudget, Sought, Spent

# Processes that cannot speak with one another share half of a budget.
_ALONE = 2
_MOST_KNOWN = 100_000
# KEYS: who was seen when, and today's keys by who has them. ARGV: the key that is asked for, now,
# ten minutes, a day, and both budgets. Answers whether she is new (1), or which budget is spent.
_ENTER = b"""
local who = redis.call('HGET', KEYS[2], ARGV[1]) or ARGV[1]
local now, since = tonumber(ARGV[2]), tonumber(ARGV[2]) - tonumber(ARGV[3])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - tonumber(ARGV[4]))
local seen = redis.call('ZSCORE', KEYS[1], who)
if not seen or tonumber(seen) <= since then
  if redis.call('ZCOUNT', KEYS[1], '(' .. since, '+inf') >= tonumber(ARGV[5]) then return -1 end
  if not seen and redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[6]) then return -2 end
end
redis.call('ZADD', KEYS[1], now, who)
redis.call('PEXPIRE', KEYS[1], ARGV[4])
if seen then return 0 end
return 1
"""
_FOUND = b"""
redis.call('HSET', KEYS[2], ARGV[1], ARGV[2])
redis.call('PEXPIRE', KEYS[2], ARGV[3])
local at = redis.call('ZSCORE', KEYS[1], ARGV[1])
if at then
  redis.call('ZREM', KEYS[1], ARGV[1])
  redis.call('ZADD', KEYS[1], at, ARGV[2])
end
return 1
"""
_SPENT = {-1: Spent.TEN_MINUTES, -2: Spent.DAY}


class Look(Struct, frozen=True):
    """A look-up that has its place; `fresh` where nobody had asked for this person before."""

    name: str
    key: str
    fresh: bool


class LookUps:
    """The look-ups of a brand's staff as one process meets them."""

    def __init__(
        self,
        near: Near,
        brand: str,
        key: bytes,
        processes: int = 1,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._near = near
        self._brand = brand
        self._key = key
        self._share = _ALONE * processes
        self._clock = clock
        self._own = Remembered(DAY_SECONDS)
        self._people: OrderedDict[str, str] = OrderedDict()

    async def enter(self, subject: str, sought: Sought, budget: LookUpBudget) -> Look | Spent:
        """A place for one look-up of one member of staff; which budget is spent where none is left.

        Awaits Redis once.
        """
        name, key = hashed(self._key, self._brand, "staff", subject), self._hashed(sought)
        now = self._clock()
        own, who = self._own.of(name, now), self._people.get(key, key)
        spent = _spent(own, who, now, budget)
        if spent is not None:
            return spent
        before = own.get(who)
        own[who] = now  # before Redis is asked: others of this process come meanwhile
        answer = await self._asked(name, key, now, budget)
        if answer is None:
            spent = _spent(_restore(dict(own), who, before), who, now, self._alone(budget))
        else:
            spent = _SPENT.get(answer)
        if spent is None:
            return Look(name, key, fresh=before is None if answer is None else answer == 1)
        _restore(own, who, before)
        return spent

    async def found(self, look: Look, sought: Sought) -> None:
        """Whom a look-up found: all keys of one person are one."""
        person = self._hashed(sought)
        if not look.fresh or look.key == person:
            return
        own = self._own.of(look.name, self._clock())
        if look.key in own:
            own[person] = own.pop(look.key)
        self._people[look.key] = person
        if len(self._people) > _MOST_KNOWN:
            self._people.popitem(last=False)
        words = (*self._keys(look.name), look.key, person, DAY_SECONDS * 1000)
        ask = partial(self._near.command, "EVAL", _FOUND, 2, *words)
        await self._near.attempt(ask, None, writes=True)

    async def give_back(self, look: Look) -> None:
        """Nobody was looked up after all."""
        if not look.fresh:
            return
        self._own.forget(look.name, look.key)
        people, _ = self._keys(look.name)
        remove = partial(self._near.command, "ZREM", people, look.key)
        await self._near.attempt(remove, None, writes=True)

    def _alone(self, budget: LookUpBudget) -> LookUpBudget:
        most = (budget.ten_minutes // self._share, budget.day // self._share)
        return LookUpBudget(*(max(1, one) for one in most))

    async def _asked(self, name: str, key: str, now: float, budget: LookUpBudget) -> int | None:
        times = (int(now * 1000), WINDOW_SECONDS * 1000, DAY_SECONDS * 1000)
        words = (*self._keys(name), key, *times, budget.ten_minutes, budget.day)
        ask = partial(self._near.command, "EVAL", _ENTER, 2, *words)
        answer: int | None = await self._near.attempt(ask, None, writes=True)
        return answer

    def _keys(self, name: str) -> tuple[str, str]:
        """Both names in one slot of a cluster; who is whom is told anew each day."""
        day = int(self._clock() // DAY_SECONDS)
        return f"santong:lookups:{{{name}}}", f"santong:lookups:{{{name}}}:{day}"

    def _hashed(self, sought: Sought) -> str:
        return hashed(self._key, self._brand, sought.kind, sought.value)


def _spent(own: dict[str, float], who: str, now: float, budget: LookUpBudget) -> Spent | None:
    """Which budget is spent for somebody, by what is remembered of the last day."""
    since = now - WINDOW_SECONDS
    seen = own.get(who)
    if seen is not None and seen > since:
        return None
    if sum(at > since for at in own.values()) >= budget.ten_minutes:
        return Spent.TEN_MINUTES
    return Spent.DAY if seen is None and len(own) >= budget.day else None


def _restore(own: dict[str, float], who: str, before: float | None) -> dict[str, float]:
    """What was remembered before somebody was asked for."""
    if before is None:
        own.pop(who, None)
    else:
        own[who] = before
    return own
