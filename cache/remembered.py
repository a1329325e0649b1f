"""What budgets in Redis share: names that say nothing, and what one process remembers by itself."""

from collections import OrderedDict
from hashlib import sha256
from hmac import digest
from typing import Final

# Names that one process remembers; beyond, the longest quiet one is forgotten.
_MOST: Final = 100_000


def hashed(key: bytes, *words: str) -> str:
    """A name for these words: the same in all processes, and nothing to read back from."""
    return digest(key, "\x1f".join(words).encode(), sha256)[:16].hex()


class Remembered:
    """What happened lately under each name, as one process knows it: the moment of each thing."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._own: OrderedDict[str, dict[str, float]] = OrderedDict()

    def of(self, name: str, now: float) -> dict[str, float]:
        """What is remembered under a name; it is the caller's to change."""
        found = self._own.setdefault(name, {})
        self._own.move_to_end(name)
        for one in [one for one, at in found.items() if at <= now - self._seconds]:
            del found[one]
        if len(self._own) > _MOST:
            self._own.popitem(last=False)
        return found

    def forget(self, name: str, one: str) -> None:
        """Remember one thing of a name no more."""
        self._own.get(name, {}).pop(one, None)
