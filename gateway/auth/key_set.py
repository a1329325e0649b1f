"""The keys of one issuer: fetched when needed, kept for a while, never trusted for long."""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping

import httpx
import jwt
import orjson

_log = logging.getLogger(__name__)
_FRESH_SECONDS = 300.0
# While the issuer is away its last keys stand so long.
_LONGEST_SECONDS = 600.0
# An id that nobody knows asks the issuer no more often than this.
_PAUSE_SECONDS = 10.0
_FETCH_SECONDS = 3.0
_LARGEST_BYTES = 256_000
_MOST_KEYS = 50
_LONGEST_ID = 200

Keys = Mapping[str, jwt.PyJWK]


class KeySet:
    """Keys by their ids. An id is looked up in what the issuer gave, and is never an address."""

    def __init__(
        self, url: str, client: httpx.AsyncClient, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._url = url
        self._client = client
        self._now = now
        self._keys: Keys = {}
        self._fetched = self._tried = float("-inf")
        self._fetching: asyncio.Task[None] | None = None

    async def key(self, kid: str | None) -> jwt.PyJWK | None:
        """The key of an id, or the only one there is for a token that names none."""
        if kid is not None and len(kid) > _LONGEST_ID:
            return None
        if self._now() - self._fetched > _FRESH_SECONDS or self._of(kid) is None:
            await self._fetch()
        if self._now() - self._fetched > _LONGEST_SECONDS:
            return None
        return self._of(kid)

    async def aclose(self) -> None:
        """End what is being fetched."""
        if self._fetching is not None:
            self._fetching.cancel()
            await asyncio.gather(self._fetching, return_exceptions=True)

    def _of(self, kid: str | None) -> jwt.PyJWK | None:
        if kid is not None:
            return self._keys.get(kid)
        return next(iter(self._keys.values())) if len(self._keys) == 1 else None

    async def _fetch(self) -> None:
        """Fetch once for all who wait, and not again within a pause."""
        if self._fetching is None or self._fetching.done():
            if self._now() - self._tried < _PAUSE_SECONDS:
                return
            self._tried = self._now()
            self._fetching = asyncio.create_task(self._fetched_now())
        await asyncio.shield(self._fetching)

    async def _fetched_now(self) -> None:
        try:
            async with asyncio.timeout(_FETCH_SECONDS):
                self._keys = _read(await self._body())
        except (httpx.HTTPError, TimeoutError, ValueError, jwt.PyJWTError) as exc:
            _log.warning("keys of an issuer not fetched", extra={"error": type(exc).__name__})
        else:
            self._fetched = self._now()

    async def _body(self) -> bytes:
        found = b""
        async with self._client.stream("GET", self._url) as answer:
            if answer.status_code != httpx.codes.OK:
                raise ValueError("no keys")
            async for part in answer.aiter_bytes():
                found += part
                if len(found) > _LARGEST_BYTES:
                    raise ValueError("too large")
        return found


def _read(body: bytes) -> Keys:
    """Keys for signatures by their ids; what is for something else is left out."""
    told = orjson.loads(body)
    rows = told.get("keys") if isinstance(told, dict) else None
    if not isinstance(rows, list) or len(rows) > _MOST_KEYS:
        raise ValueError("no set of keys")
    found: dict[str, jwt.PyJWK] = {}
    for row in rows:
        if isinstance(row, dict) and row.get("use", "sig") == "sig" and row.get("kty") != "oct":
            try:
                found[str(row.get("kid", ""))] = jwt.PyJWK.from_dict(row)
            except jwt.PyJWTError:
                continue  # of a kind that is not known here
    return found
