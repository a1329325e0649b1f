"""Who is calling, by whatever she proves it; a signature is not checked at every request.

A token of another brand is no token here, at no door: nothing is told of whom this one serves.
"""

import time
from hashlib import blake2b
from typing import Protocol

from cachetools import LRUCache

from capabilities.api_keys import Presented, presented
from capabilities.caller import Caller
from capabilities.errors import Unauthenticated
from gateway.auth.bearer import bearer_token
from gateway.auth.issued import Issuers
from gateway.auth.tokens import verified
from gateway.keys import derived_key
from gateway.settings import Settings

_LONGEST_SECONDS = 60.0
_MOST = 10_000


class _Keys(Protocol):
    def caller(self, presented: Presented) -> Caller: ...


class KnownCallers:
    """The callers of one application; a refused token is verified every time.

    A token is known by its hash under the signing key, for a minute at most and never beyond its
    own expiry: nothing here can be read back, nor means anything under another key. `keys` are the
    API keys in force, from when the store is open.
    """

    def __init__(self, settings: Settings, brand: str, issuers: Issuers | None = None) -> None:
        self._settings = settings
        self._brand = brand
        self._issuers = issuers
        self.keys: _Keys | None = None
        self._key = derived_key(settings, "known callers")
        self._known: LRUCache[bytes, tuple[Caller, float, float]] = LRUCache(_MOST)

    async def caller(self, authorization: bytes | None) -> Caller:
        """The caller of an Authorization header; Unauthenticated without a valid bearer token."""
        token = bearer_token((authorization or b"").decode("latin-1"))
        # Of the token alone: with spaces before it one caller could fill the cache.
        place = blake2b(token.encode(), key=self._key, digest_size=32).digest()
        found = self._known.get(place)
        if found is not None:
            caller, expires, forgotten = found
            if time.time() < expires and time.monotonic() < forgotten:
                return caller
        key = presented(token)
        if key is not None:
            return self._of_key(key)
        caller, expires = await self._verified(token)
        self._known[place] = caller, expires, time.monotonic() + _LONGEST_SECONDS
        return caller

    def _of_key(self, key: Presented) -> Caller:
        if self.keys is None:
            raise Unauthenticated("the API key is not valid here, or no longer")
        return self.keys.caller(key)

    async def _verified(self, token: str) -> tuple[Caller, float]:
        if self._issuers is not None and self._issuers.has(token):
            caller, expires = await self._issuers.verified(token)
        else:
            caller, expires = verified(self._settings, token)
        if caller.visibility.brand != self._brand:
            raise Unauthenticated("the bearer token is not valid here, or no longer")
        return caller, expires
