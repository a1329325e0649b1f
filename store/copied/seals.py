"""What hides the rows of the copy: keyed hashes to find them by, sealed bodies."""

import hmac
import zlib
from hashlib import sha256
from typing import Any

from msgspec import Struct

from capabilities.copied import CopiedBatch, CopiedRow
from store.privacy.tombstones import Tombstones
from store.sealing import Sealer

_CUSTOMER = "customer"


class Seals(Struct, frozen=True):
    """How the copy of one brand hides what it holds."""

    brand: str
    sealer: Sealer
    key: bytes
    tombstones: Tombstones

    def hashed(self, connector: str, section: str, kind: str, value: str) -> bytes:
        """What a value is found by; the same value elsewhere is another."""
        place = f"{self.brand}\x1f{connector}\x1f{section}\x1f{kind}\x1f{value}"
        return hmac.digest(self.key, place.encode(), sha256)

    def customer(self, connector: str, section: str, value: str | None) -> bytes | None:
        """A customer, as `hashed`."""
        return None if value is None else self.hashed(connector, section, _CUSTOMER, value)

    def body(self, connector: str, row: CopiedRow) -> bytes:
        """The sealed body of a row."""
        return self.sealer.seal(row.body, self._row(connector, row.section, row.key))

    def opened(self, connector: str, section: str, row: Any) -> str:
        """The body that `body` sealed."""
        return self.sealer.open(row.sealed_body, self._row(connector, section, row.key))

    def raw(self, batch: CopiedBatch, sequence: int) -> bytes | None:
        """The whole body of a batch, smaller and sealed."""
        if not batch.raw:
            return None
        place = place_of_batch(self.brand, batch.connector, batch.feeder, batch.stream, sequence)
        return self.sealer.seal_bytes(zlib.compress(batch.raw, 1), place)

    def _row(self, connector: str, section: str, key: str) -> bytes:
        return place_of_row(self.brand, connector, section, key)


def place_of_row(brand: str, connector: str, section: str, key: str) -> bytes:
    """Where a row's body is bound to."""
    return f"{brand}\x1f{connector}\x1f{section}\x1f{key}".encode()


def place_of_batch(brand: str, connector: str, feeder: str, stream: str, sequence: int) -> bytes:
    """Where a batch's body is bound to."""
    return f"{brand}\x1f{connector}\x1f{feeder}\x1f{stream}\x1f{sequence}".encode()
