"""Blows in an order that a seed decides, each kind soon and often, until enough has died."""

import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from bench.chaos.failing import SERVING, WORKING
from bench.chaos.ground import Armed, Ground

# How often a kind comes before all kinds begin again.
_SHARES = {
    "gateway": 5,
    "back door": 1,
    "PostgreSQL, immediate stop": 1,
    "PostgreSQL, a session": 1,
    "Redis, empty": 1,
    "Redis, rewound": 1,
    "Redis, FLUSHALL": 1,
}
_NO_DEATH = frozenset({"Redis, FLUSHALL"})
# Blows follow what is sold, and on a slow machine come later.
_SALES = (20, 120)
_PATIENCE_SECONDS, _LOOK_SECONDS, _TOLD_SECONDS = 20.0, 0.05, 5.0
_LATEST_HIT = 30
_ARMED = 0.7
Say = Callable[[str], None]


class Blows:
    """Strikes a ground; `struck` counts by kind, steps at which armed processes died included."""

    def __init__(self, ground: Ground, seed: int) -> None:
        self._ground = ground
        self._chance = random.Random(seed)  # noqa: S311 - a run that can be repeated
        self._kinds = self._cycle(list(_SHARES), list(_SHARES.values()))
        self._serving = self._cycle(list(SERVING), [1] * len(SERVING))
        self._working = self._cycle(list(WORKING), [1] * len(WORKING))
        self._armed: set[int] = set()
        self.struck: Counter[str] = Counter()

    @property
    def deaths(self) -> int:
        """How many processes died, by a blow or at a step of theirs."""
        struck = sum(many for kind, many in self.struck.items() if kind not in _NO_DEATH)
        return struck + sum(self.steps.values())

    @property
    def steps(self) -> Counter[str]:
        """How often a process died at each step."""
        falls: Path = self._ground.falls
        return Counter(falls.read_text("utf-8").splitlines() if falls.exists() else [])

    def _next_step(self, place: int) -> Armed:
        step = next(self._working if place < 0 else self._serving)
        return step, self._chance.randrange(1, 4 if place < 0 else _LATEST_HIT)

    def go_on(self, deaths: int, seconds: float, say: Say) -> None:
        """Strike until so many have died, or so long."""
        began = told = time.monotonic()
        while self.deaths < deaths and time.monotonic() - began < seconds:
            self._wait_for_sales()
            self._strike(next(self._kinds))
            if time.monotonic() - told > _TOLD_SECONDS:
                told = time.monotonic()
                acks = _lines(self._ground.acks)
                say(f"{self.deaths} of {deaths} have died, {acks:,} answers stand in the file")

    def raise_fallen(self, *, armed: bool = True) -> None:
        """Start what has died, some of it to die again at a step."""
        for place in self._ground.fallen():
            self.raise_again(place, armed=armed and self._chance.random() < _ARMED)

    def raise_again(self, place: int, *, armed: bool) -> None:
        """Start a gateway, or the back door (-1)."""
        (self._armed.add if armed else self._armed.discard)(place)
        self._ground.raise_again(place, self._next_step(place) if armed else None)

    def disarm(self) -> None:
        """Let nothing die any more: what still would is started anew."""
        for place in sorted(self._armed):
            self._ground.kill(place)
        self.raise_fallen(armed=False)
        self._ground.wait_ready()

    def _wait_for_sales(self) -> None:
        began = time.monotonic()
        enough = _lines(self._ground.acks) + self._chance.randrange(*_SALES)
        while _lines(self._ground.acks) < enough and time.monotonic() - began < _PATIENCE_SECONDS:
            self.raise_fallen()
            time.sleep(_LOOK_SECONDS)

    def _strike(self, kind: str) -> None:
        ground = self._ground
        if kind == "gateway":
            ground.kill(self._chance.randrange(len(ground.ports)))
        elif kind == "back door":
            ground.kill(-1)
        elif kind == "PostgreSQL, immediate stop":
            ground.stop_postgres_at_once()
        elif kind == "PostgreSQL, a session":
            ground.kill_backend()
        elif kind == "Redis, FLUSHALL":
            ground.valkey_says(b"FLUSHALL")
            ground.valkey_says(b"SAVE")
        else:
            ground.kill_valkey(rewind=kind == "Redis, rewound")
        self.struck[kind] += 1

    def _cycle(self, names: list[str], shares: list[int]) -> Iterator[str]:
        while True:
            drawn = [name for name, many in zip(names, shares, strict=True) for _ in range(many)]
            self._chance.shuffle(drawn)
            yield from drawn


def _lines(file: Path) -> int:
    return file.read_bytes().count(b"\n") if file.exists() else 0
