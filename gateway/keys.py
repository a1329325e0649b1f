"""Keys for one purpose each, all from the gateway's secret."""

import hmac
from hashlib import sha256

from gateway.settings import Settings


def derived_key(settings: Settings, purpose: str) -> bytes:
    """32 bytes for one purpose: the key of hashes is never the key of values or tokens."""
    return derived(settings.key(), purpose)


def derived(secret: bytes, purpose: str) -> bytes:
    """As `derived_key`, from a secret that is no setting any more."""
    return hmac.digest(secret, f"santong:{purpose}".encode(), sha256)
