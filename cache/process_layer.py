"""Decoded answers in the process itself, for a moment: what is asked again at once costs nothing.

It is used only while drops are heard, and an answer stands in it for a second at most: so that is
the most that a lost message can cost.
"""

import time
from collections.abc import Callable, Hashable
from typing import Any

from msgspec import Struct

_SECONDS = 1.0
_MOST = 50_000
_MOST_BYTES = 64_000_000
# a decoded record takes several times the room of its msgpack, and a few objects for its key
_BYTES_A_BYTE = 6
_BYTES_AN_ENTRY = 1_000

Key = tuple[str, Hashable]


class Answer(Struct, frozen=True):
    """A decoded answer; `subjects` are the marks under which it can be dropped."""

    value: Any
    asked_at: float
    drops: str
    subjects: tuple[str, ...]
    payload: int
    ends: float


class ProcessLayer:
    """The newest answers, bounded by count and bytes; the oldest leave first."""

    def __init__(
        self,
        *,
        seconds: float = _SECONDS,
        most: int = _MOST,
        most_bytes: int = _MOST_BYTES,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.hears = False
        self._seconds = seconds
        self._most = most
        self._most_bytes = most_bytes
        self._clock = clock
        self._answers: dict[Key, Answer] = {}
        self._of_subject: dict[str, set[Key]] = {}
        self._bytes = 0
        self._heard: dict[str, int] = {}
        self._listened = 0

    def __len__(self) -> int:
        return len(self._answers)

    def get(self, key: Key) -> Answer | None:
        """The answer of a key, while it stands."""
        answer = self._answers.get(key)
        if answer is None:
            return None
        if answer.ends < self._clock():
            self._leave(key)
            return None
        return answer

    def heard(self, drops: str) -> int:
        """A number that grows with every drop of a connector, and with every time of deafness.

        Ask before the answer is fetched.
        """
        return self._heard.get(drops, 0) + self._listened

    def put(
        self,
        key: Key,
        value: Any,
        asked_at: float,
        *,
        drops: str,
        subjects: tuple[str, ...],
        payload: int,
        heard: int,
    ) -> None:
        """Keep an answer unless something was dropped while it was fetched, or drops are not heard.

        `payload` is its size as msgpack.
        """
        if not self.hears or heard != self.heard(drops):
            return
        self._leave(key)
        ends = self._clock() + self._seconds
        self._answers[key] = Answer(value, asked_at, drops, subjects, payload, ends)
        self._bytes += _weight(payload)
        for subject in subjects:
            self._of_subject.setdefault(subject, set()).add(key)
        while len(self._answers) > self._most or self._bytes > self._most_bytes:
            self._leave(next(iter(self._answers)))

    def drop(self, drops: str, name: str) -> None:
        """Forget what a drop concerns: a subject's answers, or all of the connector's."""
        self._heard[drops] = self._heard.get(drops, 0) + 1
        if name.startswith("santong:"):
            keys = list(self._of_subject.get(name, ()))
        else:  # a field of the connector's table
            keys = [key for key, one in self._answers.items() if one.drops == drops]
        for key in keys:
            self._leave(key)

    def listen(self) -> None:
        """Drops are heard from now on."""
        self.empty()
        self._listened += 1
        self.hears = True

    def empty(self) -> None:
        """Forget everything, and keep nothing until drops are heard again."""
        self.hears = False
        self._answers.clear()
        self._of_subject.clear()
        self._bytes = 0

    def _leave(self, key: Key) -> None:
        answer = self._answers.pop(key, None)
        if answer is None:
            return
        self._bytes -= _weight(answer.payload)
        for subject in answer.subjects:
            keys = self._of_subject.get(subject)
            if keys is not None:
                keys.discard(key)
                if not keys:
                    del self._of_subject[subject]


def _weight(payload: int) -> int:
    return _BYTES_AN_ENTRY + _BYTES_A_BYTE * payload
