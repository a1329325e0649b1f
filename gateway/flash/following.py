"""Reservations that somebody follows: one look a process at all of them, and each told apart."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Sequence
from uuid import UUID

from capabilities.errors import StoreUnavailable
from capabilities.flash.settled import Reservation
from store.engine import Store
from store.flash.settling import read_reservations

_log = logging.getLogger(__name__)
_LOOK_SECONDS = 0.5
_AT_ONCE = 1_000
_Key = tuple[str, UUID]


class _Followed:
    """One reservation as it was seen last; `changed` is set once, when it is another."""

    def __init__(self, found: Reservation) -> None:
        self.found = found
        self.followers = 0
        self.changed = asyncio.Event()

    def see(self, found: Reservation) -> None:
        """As it is now."""
        if found != self.found:
            self.found = found
            self.changed.set()
            self.changed = asyncio.Event()


class FollowedReservations:
    """Follows the reservations of one brand, as long as somebody wants to know."""

    def __init__(self, store: Store, brand: str) -> None:
        self._store = store
        self._brand = brand
        self._followed: dict[_Key, _Followed] = {}
        self._looking: asyncio.Task[None] | None = None

    async def follow(self, found: Reservation) -> AsyncGenerator[Reservation, None]:
        """A reservation as it is, and at each change; the last one is settled for good."""
        key = (found.sale, found.key)
        one = self._followed.setdefault(key, _Followed(found))
        one.followers += 1
        try:
            if self._looking is None or self._looking.done():
                self._looking = asyncio.create_task(self._look_on())
            shown = one.found
            yield shown
            while shown.settled_at is None:
                changed = one.changed
                if one.found == shown:
                    await changed.wait()
                shown = one.found
                yield shown
        finally:
            one.followers -= 1
            if not one.followers:
                del self._followed[key]

    async def _look_on(self) -> None:
        while self._followed:
            await asyncio.sleep(_LOOK_SECONDS)
            try:
                keys = list(self._followed)
                for first in range(0, len(keys), _AT_ONCE):
                    await self._look(keys[first : first + _AT_ONCE])
            except StoreUnavailable:
                continue  # they are told when it is back
            except Exception:  # noqa: BLE001 - a defect of one look must not end the following
                _log.exception("reservations could not be followed")

    async def _look(self, keys: Sequence[_Key]) -> None:
        for found in await read_reservations(self._store, self._brand, keys):
            one = self._followed.get((found.sale, found.key))
            if one is not None:
                one.see(found)
