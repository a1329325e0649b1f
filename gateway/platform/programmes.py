"""The programmes of a process: read anew once a second at most, the last ones while it cannot be.

Points of every membership of every request ask which programme decides; that must cost nothing.
"""

import time
from collections.abc import Callable, Sequence

from capabilities.errors import StoreUnavailable
from capabilities.points.policy import Programme
from store.points.programmes import Programmes

_FRESH_SECONDS = 1.0


class KnownProgrammes:
    """What `Programmes` said last; `clock` tells how long ago."""

    def __init__(
        self, programmes: Programmes, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._programmes = programmes
        self._clock = clock
        self._known: Sequence[Programme] | None = None
        self._read_at = float("-inf")

    async def current(self) -> Sequence[Programme]:
        """Every programme; StoreUnavailable where none was ever read."""
        began = self._clock()
        if self._known is not None and began - self._read_at < _FRESH_SECONDS:
            return self._known
        self._read_at = began  # who comes meanwhile takes the last ones
        try:
            self._known = await self._programmes.all()
        except StoreUnavailable:
            if self._known is None:
                raise
        return self._known
