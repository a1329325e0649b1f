"""Keys for one purpose each, all from the gateway's secret."""

from capabilities.derived import derived
from gateway.settings import Settings

__all__ = ["derived", "derived_key"]


def derived_key(settings: Settings, purpose: str) -> bytes:
    """32 bytes for one purpose: the key of hashes is never the key of values or tokens."""
    return derived(settings.key(), purpose)
