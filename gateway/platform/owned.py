"""The platform of one process, and what one caller meets of it in one request."""

from collections.abc import Callable
from datetime import UTC, datetime

from msgspec import Struct

from capabilities.caller import Caller
from gateway.federation.asking import Request
from store.engine import Store
from store.sealing import Sealer


def _now() -> datetime:
    return datetime.now(UTC)


class Owned(Struct, frozen=True, kw_only=True):
    """What every part of the platform stands on.

    `key` hashes identities, `sealer` seals personal values; `now` is the clock of every rule.
    """

    store: Store
    brand: str
    sealer: Sealer
    key: bytes
    now: Callable[[], datetime] = _now


class CallersPlatform:
    """The platform as one caller meets it; each part is made when it is first asked.

    `request` batches what is read: `request.load_with(name, ask, key)` puts the keys of all
    people of a wave into one statement.
    """

    def __init__(self, owned: Owned, caller: Caller, request: Request) -> None:
        self.owned = owned
        self.caller = caller
        self.request = request
