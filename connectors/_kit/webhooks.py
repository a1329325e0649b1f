"""Whether a message that a platform pushes to us is really its own, as pure functions.

A body is what came, byte for byte: parsed and written again it would have another signature.
"""

import hashlib
import hmac
from base64 import b64encode

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


def _same(made: str, shown: str) -> bool:
    return hmac.compare_digest(made.encode(), shown.encode())
