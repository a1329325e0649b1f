"""Who listens to this process, found by what was changed."""

from collections.abc import Iterator

from capabilities.errors import Ended
from capabilities.order.changes import ToldChange
from gateway.changes.line import Line


class Lines:
    """The lines of all subscribers, by the person or store whose changes they follow."""

    def __init__(self) -> None:
        self._by_person: dict[str, set[Line]] = {}
        self._by_store: dict[str, set[Line]] = {}

    def join(self, line: Line) -> None:
        """Tell a line from now on."""
        for place, key in self._places(line):
            place.setdefault(key, set()).add(line)

    def leave(self, line: Line) -> None:
        """Tell a line no more."""
        for place, key in self._places(line):
            lines = place.get(key)
            if lines is not None:
                lines.discard(line)
                if not lines:
                    del place[key]

    def tell(self, told: ToldChange) -> int:
        """Tell a change to whoever wants it; how many those were."""
        found = [line for line in self._concerned(told) if line.watched.wants(told)]
        for line in found:
            line.put(told.change)
        return len(found)

    def end(self, reason: Ended) -> None:
        """End every line."""
        for lines in (*self._by_person.values(), *self._by_store.values()):
            for line in lines:
                line.end(reason)

    def _concerned(self, told: ToldChange) -> Iterator[Line]:
        for one_id in frozenset(told.one_ids):
            yield from self._by_person.get(one_id, ())
        if told.store is not None:
            yield from self._by_store.get(told.store, ())

    def _places(self, line: Line) -> Iterator[tuple[dict[str, set[Line]], str]]:
        if line.watched.one_id is not None:
            yield self._by_person, line.watched.one_id
        elif line.watched.store is not None:
            yield self._by_store, line.watched.store
