"""What every part of the platform stands on, at the front door as at the back."""

from collections.abc import Callable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from msgspec import Struct

from store.engine import Store
from store.keyring import Keyring
from store.sealing import Sealer


def _now() -> datetime:
    return datetime.now(UTC)


class Owned(Struct, frozen=True, kw_only=True):
    """The store of one brand with its keys and its clock.

    `key` hashes identities, `sealer` seals what no data key seals; `zone` dates what happened,
    `now` is the clock of every rule.
    """

    store: Store
    brand: str
    sealer: Sealer
    key: bytes
    zone: ZoneInfo
    now: Callable[[], datetime] = _now


def owned_by(store: Store, brand: str, keys: Keyring, time_zone: str) -> Owned:
    """The platform of a brand under the keys of its processes."""
    return Owned(
        store=store,
        brand=brand,
        sealer=keys.sealer(),
        key=keys.derived("hashes"),
        zone=ZoneInfo(time_zone),
    )
