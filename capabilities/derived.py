"""Keys for one purpose each, all from one secret."""

import hmac
from hashlib import sha256


def derived(secret: bytes, purpose: str) -> bytes:
    """32 bytes for one purpose: the key of hashes is never the key of values or tokens."""
    return hmac.digest(secret, f"santong:{purpose}".encode(), sha256)
