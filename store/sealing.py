"""Personal values at rest: AES-256-GCM, bound to their row, with the key's number in front."""

import os
from collections.abc import Mapping

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_KEY_BYTES = 32
_NONCE_BYTES = 12


class Sealer:
    """Seals with one key and opens what any known key sealed.

    A sealed value is: key number (1 byte), nonce (12 bytes), ciphertext with its tag. `key` is 32
    bytes; `older` are the keys of earlier numbers while values are sealed anew.
    """

    def __init__(
        self, key: bytes, *, key_id: int = 1, older: Mapping[int, bytes] | None = None
    ) -> None:
        keys = {**(older or {}), key_id: key}
        if any(len(one) != _KEY_BYTES for one in keys.values()):
            raise ValueError(f"a sealing key has {_KEY_BYTES} bytes")
        self._current = key_id
        self._ciphers = {number: AESGCM(one) for number, one in keys.items()}

    def seal(self, value: str, place: bytes) -> bytes:
        """The value, readable only with the key and in the same place."""
        return self.seal_bytes(value.encode(), place)

    def seal_bytes(self, value: bytes, place: bytes) -> bytes:
        """As `seal`, for what is no text."""
        nonce = os.urandom(_NONCE_BYTES)
        sealed = self._ciphers[self._current].encrypt(nonce, value, place)
        return bytes([self._current]) + nonce + sealed

    def open(self, sealed: bytes, place: bytes) -> str:
        """The value; KeyError for a key that is not known, InvalidTag for another place."""
        return self.open_bytes(sealed, place).decode()

    def open_bytes(self, sealed: bytes, place: bytes) -> bytes:
        """As `open`, for what is no text."""
        nonce, body = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
        return self._ciphers[sealed[0]].decrypt(nonce, body, place)
