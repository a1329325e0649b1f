"""How deliveries are signed: each kind's proof, and what of a message it covers."""

from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256

from msgspec import Struct

from connectors._kit import Secret, webhooks

Params = Sequence[tuple[str, str]]


class Signed(Struct, frozen=True, kw_only=True):
    """One message as its proof needs it; `body` is empty where it is a form, then in `params`."""

    url: str
    headers: Mapping[str, str]
    params: Params
    body: bytes
    raw: bytes


class Kind(Struct, frozen=True):
    """A kind of signature; `parameters` says whether it covers those as well as the body."""

    proves: Callable[[Signed, Secret, str], bool]
    parameters: bool = False


def _woocommerce(one: Signed, key: Secret, sign: str) -> bool:
    return webhooks.woocommerce(one.raw, key, sign)


def _douyin(one: Signed, key: Secret, sign: str) -> bool:
    return webhooks.douyin(one.raw, key, sign)


def _meituan(one: Signed, key: Secret, sign: str) -> bool:
    return webhooks.meituan(one.url, one.params, key, sign)


def _top(one: Signed, key: Secret, sign: str) -> bool:
    return webhooks.top(one.headers, one.params, one.body, key, sign)


KINDS: Mapping[str, Kind] = {
    "woocommerce": Kind(_woocommerce),
    "douyin": Kind(_douyin),
    "meituan": Kind(_meituan, parameters=True),
    "top": Kind(_top, parameters=True),
}


def digest_of(kind: Kind, signed: Signed, signature: str | None) -> str:
    """Tells a message from others by all that its signature covers, and by nothing else.

    With less, two messages that differ in their address alone would be one. With more, whoever has
    one message could make many of it. The parameter `signature` covers the others.
    """
    if not kind.parameters:
        return sha256(signed.raw).hexdigest()
    told = sorted((name, value) for name, value in signed.params if name != signature)
    parts = [part.encode() for pair in told for part in pair]
    sizes = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
    return sha256(sizes + signed.body).hexdigest()
