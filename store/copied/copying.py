"""The one way to open the platform's copy, for whoever takes rows in and whoever answers."""

from store.copied.rows import KEEP_SECONDS, CopiedRows
from store.copied.seals import Seals
from store.engine import Store
from store.keyring import Keyring
from store.privacy.tombstones import Tombstones


def open_copied(
    store: Store, brand: str, keys: Keyring, *, keep_seconds: float = KEEP_SECONDS
) -> CopiedRows:
    """The copy of one brand under the keys that all processes have."""
    tombstones = Tombstones.under(brand, keys.derived("hashes"))
    seals = Seals(brand, keys.sealer(), keys.derived("copied"), tombstones)
    return CopiedRows(store, seals, keep_seconds=keep_seconds)
