"""Everybody orders once, and every fifth of them twice: `python -m bench.participants.orders`."""

import json
import sys
import time
from dataclasses import asdict

import uvloop

from bench.flash.load import Buying, Run

_TWICE = 5


class Orders(Run):
    """So many people, one after another, over few connections."""

    def __init__(self, buying: Buying) -> None:
        super().__init__(buying)
        self._again = False

    def next_order(self) -> bytes:
        """The next member's order, or the same one again."""
        if self._again:
            self._number -= 1
        self._again = not self._again and self._number % _TWICE == 0
        if self._number >= self._buying.people - 1:
            self._ends = time.perf_counter()
        return super().next_order()


if __name__ == "__main__":
    told = uvloop.run(Orders(Buying(**json.load(sys.stdin))).run())
    print(json.dumps(asdict(told)))
