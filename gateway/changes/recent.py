"""The changes of the last while, in order, for those who come back to this process."""

from bisect import bisect_right
from collections.abc import Sequence

from capabilities.order.changes import ToldChange
from capabilities.places import Place


class Recent:
    """A bounded piece of the outbox: everything between `begin` and `end`, each once."""

    def __init__(self, begin: Place, most: int) -> None:
        self.begin = self.end = begin
        self._most = most
        self._changes: list[ToldChange] = []

    def add(self, changes: Sequence[ToldChange], end: Place) -> None:
        """Append what follows; what is too old falls out, and the beginning moves."""
        self._changes.extend(changes)
        self.end = end
        over = len(self._changes) - self._most
        if over > self._most // 4:  # some at a time: moving a list is not free
            self.begin = self._changes[over - 1].change.place
            del self._changes[:over]

    def after(self, place: Place) -> Sequence[ToldChange] | None:
        """What came after a place; None where that lies before the beginning."""
        if place < self.begin:
            return None
        return self._changes[bisect_right(self._changes, place, key=_place) :]


def _place(told: ToldChange) -> Place:
    return told.change.place
