"""Names in Redis: from none of them can a key, a person or a credential be read.

The part in braces decides the slot of a cluster: a subject's entries and the mark of its last drop
lie together.
"""

from hashlib import blake2b

from msgspec import Struct

from capabilities.canonical import canonical

_DIGEST_BYTES = 16
_FORMAT = "c1"


class Place(Struct, frozen=True):
    """Where one answer lies: the mark of its subject, and the entry itself."""

    mark: str
    entry: str

    @property
    def lock(self) -> str:
        """The name of the lock of whoever fetches it."""
        return f"{self.entry}:lock"


class Places:
    """Names by keyed hash, for one brand."""

    def __init__(self, key: bytes, brand: str) -> None:
        self._key = key
        self._brand = brand
        self.channel = f"santong:{_FORMAT}:dropped:{self.digest('channel', brand)}"

    def digest(self, *parts: object) -> str:
        """A keyed hash; equal parts in another order or split are another hash."""
        return self._hash(canonical(parts)).hexdigest()

    def drops(self, connector: str) -> str:
        """Where the drops of a connector are counted."""
        return f"santong:{_FORMAT}:{connector}:{{{self.digest('drops', self._brand, connector)}}}"

    def mark(self, connector: str, capability: str, subject: str) -> str:
        """Where the last drop of one subject is marked."""
        hashed = self.digest("subject", self._brand, connector, capability, subject)
        return f"santong:{_FORMAT}:{connector}:{capability}:{{{hashed}}}"

    def place(self, mark: str, scope: bytes, key: object) -> Place:
        """The place of an answer; `scope` says whose answer to which question it is."""
        hashed = self._hash(scope)
        hashed.update(canonical(key))
        return Place(mark, f"{mark}:{hashed.hexdigest()}")

    def _hash(self, content: bytes) -> "blake2b":
        return blake2b(content, key=self._key, digest_size=_DIGEST_BYTES)
