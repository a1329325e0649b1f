"""Who asks: HTTP Basic, key and secret in the query, or OAuth 1.0a with one leg.

Over plain HTTP the shop's client libraries sign (RFC 5849, HMAC-SHA1 or HMAC-SHA256, no token);
the shop's own rules: fifteen minutes of clock, and a nonce counts once.
"""

import base64
import binascii
import hashlib
import hmac
import time
from collections.abc import Callable, Mapping
from typing import Any, cast
from urllib.parse import quote, urlsplit, urlunsplit

from cachetools import TTLCache
from oauthlib.oauth1.rfc5849.signature import (
    base_string_uri,
    collect_parameters,
    normalize_parameters,
    signature_base_string,
)

from capabilities.caller import Caller
from capabilities.errors import Unauthenticated
from gateway.compat.consumers import Consumers
from gateway.compat.wire import CompatAsked, Pairs

WINDOW_SECONDS = 900
_METHODS = {"HMAC-SHA1": hashlib.sha1, "HMAC-SHA256": hashlib.sha256}
_MOST_NONCES = 100_000
_LONGEST_NONCE = 200
_OF_QUERY = ("consumer_key", "consumer_secret")
_REFUSED = "the consumer key or its proof is not valid here, or no longer"


def asked_for(query: Pairs) -> list[tuple[str, str]]:
    """The query without what only proves who asks."""
    return [
        (name, value)
        for name, value in query
        if not name.startswith("oauth_") and name not in _OF_QUERY
    ]


def nonce_of(asked: CompatAsked) -> str | None:
    """The nonce of a signed request, in the query or in its header; None of one that is plain."""
    return dict(_signed_parameters(asked)).get("oauth_nonce")


class Proof:
    """Proves requests of one process; nonces are remembered as long as their time would do."""

    def __init__(self, consumers: Consumers, clock: Callable[[], float] = time.time) -> None:
        self._consumers = consumers
        self._clock = clock
        self._seen: TTLCache[tuple[str, str, str], None] = TTLCache(
            _MOST_NONCES, 2 * WINDOW_SECONDS, timer=clock
        )

    def caller(self, asked: CompatAsked) -> Caller:
        """Who asks; Unauthenticated where that is not proven."""
        given = dict(asked.query)
        header = asked.headers.get("authorization", "")
        if header.lower().startswith("basic "):
            return self._plain(*_basic(header))
        if "oauth_consumer_key" in given or header.lower().startswith("oauth "):
            return self._signed(asked)
        if "consumer_key" in given:
            return self._plain(given["consumer_key"], given.get("consumer_secret", ""))
        raise Unauthenticated("show a consumer key and its secret, or sign with them")

    def _plain(self, key: str, secret: str) -> Caller:
        shown = secret.encode()
        return self._consumers.caller(key, lambda known: hmac.compare_digest(shown, known.encode()))

    def _signed(self, asked: CompatAsked) -> Caller:
        params = _signed_parameters(asked)
        oauth = {name: value for name, value in params if name.startswith("oauth_")}
        method = _METHODS.get(oauth.get("oauth_signature_method", ""))
        names = [name for name, _ in params if name.startswith("oauth_")]
        if method is None or len(set(names)) != len(names):
            raise Unauthenticated(_REFUSED)
        covered = [(name, value) for name, value in params if name != "oauth_signature"]
        try:
            texts = _texts(asked, covered)
        except ValueError as exc:  # its address is none
            raise Unauthenticated(_REFUSED) from exc
        shown = oauth.get("oauth_signature", "").encode()

        def proves(secret: str) -> bool:
            key = f"{quote(secret, '')}&".encode()
            made = (base64.b64encode(hmac.digest(key, one, method)) for one in texts)
            return True in [hmac.compare_digest(shown, one) for one in made]

        caller = self._consumers.caller(oauth.get("oauth_consumer_key", ""), proves)
        self._once(oauth)
        return caller

    def _once(self, oauth: Mapping[str, str]) -> None:
        stamp, nonce = oauth.get("oauth_timestamp", ""), oauth.get("oauth_nonce", "")
        fresh = stamp.isascii() and stamp.isdigit() and len(stamp) <= 12  # noqa: PLR2004 - of a second
        if not fresh or abs(self._clock() - int(stamp)) > WINDOW_SECONDS:
            raise Unauthenticated("the signature is too old or too new")
        place = oauth["oauth_consumer_key"], stamp, nonce
        if not 0 < len(nonce) <= _LONGEST_NONCE or place in self._seen:
            raise Unauthenticated("this signature was used already")
        self._seen[place] = None


def _basic(header: str) -> tuple[str, str]:
    try:
        text = base64.b64decode(header[len("basic ") :].strip(), validate=True).decode()
    except (binascii.Error, ValueError):
        text = ""
    key, _, secret = text.partition(":")
    return key, secret


def _signed_parameters(asked: CompatAsked) -> list[tuple[str, str]]:
    """What a signature covers, and the signature; Unauthenticated where that cannot be read."""
    header = asked.headers.get("authorization", "")
    headers = {"Authorization": header} if header.lower().startswith("oauth ") else None
    query = "&".join(f"{quote(name, '')}={quote(value, '')}" for name, value in asked.query)
    try:
        found = collect_parameters(query, None, headers, exclude_oauth_signature=False)
    except ValueError as exc:
        raise Unauthenticated(_REFUSED) from exc
    return list(found)


def _texts(asked: CompatAsked, params: Pairs) -> list[bytes]:
    """What may have been signed: a proxy that ends TLS hides the scheme that the client used."""
    parts = urlsplit(asked.url)
    pairs: Any = params  # pairs are taken, whatever its types say
    normal, method = normalize_parameters(pairs), cast("Any", asked.method)
    found = []
    for scheme in ("https", "http"):
        address = base_string_uri(urlunsplit((scheme, parts.netloc, parts.path, "", "")))
        found.append(signature_base_string(method, address, normal).encode())
    return found
