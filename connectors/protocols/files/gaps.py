"""Days of stores that should have brought a file and have not."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from msgspec import Struct


class Gap(Struct, frozen=True):
    """Days in a row that a store has not brought."""

    store: str
    first: date
    last: date

    @property
    def days(self) -> int:
        """How many."""
        return (self.last - self.first).days + 1


def gaps(
    brought: Iterable[tuple[str, date]], stores: Sequence[str], since: date, until: date
) -> list[Gap]:
    """What is missing from `since` to `until`, both included.

    `stores` are those that are open; where none are declared, those that have brought something,
    each from its first day on, because a store opens some day.
    """
    known: dict[str, set[date]] = {store: set() for store in stores}
    for store, day in brought:
        if not stores or store in known:
            known.setdefault(store, set()).add(day)
    found = []
    for store in sorted(known):
        start = since if stores else max(since, min(known[store]))
        found += _of_store(store, known[store], start, until)
    return found


def _of_store(store: str, days: set[date], since: date, until: date) -> list[Gap]:
    found: list[Gap] = []
    for step in range((until - since).days + 1):
        day = since + timedelta(days=step)
        if day in days:
            continue
        if found and found[-1].last == day - timedelta(days=1):
            found[-1] = Gap(store, found[-1].first, day)
        else:
            found.append(Gap(store, day, day))
    return found
