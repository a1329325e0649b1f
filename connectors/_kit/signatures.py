"""How platforms sign requests, as pure functions; sources are the platforms' own documents."""

import hashlib
import hmac
from collections.abc import Callable, Iterable, Mapping

Pairs = Iterable[tuple[str, str]]


def strung(params: Pairs, *, between: str = "", apart: str = "") -> str:
    """Names and values in the order of the names' bytes; what is empty is left out."""
    kept = sorted((name, value) for name, value in params if name and value)
    return apart.join(f"{name}{between}{value}" for name, value in kept)


def top_md5(params: Pairs, secret: str) -> str:
    """Taobao TOP and JD: `UPPER(MD5(secret + s + secret))`."""
    text = f"{secret}{strung(params)}{secret}"
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest().upper()


def top_hmac(params: Pairs, secret: str) -> str:
    """Taobao TOP with `sign_method=hmac`: `UPPER(HMAC_MD5(secret, s))`."""
    return hmac.new(secret.encode(), strung(params).encode(), hashlib.md5).hexdigest().upper()


def top_hmac_sha256(params: Pairs, secret: str) -> str:
    """Taobao TOP with `sign_method=hmac-sha256`."""
    return hmac.new(secret.encode(), strung(params).encode(), hashlib.sha256).hexdigest().upper()


TOP: Mapping[str, Callable[[Pairs, str], str]] = {
    "md5": top_md5,
    "hmac": top_hmac,
    "hmac-sha256": top_hmac_sha256,
}


def meituan(url: str, params: Pairs, secret: str) -> str:
    """Meituan: `md5(url + '?' + 'k=v&k=v' + secret)` over query and form, without `sig`."""
    kept = ((name, value) for name, value in params if name != "sig")
    text = f"{url}?{strung(kept, between='=', apart='&')}{secret}"
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def doudian(params: Pairs, secret: str) -> str:
    """Douyin's shop: HMAC-SHA256 over the five signed parameters between the secret, twice."""
    signed = {"app_key", "method", "param_json", "timestamp", "v"}
    text = f"{secret}{strung(pair for pair in params if pair[0] in signed)}{secret}"
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


def _called(params: Pairs, body: bytes) -> bytes:
    """What TOP signs where it is the one who calls: a body that is no form stands behind."""
    return strung(params).encode() + body


def top_called_md5(params: Pairs, body: bytes, secret: str) -> str:
    """TOP's and Qimen's calls to us: `UPPER(MD5(secret + s + body + secret))`."""
    text = secret.encode() + _called(params, body) + secret.encode()
    return hashlib.md5(text, usedforsecurity=False).hexdigest().upper()


def top_called_hmac(params: Pairs, body: bytes, secret: str) -> str:
    """The same with `sign_method=hmac`."""
    return hmac.new(secret.encode(), _called(params, body), hashlib.md5).hexdigest().upper()


def top_called_hmac_sha256(params: Pairs, body: bytes, secret: str) -> str:
    """The same with `sign_method=hmac-sha256`."""
    return hmac.new(secret.encode(), _called(params, body), hashlib.sha256).hexdigest().upper()


TOP_CALLED: Mapping[str, Callable[[Pairs, bytes, str], str]] = {
    "md5": top_called_md5,
    "hmac": top_called_hmac,
    "hmac-sha256": top_called_hmac_sha256,
}
