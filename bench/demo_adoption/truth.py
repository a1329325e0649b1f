"""What everybody's name is, kept apart from every system: reads and writes are judged by it."""

import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

# A name shows its first character to whoever may not see it whole; neighbours differ in it.
_NAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏水窦章"


@dataclass(slots=True)
class Person:
    """One customer: every name that she was ever to have, the newest last.

    `settled` is the place of the name that both sides had when they were last compared at rest;
    `acknowledged` that of the newest one that a door said yes to.
    """

    number: str
    names: list[str]
    settled: int = 0
    acknowledged: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def following(self) -> str:
        """The name that she takes next: one that she never had, while there are any."""
        return _NAMES[(_NAMES.find(self.names[-1][0]) + 1) % len(_NAMES)]


class Truth:
    """All customers of the story, and what was wrong in what anybody was told of them."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self.people = {number: Person(number, [name]) for number, name in names.items()}
        self.reads: Counter[str] = Counter()
        self.writes: Counter[str] = Counter()
        self.wrong: list[str] = []
        self._lock = threading.Lock()

    def numbers(self) -> list[str]:
        """Of everybody."""
        return list(self.people)

    def told(self, number: str, shown: str | None, door: str) -> None:
        """Judge a read: she is there, with a name that she has or had since all last agreed."""
        person = self.people[number]
        first = (shown or "")[:1]
        right = any(name[:1] == first for name in person.names[person.settled :])
        with self._lock:
            self.reads[door] += 1
            if not right:
                self.wrong.append(f"{door} shows {number} as {first!r}")

    def unanswered(self, door: str, code: str) -> None:
        """A read that was honestly refused or partial: counted, and no wrong one."""
        with self._lock:
            self.reads[f"{door}: {code}"] += 1

    def wrote(self, person: Person, door: str, *, acknowledged: bool) -> None:
        """What became of the newest name of a person, whose lock is held."""
        with self._lock:
            self.writes[door if acknowledged else f"{door}: refused"] += 1
        if acknowledged:
            person.acknowledged = len(person.names) - 1

    def settle(self, names: Mapping[str, str], side: str) -> list[str]:
        """Hold a side's names, whole and at rest, against what was acknowledged; what differs."""
        lost = []
        for person in self.people.values():
            allowed = person.names[person.acknowledged :]
            if names.get(person.number) not in allowed:
                lost.append(f"{side} has {person.number} as {names.get(person.number)!r}")
        return lost

    def settle_masked(self, names: Mapping[str, str | None], side: str) -> list[str]:
        """As `settle`, of a side that shows the first character of a name and no more."""
        lost = []
        for person in self.people.values():
            allowed = {name[:1] for name in person.names[person.acknowledged :]}
            if (names.get(person.number) or "")[:1] not in allowed:
                lost.append(f"{side} shows {person.number} as {names.get(person.number)!r}")
        return lost

    def agreed(self) -> None:
        """Both sides have everybody's newest name: no older one is right from now on."""
        for person in self.people.values():
            person.settled = person.acknowledged
