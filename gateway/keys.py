"""Keys for one purpose each, all from the gateway's secret."""

from capabilities.derived import derived
from gateway.settings import Settings
from store.keyring import Keyring, keyring_of

__all__ = ["derived", "derived_key", "keyring"]


def keyring(settings: Settings) -> Keyring:
    """All keys of the gateway; ValueError where one of them is none."""
    return keyring_of(settings.key(), settings.sealing_keys.get_secret_value())


def derived_key(settings: Settings, purpose: str) -> bytes:
    """32 bytes for one purpose: the key of hashes is never the key of values or tokens."""
    return derived(settings.key(), purpose)
