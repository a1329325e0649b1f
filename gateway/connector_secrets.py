"""Secrets of registered connectors: sealed when they are given, unsealed where they are sent."""

import base64
import hmac
from collections.abc import Mapping
from hashlib import sha256

import msgspec
from cryptography.exceptions import InvalidTag

from gateway.keys import keyring
from gateway.settings import Settings
from store.keyring import Keyring, keyring_of
from store.sealed_columns import CONNECTOR_SECRETS, place_of_secret


class ConnectorSecrets:
    """Seals for one brand: what is sealed for one connector and name opens for no other."""

    def __init__(self, keys: Keyring, brand: str) -> None:
        self._key = keys.derived(CONNECTOR_SECRETS)
        self._sealer = keys.sealer(CONNECTOR_SECRETS)
        self._brand = brand

    @classmethod
    def of(cls, settings: Settings, brand: str) -> "ConnectorSecrets":
        """Those of a gateway's own keys."""
        return cls(keyring(settings), brand)

    @classmethod
    def under(cls, secret_key: str, brand: str) -> "ConnectorSecrets":
        """Those of a key that the gateway had before."""
        return cls(keyring_of(secret_key.encode()), brand)

    def seal(self, connector: str, values: Mapping[str, str]) -> dict[str, bytes]:
        """Secrets of a connector, readable with the key alone."""
        return {
            name: self._sealer.seal(value, self._place(connector, name))
            for name, value in values.items()
        }

    def unseal(self, connector: str, name: str, sealed: bytes) -> str:
        """The secret; ValueError where it was sealed with another key or for another place."""
        try:
            return self._sealer.open(sealed, self._place(connector, name))
        except (InvalidTag, KeyError, IndexError):
            pass
        raise ValueError("sealed with another key")

    def wish(self, *asked: object) -> bytes:
        """A hash by which a wish is known again; keyed, since secrets are in it."""
        return hmac.digest(self._key, b"wish" + msgspec.json.encode(asked), sha256)

    def _place(self, connector: str, name: str) -> bytes:
        return place_of_secret(self._brand, connector, name)


def reference_to(sealed: bytes) -> str:
    """What a sealed secret is referred to by."""
    return f"sealed:{base64.b64encode(sealed).decode()}"
