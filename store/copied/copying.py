"""The one way to open the platform's copy, for whoever takes rows in and whoever answers."""

from collections.abc import Callable

from store.copied.rows import KEEP_SECONDS, CopiedRows
from store.copied.seals import Seals
from store.engine import Store
from store.privacy.tombstones import Tombstones
from store.sealing import Sealer


def open_copied(
    store: Store, brand: str, key: Callable[[str], bytes], *, keep_seconds: float = KEEP_SECONDS
) -> CopiedRows:
    """The copy of one brand; `key` gives 32 bytes for a purpose, as all processes have them."""
    tombstones = Tombstones.under(brand, key("hashes"))
    seals = Seals(brand, Sealer(key("values")), key("copied"), tombstones)
    return CopiedRows(store, seals, keep_seconds=keep_seconds)
