"""The API keys that stand, followed by each process within seconds."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Protocol

from capabilities.api_keys import ApiKey, Presented
from capabilities.caller import Caller
from capabilities.errors import StoreUnavailable, Unauthenticated

_log = logging.getLogger(__name__)
_POLL_SECONDS = 0.5
# While the store is away nobody learns of a revoked key: the last ones stand so long.
_LONGEST_SECONDS = 3_600.0


class _Kept(Protocol):
    async def all(self) -> Sequence[ApiKey]: ...


class KeysInForce:
    """Keys by their ids, read when their version rises; while the store is away, the last ones.

    Those stand for an hour: `age` says how long ago the store was asked for their version.
    """

    def __init__(
        self,
        kept: _Kept,
        brand: str,
        version: Callable[[], int | None],
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        *,
        age: Callable[[], float],
    ) -> None:
        self._kept = kept
        self._brand = brand
        self._version = version
        self._now = now
        self._age = age
        self._keys: Mapping[str, ApiKey] = {}
        self._seen: int | None = None

    def caller(self, presented: Presented) -> Caller:
        """Who calls with a key; Unauthenticated where it does not stand."""
        key = self.standing(presented.id)
        if key is None or not presented.is_of(key):
            raise Unauthenticated("the API key is not valid here, or no longer")
        return key.caller(self._brand)

    def standing(self, id: str) -> ApiKey | None:  # noqa: A002 - of the key
        """The key of an id where it stands; nobody has proven to have it."""
        key = self._keys.get(id) if self._age() <= _LONGEST_SECONDS else None
        return key if key is not None and key.stands(self._now()) else None

    async def look(self) -> None:
        """Read the keys where their version rose."""
        version = self._version()
        if version is None or version == self._seen:
            return
        self._keys = {one.id: one for one in await self._kept.all()}
        self._seen = version

    async def follow(self) -> None:
        """Follow the keys, until cancelled."""
        while True:
            try:
                await self.look()
            except StoreUnavailable:
                pass  # what is known stands
            except Exception:  # noqa: BLE001 - whatever it was, the next look tries again
                _log.exception("API keys cannot be read")
            await asyncio.sleep(_POLL_SECONDS)
