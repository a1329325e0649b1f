"""Relay global ids: base64url of `Type:scope:naturalKey`, the same in every state of adoption.

The scope is the channel of a business key, or the brand for types that belong to no channel.
Never a connector, never a phone or card number.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error

from msgspec import Struct

_PARTS = 3
_LONGEST = 512


class GlobalId(Struct, frozen=True):
    """The three parts of a global id."""

    type_name: str
    scope: str
    key: str


def global_id(type_name: str, scope: str, key: str) -> str:
    """Opaque id of one object; the natural key may hold any character."""
    return urlsafe_b64encode(f"{type_name}:{scope}:{key}".encode()).rstrip(b"=").decode()


def parse_global_id(text: str) -> GlobalId:
    """Take a global id apart; ValueError when it is not one of ours."""
    if not text or len(text) > _LONGEST:
        raise ValueError("not an id of this graph")
    try:
        parts = urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode().split(":", 2)
    except (Base64Error, ValueError) as exc:
        raise ValueError("not an id of this graph") from exc
    if len(parts) != _PARTS or not all(parts) or global_id(*parts) != text:
        raise ValueError("not an id of this graph")
    return GlobalId(*parts)
