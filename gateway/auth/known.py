"""Callers whose token was verified a moment ago, so that a signature is not checked every time."""

import time
from hashlib import blake2b

from cachetools import LRUCache

from capabilities.caller import Caller
from gateway.auth.bearer import bearer_token
from gateway.auth.tokens import verified
from gateway.keys import derived_key
from gateway.settings import Settings

_LONGEST_SECONDS = 60.0
_MOST = 10_000


class KnownCallers:
    """The callers of one application's settings; a refused token is verified every time.

    A token is known by its hash under the signing key, for a minute at most and never beyond its
    own expiry: nothing here can be read back, nor means anything under another key.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._key = derived_key(settings, "known callers")
        self._known: LRUCache[bytes, tuple[Caller, float, float]] = LRUCache(_MOST)

    def caller(self, authorization: bytes | None) -> Caller:
        """The caller of an Authorization header; Unauthenticated without a valid bearer token."""
        token = bearer_token((authorization or b"").decode("latin-1"))
        # Of the token alone: with spaces before it one caller could fill the cache.
        place = blake2b(token.encode(), key=self._key, digest_size=32).digest()
        found = self._known.get(place)
        if found is not None:
            caller, expires, forgotten = found
            if time.time() < expires and time.monotonic() < forgotten:
                return caller
        caller, expires = verified(self._settings, token)
        self._known[place] = caller, expires, time.monotonic() + _LONGEST_SECONDS
        return caller
