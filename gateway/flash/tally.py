"""The tally of one process: what it answered, written down once a second for all to see."""

from collections import Counter
from datetime import datetime

from capabilities.flash.records import Outcome
from capabilities.flash.tally import Answer, answer_of
from store.engine import Store
from store.flash.tallies import add_answers


class Tally:
    """Counts the answers to wishes of one brand's sales."""

    def __init__(self, store: Store, brand: str) -> None:
        self._store = store
        self._brand = brand
        self._counts: Counter[tuple[str, Answer, int]] = Counter()

    def count(self, sale: str, outcome: Outcome, at: datetime) -> None:
        """A wish was answered, by the store's clock."""
        self._counts[sale, answer_of(outcome), int(at.timestamp())] += 1

    async def write_down(self) -> None:
        """What was counted since the last time; StoreUnavailable leaves it for the next."""
        counts, self._counts = self._counts, Counter()
        if not counts:
            return
        try:
            await self._store.transaction(lambda run: add_answers(run, self._brand, counts))
        except BaseException:
            self._counts.update(counts)
            raise
