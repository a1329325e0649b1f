"""Who is a member where: drawn by arithmetic alone, so that every process draws the same.

A fifth of all memberships is a second one of a person who has one in another system. One in twenty
phones is written as nobody can call it; the rest in the ways in which people write them. 500
memberships of one till stand under one phone, the counter's.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

SYSTEMS = ("crm", "till", "drop")
_SHARES = {"crm": 4, "till": 4, "drop": 2}
_FIRST = 10_000_000
_START = datetime(2018, 1, 1)  # noqa: DTZ001 - systems write local times
_LATE = datetime(2026, 11, 1)  # noqa: DTZ001 - as above
_CHANGED_OF = 100
_COUNTER = "13988887777"
_SHARED, _EACH, _DIRTY_OF = 500, 7, 20
_SPELLINGS = ("{0}", "+86 {0}", "{1}-{2}-{3}", "{1} {2} {3}", "0086{0}", "86{0}")
_DIRTY = ("138****{3}", "{1}{2}", "00000000", "18877771111-{3}", "n/a")


@dataclass(frozen=True, slots=True)
class Row:
    """A membership as its system holds it; `changed` is when it last was, None for never."""

    number: int
    name: str
    phone: str
    joined: datetime
    changed: datetime | None
    store: str
    points: int


@dataclass(frozen=True, slots=True)
class Crowd:
    """So many memberships in all; with `again` one in a hundred has changed since."""

    size: int
    again: bool = False

    def count(self, system: str) -> int:
        """How many of them a system has."""
        return self.size * _SHARES[system] // 10

    def rows(self, system: str) -> Iterator[Row]:
        """A system's memberships, from the oldest to the newest."""
        for place in range(self.count(system)):
            yield self._row(system, place)

    def _row(self, system: str, place: int) -> Row:
        first = sum(self.count(one) for one in SYSTEMS[: SYSTEMS.index(system)])
        person, changed = self._person(first + place), self.again and place % _CHANGED_OF == 0
        return Row(
            number=1_000_000 + place,
            name=f"会员{person}",
            phone=_phone(system, place, person),
            joined=_START + timedelta(seconds=97 * place),
            changed=_LATE + timedelta(seconds=place) if changed else None,
            store=f"M{place % 2300:04d}",
            points=place % 1000 + changed,
        )

    def _person(self, number: int) -> int:
        """The last fifth of all memberships are people of the first two fifths."""
        alone = self.size * 4 // 5
        return number if number < alone else (number - alone) * 2


def _phone(system: str, place: int, person: int) -> str:
    if system == "till" and place % _EACH == 0 and place // _EACH < _SHARED:
        return _COUNTER
    plain = f"13{5 + person % 5}{_FIRST + person:08d}"
    parts = (plain, plain[:3], plain[3:7], plain[7:])
    forms = _DIRTY if place % _DIRTY_OF == 1 else _SPELLINGS
    return forms[place % len(forms)].format(*parts)
