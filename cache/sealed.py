"""Entries as they lie in Redis: msgpack, sealed whole, bound to their place.

Each process seals with a key of its own, derived from the gateway's and a salt, and counts its
nonces: so none is ever used twice, however much is written. The salt stands in front of the value.
"""

import os
from hashlib import blake2b
from itertools import count
from typing import Any

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from msgspec import Raw, Struct

_SALT_BYTES = 16
_NONCE_BYTES = 12
_HEAD_BYTES = _SALT_BYTES + _NONCE_BYTES
_KEY_BYTES = 32
# as many processes as may have written what still lies there; what is forgotten is derived again
_MOST_SALTS = 1_000


class Entry(Struct, frozen=True, array_like=True):
    """One answer with what was known when it was asked for.

    `epoch` and `number` are the connector's drops as they stood before, `asked_at` seconds since
    1970.
    """

    epoch: bytes
    number: int
    asked_at: float
    value: Raw


class Vault:
    """Seals entries, and opens what any process with the same key sealed."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._salt = os.urandom(_SALT_BYTES)
        self._own = self._cipher(self._salt)
        self._nonces = count()
        self._ciphers: dict[bytes, AESGCM] = {self._salt: self._own}
        self._encoder = msgspec.msgpack.Encoder()
        self._decoder = msgspec.msgpack.Decoder(Entry)

    def seal(self, place: str, epoch: bytes, number: int, asked_at: float, value: Any) -> bytes:
        """The sealed entry of a place."""
        nonce = next(self._nonces).to_bytes(_NONCE_BYTES, "big")
        plain = self._encoder.encode((epoch, number, asked_at, value))
        return self._salt + nonce + self._own.encrypt(nonce, plain, place.encode())

    def open(self, place: str, sealed: bytes) -> Entry | None:
        """The entry; None for what was not sealed with this key for this place."""
        salt, nonce = sealed[:_SALT_BYTES], sealed[_SALT_BYTES:_HEAD_BYTES]
        if len(nonce) != _NONCE_BYTES:
            return None
        cipher = self._ciphers.get(salt) or self._learnt(salt)
        try:
            plain = cipher.decrypt(nonce, sealed[_HEAD_BYTES:], place.encode())
            return self._decoder.decode(plain)
        except (InvalidTag, msgspec.MsgspecError):
            return None

    def _learnt(self, salt: bytes) -> AESGCM:
        if len(self._ciphers) >= _MOST_SALTS:
            self._ciphers = {self._salt: self._own}
        cipher = self._ciphers[salt] = self._cipher(salt)
        return cipher

    def _cipher(self, salt: bytes) -> AESGCM:
        return AESGCM(blake2b(salt, key=self._key, digest_size=_KEY_BYTES).digest())
