"""Who opens subscriptions, and whether she may still have them."""

import asyncio
from collections.abc import Hashable

from msgspec import Struct

from capabilities.attempts import Origin
from capabilities.caller import Caller
from capabilities.errors import Unauthenticated
from capabilities.usage.client import Client
from gateway.auth.known import KnownCallers

# A token that expired or was taken back, and scopes that changed, end what was opened with them.
_CHECK_SECONDS = 5.0


class Asker(Struct, frozen=True, kw_only=True):
    """A verified caller with what her requests say besides their operation."""

    caller: Caller
    authorization: bytes
    request_id: str
    language: str
    origin: Origin
    client: Client
    resume: str | None = None

    @property
    def own(self) -> Hashable:
        """As whom she is counted, however many tokens she has."""
        return self.caller.subject, self.caller.visibility


async def until_not_standing(
    callers: KnownCallers, asker: Asker, every_seconds: float = _CHECK_SECONDS
) -> Unauthenticated:
    """Wait until the caller's token says something else than when it was shown, or nothing."""
    while True:
        await asyncio.sleep(every_seconds)
        try:
            now = await callers.caller(asker.authorization)
        except Unauthenticated as exc:
            return exc
        if now != asker.caller:
            return Unauthenticated("what this token may see has changed: connect anew")
