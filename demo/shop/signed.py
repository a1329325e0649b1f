"""OAuth 1.0a with one leg, as the shop checks it where there is no TLS."""

import base64
import hashlib
import hmac
import time
from urllib.parse import quote

from starlette.requests import Request

_WINDOW = 900
_HASHES = {"HMAC-SHA1": hashlib.sha1, "HMAC-SHA256": hashlib.sha256}
_SIGNED = "oauth_signature"


def is_signed(request: Request) -> bool:
    """Whether a request shows a signature in place of a secret."""
    return "oauth_consumer_key" in request.query_params


def proves(request: Request, key: str, secret: str) -> bool:
    """Whether it was signed with a key and its secret, now; the shop's own way of spelling."""
    given = dict(request.query_params.multi_items())
    made = _HASHES.get(given.get("oauth_signature_method", ""))
    stamp = given.get("oauth_timestamp", "")
    if made is None or given.get("oauth_consumer_key") != key or not stamp.isdigit():
        return False
    if abs(time.time() - int(stamp)) > _WINDOW:
        return False
    pairs = sorted((_twice(name), _twice(one)) for name, one in given.items() if name != _SIGNED)
    address = quote(str(request.url.replace(query="")), safe="")
    text = "&".join([request.method, address, "%26".join(f"{n}%3D{v}" for n, v in pairs)])
    digest = hmac.new(f"{secret}&".encode(), text.encode(), made).digest()
    return hmac.compare_digest(base64.b64encode(digest).decode(), given.get(_SIGNED, ""))


def _twice(text: str) -> str:
    return quote(quote(text, safe="~"), safe="")
