"""Names in Redis: from none of them can a key, a person or a credential be read.

The part in braces decides the slot of a cluster: a subject's entries and the mark of its last drop
lie together.
"""

from collections.abc import Callable
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

    def marker(self, connector: str, capability: str) -> Callable[[str], str]:
        """Gives the name where a subject's last drop is marked; what all share is hashed once."""
        begun = self._hash(canonical(("subject", self._brand, connector, capability)))
        head = f"santong:{_FORMAT}:{connector}:{capability}:{{"

        def mark(subject: str) -> str:
            hashed = begun.copy()
            hashed.update(subject.encode())
            return f"{head}{hashed.hexdigest()}}}"

        return mark

    def placer(self, scope: str) -> Callable[[str, object], Place]:
        """Gives the place of an answer; `scope` says whose answers to which question they are."""
        begun = self._hash(scope.encode())

        def place(mark: str, key: object) -> Place:
            hashed = begun.copy()
            hashed.update(canonical(key))
            return Place(mark, f"{mark}:{hashed.hexdigest()}")

        return place

    def _hash(self, content: bytes) -> "blake2b":
        return blake2b(content, key=self._key, digest_size=_DIGEST_BYTES)
