"""The gate of a flash sale, in Redis: it sheds load before PostgreSQL, and can only refuse.

Nothing here is the truth of anything. A gate that is not there is not loaded, which is never the
same as sold out; whoever notices loads it anew under the next epoch.
"""

from collections.abc import Sequence
from functools import partial
from hashlib import blake2b

from msgspec import Struct

from cache.connection import Near

# One call a sale for all who come together: a round trip each would cost more than the database.
_PASS = b"""
local gate = redis.call('HMGET', KEYS[1], 'epoch', 'tokens', 'at')
if not gate[1] then return false end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local rate, most = tonumber(ARGV[1]), tonumber(ARGV[2])
local tokens = tonumber(gate[2])
if rate > 0 then
  tokens = math.min(rate, tokens + math.max(0, now - tonumber(gate[3])) * rate / 1000)
end
local answers = {}
for place = 3, #ARGV do
  local tries = redis.call('HINCRBY', KEYS[2], ARGV[place], 1)
  if tries > most then
    answers[#answers + 1] = 2
  elseif rate > 0 and tokens < 1 then
    answers[#answers + 1] = 1
  else
    tokens = tokens - (rate > 0 and 1 or 0)
    answers[#answers + 1] = 0
  end
end
redis.call('PEXPIRE', KEYS[2], 5000)
redis.call('HSET', KEYS[1], 'tokens', tostring(tokens), 'at', now)
return answers
"""
# An older epoch never overwrites a newer one, and what was loaded already stays.
_LOAD = b"""
local epoch = redis.call('HGET', KEYS[1], 'epoch')
if epoch and tonumber(epoch) >= tonumber(ARGV[1]) then return 0 end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('HSET', KEYS[1], 'epoch', ARGV[1], 'tokens', ARGV[2], 'at', now)
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 1
"""
ADMITTED, SHED, TOO_MANY = 0, 1, 2
_KEPT_MS = 7 * 86_400_000


class GateAway(Struct, frozen=True):
    """Redis does not answer: nobody knows."""


class GateUnloaded(Struct, frozen=True):
    """The gate is not there: it was never loaded, or Redis lost it."""


class FlashGate:
    """The gates of the sales of one brand."""

    def __init__(self, near: Near, brand: str) -> None:
        self._near = near
        self._brand = brand

    async def pass_through(
        self, sale: str, rate: float, tries: int, window: int, members: Sequence[str]
    ) -> list[int] | GateAway | GateUnloaded:
        """What the gate says to each: ADMITTED, SHED beyond `rate` a second, or TOO_MANY.

        A rate of 0 sheds nobody; a member may try so often within one `window`.
        """
        gate = self._name(sale)
        words = (rate, tries, *(self._short(one) for one in members))
        ask = partial(self._near.command, "EVAL", _PASS, 2, gate, f"{gate}:{window}", *words)
        answer = await self._near.attempt(ask, GateAway(), writes=True)
        return GateUnloaded() if answer is None else answer

    async def load(self, sale: str, epoch: int, tokens: float) -> bool:
        """Open the gate under an epoch; False where it could not be reached."""
        words = (epoch, tokens, _KEPT_MS)
        ask = partial(self._near.command, "EVAL", _LOAD, 1, self._name(sale), *words)
        return await self._near.attempt(ask, None, writes=True) is not None

    def _name(self, sale: str) -> str:
        said = f"{len(self._brand)}:{self._brand}{sale}".encode()
        return f"santong:flash:{{{blake2b(said, digest_size=8).hexdigest()}}}"

    @staticmethod
    def _short(member: str) -> bytes:
        return blake2b(member.encode(), digest_size=8).digest()
