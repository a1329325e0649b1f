"""The keys of one installation: what hashes, for ever, and what seals, which may change.

`SANTONG_SECRET_KEY` makes hashes, ids and tombstones: it never changes. Values at rest are sealed
by the first of `SANTONG_SEALING_KEYS` and opened by any of them, so those are rotated.
"""

import os
from hashlib import sha256
from pathlib import Path

from msgspec import Struct

from capabilities.derived import derived
from store.sealing import Sealer

DERIVED = "derived"
VALUES = "values"
_SHORTEST = 32
# The number of the key that is made of the secret; every value had it before keys were listed.
_FIRST = 1


class SealingKey(Struct, frozen=True):
    """One key that seals: the number in front of what it sealed, and what its keys are made of."""

    number: int
    secret: bytes

    def __repr__(self) -> str:
        return f"SealingKey({self.number}, ***)"


class Keyring(Struct, frozen=True):
    """Every key of an installation; `sealing` has the newest first."""

    secret: bytes
    sealing: tuple[SealingKey, ...]

    def __repr__(self) -> str:
        return f"Keyring({', '.join(str(one.number) for one in self.sealing)})"

    def derived(self, purpose: str) -> bytes:
        """32 bytes that hash for one purpose."""
        return derived(self.secret, purpose)

    def sealer(self, purpose: str = VALUES) -> Sealer:
        """What seals for one purpose with the newest key, and opens with each."""
        newest, *older = self.sealing
        return Sealer(
            derived(newest.secret, purpose),
            key_id=newest.number,
            older={one.number: derived(one.secret, purpose) for one in older},
        )


def keyring_of(secret: bytes, listed: str = DERIVED) -> Keyring:
    """The keys of the secret and of the list; ValueError says which of the list is none.

    An entry is `derived` (the key of the secret), `env:NAME`, `file:PATH`, or a key itself.
    """
    keys = [_key(secret, at, one.strip()) for at, one in enumerate(listed.split(","), start=1)]
    numbers = [one.number for one in keys]
    if len(set(numbers)) < len(numbers):
        raise ValueError("two of SANTONG_SEALING_KEYS have one number; make the newer one anew")
    return Keyring(secret, tuple(keys))


def _key(secret: bytes, place: int, entry: str) -> SealingKey:
    if entry == DERIVED:
        return SealingKey(_FIRST, secret)
    text = _referred(entry)
    if text is None or len(text) < _SHORTEST:
        raise ValueError(
            f"entry {place} of SANTONG_SEALING_KEYS is no key of at least {_SHORTEST} characters; "
            "make one with: python -c 'import secrets; print(secrets.token_urlsafe(48))'"
        )
    made = text.encode()
    # Told by the key alone, so that it stays whatever is added to the list or taken from it.
    return SealingKey(_FIRST + 1 + sha256(b"number" + made).digest()[0] % 254, made)


def _referred(entry: str) -> str | None:
    kind, _, name = entry.partition(":")
    if kind == "env":
        return os.environ.get(name)
    if kind == "file":
        try:
            return Path(name).read_text("utf-8").strip()
        except OSError:
            return None
    return entry
