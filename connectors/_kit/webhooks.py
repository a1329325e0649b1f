"""Whether a message that a platform pushes to us is really its own, as pure functions.

A body is what came, byte for byte: parsed and written again it would have another signature.
"""

import hashlib
import hmac
from base64 import b64encode
from collections.abc import Mapping
from urllib.parse import unquote_plus

from connectors._kit.secrets import Secret
from connectors._kit.signatures import Pairs
from connectors._kit.signatures import meituan as meituan_signature


def woocommerce(body: bytes, secret: Secret, signature: str) -> bool:
    """`X-WC-Webhook-Signature`; Shopify's `X-Shopify-Hmac-Sha256` is made alike."""
    made = hmac.new(secret.reveal().encode(), body, hashlib.sha256).digest()
    return _same(b64encode(made).decode(), signature)


def douyin(body: bytes, secret: Secret, signature: str) -> bool:
    """`X-Douyin-Signature`."""
    made = hashlib.sha1(secret.reveal().encode() + body, usedforsecurity=False)
    return _same(made.hexdigest(), signature)


def meituan(url: str, params: Pairs, secret: Secret, signature: str) -> bool:
    """The parameter `sig` of a push; `url` is the one that is registered at the platform."""
    return _same(meituan_signature(url, params, secret.reveal()), signature)


def top(headers: Mapping[str, str], params: Pairs, body: bytes, secret: Secret, sign: str) -> bool:
    """The parameter `sign` of a call of TOP's: as its SDK checks those that come to a provider.

    Signed are the headers that `top-sign-list` names, the parameters, and a body that is no form.
    """
    listed = [name for name in headers.get("top-sign-list", "").split(",") if name]
    signed = {name: unquote_plus(headers.get(name.lower(), "")) for name in listed} | dict(params)
    told = "".join(f"{name}{signed[name]}" for name in sorted(signed) if name != "sign")
    key = secret.reveal().encode()
    made = hashlib.md5(key + told.encode() + body + key, usedforsecurity=False)
    return _same(made.hexdigest().upper(), sign)


def _same(made: str, shown: str) -> bool:
    return hmac.compare_digest(made.encode(), shown.encode())
