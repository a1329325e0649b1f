"""The waiting room of a sale: whose turn it is, from a number and the clock alone.

So many a second are admitted while the sale is open. By arrival the number of the entry is the
place; by lot those who came before the opening are drawn, and whoever comes later stands behind.
"""

from datetime import datetime
from enum import Enum
from hashlib import blake2b

from msgspec import Struct

_ROUNDS = 4


class Fairness(Enum):
    """How those who came before the opening stand in line."""

    ARRIVAL = "ARRIVAL"
    LOT = "LOT"


class Room(Struct, frozen=True, kw_only=True):
    """A room as its row has it: `admitted` were let in at `counted_at`, `rate` a second since.

    Without a rate nobody waits once the sale is open. `drawn` is how many took part in the draw,
    None before it.
    """

    fairness: Fairness = Fairness.ARRIVAL
    rate: float = 0.0
    issued: int = 0
    drawn: int | None = None
    admitted: float = 0.0
    counted_at: datetime
    moving: bool = False

    def admitted_at(self, now: datetime) -> int:
        """How many have been let in by now; a sale that is not open lets nobody in."""
        seconds = max(0.0, (now - self.counted_at).total_seconds()) if self.moving else 0.0
        return int(self.admitted + self.rate * seconds)

    def place(self, number: int, seed: bytes) -> int | None:
        """The place in line of a number, from one; None before the draw."""
        if self.fairness is Fairness.ARRIVAL:
            return number
        if self.drawn is None:
            return None
        return number if number > self.drawn else drawn_place(number - 1, self.drawn, seed) + 1

    def ahead(self, number: int, seed: bytes, now: datetime) -> int | None:
        """How many are let in before this number is; none when it is its turn."""
        if self.moving and not self.rate:
            return 0
        place = self.place(number, seed)
        return None if place is None else max(0, place - self.admitted_at(now))


def drawn_place(number: int, many: int, seed: bytes) -> int:
    """A place below `many` for each number below it, no two alike: a draw that needs no list.

    A Feistel network over the next power of four, walked until it lands below `many`.
    """
    half = max(1, ((many - 1).bit_length() + 1) // 2)
    mask = (1 << half) - 1
    while True:
        left, right = number >> half, number & mask
        for turn in range(_ROUNDS):
            said = b"%d:%d" % (turn, right)
            mixed = int.from_bytes(blake2b(said, key=seed, digest_size=8).digest()) & mask
            left, right = right, left ^ mixed
        number = (left << half) | right
        if number < many:
            return number
