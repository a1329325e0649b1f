"""Consumer keys: an API key as the shop's clients show one, a key and a secret.

The secret follows from the key's id under the gateway's own: nothing more is kept, a client may
sign with it, and it ends when its API key is revoked or rotated.
"""

import hmac
from collections.abc import Callable

from msgspec import Struct

from capabilities.api_keys import ApiKey
from capabilities.caller import Caller
from capabilities.errors import Unauthenticated

PURPOSE = "consumer keys"
_KEY, _SECRET = "ck_", "cs_"


class Consumer(Struct, frozen=True):
    """What an old application is given in place of the shop's own."""

    key: str
    secret: str

    def __repr__(self) -> str:
        return f"Consumer({self.key})"


def consumer_of(master: bytes, id: str) -> Consumer:  # noqa: A002 - of the API key
    """The consumer of an API key by its id; `master` is the gateway's key for this purpose."""
    return Consumer(_KEY + id, _SECRET + hmac.digest(master, id.encode(), "sha256").hex())


class Consumers:
    """The consumers whose API keys stand; `find` gives such a key by its id."""

    def __init__(
        self, master: bytes, brand: str, find: Callable[[], Callable[[str], ApiKey | None]]
    ) -> None:
        self._master = master
        self._brand = brand
        self._find = find

    def caller(self, key: str, proves: Callable[[str], bool]) -> Caller:
        """Who calls with a consumer key, where she proves its secret; else Unauthenticated.

        For a key that nobody has a proof is computed all the same: the time tells nothing.
        """
        id_ = key.removeprefix(_KEY)
        proven = proves(consumer_of(self._master, id_).secret)
        found = self._find()(id_) if key.startswith(_KEY) else None
        if found is None or not proven:
            raise Unauthenticated("the consumer key or its proof is not valid here, or no longer")
        return found.caller(self._brand)
