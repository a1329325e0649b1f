"""A quote as a text: what was in force, the cart and the occasion, sealed for nobody to change.

It needs no row: the same token gives the same quote, in any process, for as long as policies are
kept, which is for ever.
"""

import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec
from cryptography.exceptions import InvalidTag
from msgspec import Struct

from capabilities.pricing.cart import Cart, Occasion, Usage
from store.sealing import Sealer

_PLACE = b"quote:"
_LONGEST_TOKEN, _LONGEST_BODY = 65_536, 262_144


class Frozen(Struct, frozen=True, kw_only=True, array_like=True):
    """Everything that a quote depends on."""

    policy: int
    cart: Cart
    channel: str
    at: datetime
    zone: str
    store: str | None
    scene: str | None
    tiers: dict[str, str]
    first_purchase: bool
    usage: dict[str, Usage]
    facts: dict[str, str]
    coupons: tuple[str, ...]
    one_id: str | None
    units: tuple[str, ...]

    @property
    def occasion(self) -> Occasion:
        """The occasion of the quote."""
        return Occasion(
            channel=self.channel,
            at=self.at,
            zone=ZoneInfo(self.zone),
            store=self.store,
            scene=self.scene,
            tiers=self.tiers,
            first_purchase=self.first_purchase,
            usage=self.usage,
            facts=self.facts,
            coupons=frozenset(self.coupons),
            anonymous=self.one_id is None,
        )


def token_of(frozen: Frozen, sealer: Sealer, brand: str) -> str:
    """The text."""
    body = zlib.compress(msgspec.msgpack.encode(frozen), 1, -zlib.MAX_WBITS)
    sealed = sealer.seal_bytes(body, _PLACE + brand.encode())
    return urlsafe_b64encode(sealed).rstrip(b"=").decode()


def frozen_of(token: str, sealer: Sealer, brand: str) -> Frozen | None:
    """What a text says; None where it is none of ours."""
    if not token.isascii() or len(token) > _LONGEST_TOKEN:
        return None
    try:
        sealed = urlsafe_b64decode(token + "=" * (-len(token) % 4))
        body = sealer.open_bytes(sealed, _PLACE + brand.encode())
        inflater = zlib.decompressobj(-zlib.MAX_WBITS)
        return msgspec.msgpack.decode(inflater.decompress(body, _LONGEST_BODY), type=Frozen)
    except (InvalidTag, KeyError, IndexError, ValueError, zlib.error):
        return None
