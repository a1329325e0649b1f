"""The gate of a flash sale, in Redis: it sheds load before PostgreSQL, and can only refuse.

Nothing here is the truth of anything. A gate that is not there is not loaded, which is never the
same as sold out; whoever notices loads it anew under the next epoch. That something is sold out is
a hint that PostgreSQL gave, with the version of the stock that it is about, for a moment.
"""

from collections.abc import Iterable, Sequence
from functools import partial
from hashlib import blake2b
from typing import Any

from msgspec import Struct

from cache.connection import Near
from cache.flash_scripts import HOLD, LOAD, PASS, STOCK

ADMITTED, SHED, TOO_MANY, UNDER_WAY, OUT, GONE = range(6)
_KEPT_MS = 7 * 86_400_000
# Every process that sells tells the stock once a second.
_HINT_MS = 2_000
_AT_ONCE = 1_000


class GateAway(Struct, frozen=True):
    """Redis does not answer: nobody knows."""


class GateUnloaded(Struct, frozen=True):
    """The gate is not there: it was never loaded, or Redis lost it."""


class Passing(Struct, frozen=True, gc=False):
    """Who comes to the gate, with which wish, and the quota that she may draw from."""

    member: str
    key: str
    pool: str

    @property
    def wish(self) -> bytes:
        """Her wish, as the gate knows it."""
        return _short(f"{len(self.member)}:{self.member}{self.key}")


class Crowd(Struct, frozen=True):
    """Who comes to the gate of one sale together.

    `limits` is a rate, of which 0 sheds nobody, and how often one may try in a window. `done` are
    wishes that are not under way any more.
    """

    sale: str
    limits: tuple[float, int]
    people: Sequence[Passing]
    done: Sequence[bytes] = ()

    @property
    def words(self) -> list[Any]:
        """What the gate is asked."""
        words: list[Any] = [*self.limits, len(self.done), *self.done]
        for one in self.people:
            words += (_short(one.member), one.wish, one.pool)
        return words


class Passed(Struct, frozen=True):
    """What the gate says to each; `asked` is how many it was asked by before, in its epoch.

    ADMITTED, SHED beyond the rate, TOO_MANY tries of one member, UNDER_WAY elsewhere; OUT where
    nothing is left and some may come back, GONE where nothing will.
    """

    epoch: int
    asked: int
    words: Sequence[int]

    @property
    def begun(self) -> tuple[int, int]:
        """Where the gate stood before: it never stands there again, unless it was rewound."""
        return self.epoch, self.asked

    @property
    def ended(self) -> tuple[int, int]:
        """Where it stands now."""
        return self.epoch, self.asked + len(self.words)


Said = Passed | GateAway | GateUnloaded


class FlashGate:
    """The gates of the sales of one brand."""

    def __init__(self, near: Near, brand: str) -> None:
        self._near = near
        self._brand = brand

    async def pass_through(self, window: int, crowds: Sequence[Crowd]) -> list[Said]:
        """What the gates say, in one round trip, to each of who comes to each."""
        commands = []
        for crowd in crowds:
            gate, held = self._names(crowd.sale)
            names = (gate, *self._windows(gate, window), held)
            commands.append(("EVAL", PASS, len(names), *names, *crowd.words))
        away: list[Any] = [GateAway()] * len(crowds)
        ask = partial(self._near.pipelined, commands)
        return [_said(one) for one in await self._near.attempt(ask, away, writes=True)]

    async def load(self, sale: str, epoch: int, tokens: float, window: int) -> None:
        """Open the gate under an epoch, if it can be reached."""
        gate, held = self._names(sale)
        names = (gate, held, *self._windows(gate, window))
        await self._run(LOAD, names, (epoch, tokens, _KEPT_MS))

    async def tell_stock(self, sale: str, version: int, out: Iterable[str], *, back: bool) -> bool:
        """Which pools have nothing left at this version; whether the gate asks for the holders."""
        gate, _ = self._names(sale)
        words = (version, _joined(out), int(back), _HINT_MS)
        return bool(await self._run(STOCK, (gate,), words) == 1)

    async def tell_holders(
        self, sale: str, version: int, out: Iterable[str], members: Sequence[str]
    ) -> None:
        """Who has something of a sale: no hint may refuse her, for she may ask for it again."""
        gate, held = self._names(sale)
        for start in range(0, len(members), _AT_ONCE):
            some = [_short(one) for one in members[start : start + _AT_ONCE]]
            add = partial(self._near.command, "SADD", held, *some)
            if await self._near.attempt(add, None, writes=True) is None:
                return
        words = (version, _joined(out), len(set(members)), _KEPT_MS)
        await self._run(HOLD, (gate, held), words)

    async def forget(self, sale: str) -> None:
        """Take the gate of a sale away that nobody sells any more."""
        drop = partial(self._near.command, "DEL", *self._names(sale))
        await self._near.attempt(drop, None, writes=True)

    async def _run(self, script: bytes, names: Sequence[str], words: Iterable[Any]) -> Any:
        ask = partial(self._near.command, "EVAL", script, len(names), *names, *words)
        return await self._near.attempt(ask, GateAway(), writes=True)

    def _names(self, sale: str) -> tuple[str, str]:
        said = f"{len(self._brand)}:{self._brand}{sale}".encode()
        gate = f"santong:flash:{{{blake2b(said, digest_size=8).hexdigest()}}}"
        return gate, f"{gate}:held"

    @staticmethod
    def _windows(gate: str, window: int) -> tuple[str, str]:
        return f"{gate}:{window}", f"{gate}:{window - 1}"


def _said(answer: Any) -> Said:
    """What a gate answered; one that did not is away."""
    if answer is None:
        return GateUnloaded()
    return Passed(answer[0], answer[1], answer[2:]) if isinstance(answer, list) else GateAway()


def _joined(pools: Iterable[str]) -> str:
    """Pools as the script looks for one: each with a slash, for one has no name."""
    told = "".join(f"/{pool}\n" for pool in sorted(pools))
    return f"\n{told}" if told else ""


def _short(text: str) -> bytes:
    return blake2b(text.encode(), digest_size=8).digest()
