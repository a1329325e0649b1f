"""Look-ups of staff, counted by the people whom they concern, for all processes, in Redis.

A look-up takes its place before anybody is asked. Different people count, as far as it is known
who is whom: once found, a phone and a card of one person are one, and looking at her again within
the time is free. Each process remembers its own look-ups too: without Redis it goes on with a
smaller budget, never with none, and a Redis that lost everything gives nobody a second one.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from msgspec import Struct

from cache.connection import Near
from cache.remembered import Remembered, hashed
from capabilities.lookups import DAY_SECONDS, WINDOW_SECONDS, LookUpBudget, Sought, Spent

# Processes that cannot speak with one another share half of a budget.
_ALONE = 2
_MOST_KNOWN = 100_000
# KEYS: who was seen when, and today's keys by who has them. ARGV: now, ten minutes, a day, both
# budgets, and the keys that are asked for. Answers of each whether she is new (1), or which budget
# has no room for all of them: then none has a place.
_ENTER = b"""
local now, since = tonumber(ARGV[1]), tonumber(ARGV[1]) - tonumber(ARGV[2])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - tonumber(ARGV[3]))
local answers, people, lately, today = {}, {}, 0, 0
for at = 6, #ARGV do
  local who = redis.call('HGET', KEYS[2], ARGV[at]) or ARGV[at]
  if not people[who] then
    local seen = redis.call('ZSCORE', KEYS[1], who)
    people[who] = seen and 1 or 2
    if not seen then today = today + 1 end
    if not seen or tonumber(seen) <= since then lately = lately + 1 end
  end
  answers[at - 5] = people[who] - 1
end
local known = redis.call('ZCOUNT', KEYS[1], '(' .. since, '+inf')
if lately > 0 and known + lately > tonumber(ARGV[4]) then return {-1} end
if today > 0 and redis.call('ZCARD', KEYS[1]) + today > tonumber(ARGV[5]) then return {-2} end
for who in pairs(people) do redis.call('ZADD', KEYS[1], now, who) end
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return answers
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
        found = await self.enter_all(subject, (sought,), budget)
        return found if isinstance(found, Spent) else found[0]

    async def enter_all(
        self, subject: str, soughts: Sequence[Sought], budget: LookUpBudget
    ) -> Sequence[Look] | Spent:
        """Places for several at once, for all of them or for none; as `enter`."""
        name = hashed(self._key, self._brand, "staff", subject)
        keys, now = [self._hashed(one) for one in soughts], self._clock()
        own, people = self._own.of(name, now), [self._people.get(key, key) for key in keys]
        spent = _spent(own, people, now, budget)
        if spent is not None or not keys:
            return spent or ()
        before = {who: own.get(who) for who in people}
        own.update(dict.fromkeys(people, now))  # before Redis is asked: others come meanwhile
        answers = await self._asked(name, keys, now, budget)
        if answers is None:
            spent = _spent(_restored(dict(own), before), people, now, self._alone(budget))
            answers = [before[who] is None for who in people]
        else:
            spent = _SPENT.get(answers[0])
        if spent is not None:
            _restored(own, before)
            return spent
        told = zip(keys, answers, strict=True)
        return [Look(name, key, fresh=bool(answer)) for key, answer in told]

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

    async def _asked(
        self, name: str, keys: Sequence[str], now: float, budget: LookUpBudget
    ) -> Sequence[int] | None:
        times = (int(now * 1000), WINDOW_SECONDS * 1000, DAY_SECONDS * 1000)
        words = (*self._keys(name), *times, budget.ten_minutes, budget.day, *keys)
        ask = partial(self._near.command, "EVAL", _ENTER, 2, *words)
        answers: Sequence[int] | None = await self._near.attempt(ask, None, writes=True)
        return answers

    def _keys(self, name: str) -> tuple[str, str]:
        """Both names in one slot of a cluster; who is whom is told anew each day."""
        day = int(self._clock() // DAY_SECONDS)
        return f"santong:lookups:{{{name}}}", f"santong:lookups:{{{name}}}:{day}"

    def _hashed(self, sought: Sought) -> str:
        return hashed(self._key, self._brand, sought.kind, sought.value)


def _spent(
    own: Mapping[str, float], people: Sequence[str], now: float, budget: LookUpBudget
) -> Spent | None:
    """Which budget has no room for some people, by what is remembered of the last day."""
    since, asked = now - WINDOW_SECONDS, set(people)
    lately = sum(own.get(who, since) <= since for who in asked)
    if lately and lately + sum(at > since for at in own.values()) > budget.ten_minutes:
        return Spent.TEN_MINUTES
    today = sum(who not in own for who in asked)
    return Spent.DAY if today and today + len(own) > budget.day else None


def _restored(own: dict[str, float], before: Mapping[str, float | None]) -> dict[str, float]:
    """What was remembered before some were asked for."""
    for who, at in before.items():
        if at is None:
            own.pop(who, None)
        else:
            own[who] = at
    return own
