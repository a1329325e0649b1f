"""The clock of the platform's store, as a process knows it between two looks.

No node's own time opens a sale: what the store said is carried on by the monotonic clock.
"""

import time
from datetime import UTC, datetime, timedelta


class StoreClock:
    """Tells the store's time; before the first look nothing has begun."""

    def __init__(self) -> None:
        self._said = datetime.fromtimestamp(0, UTC)
        self._at = time.monotonic()

    def set(self, said: datetime, asked_at: float) -> None:
        """The store said so when it was asked: the answer's way back counts for later."""
        self._said, self._at = said, asked_at

    def now(self) -> datetime:
        """The store's time, late by an answer's way at most."""
        return self._said + timedelta(seconds=time.monotonic() - self._at)
