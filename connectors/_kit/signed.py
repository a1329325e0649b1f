"""Signed requests: the proof is made of the whole request, anew for each."""

import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from msgspec import Struct
from msgspec.structs import replace
from oauthlib import oauth1

from connectors._kit import signatures
from connectors._kit.outgoing import Outgoing
from connectors._kit.secrets import Secret

_BEIJING = timezone(timedelta(hours=8))
_QUERY, _HEADER = oauth1.SIGNATURE_TYPE_QUERY, oauth1.SIGNATURE_TYPE_AUTH_HEADER
_FORM = "application/x-www-form-urlencoded"
_OAUTH1 = {"sha1": oauth1.SIGNATURE_HMAC_SHA1, "sha256": oauth1.SIGNATURE_HMAC_SHA256}
Clock = Callable[[], float]
# At its lowest level it writes whole requests, with every value that is asked by.
logging.getLogger("oauthlib").setLevel(logging.WARNING)


class Signed(Struct, frozen=True, kw_only=True):
    """Base of all: a signature that the system refuses is not better when it is made again."""

    clock: Clock = time.time

    async def proven(self, request: Outgoing) -> tuple[Outgoing, object]:
        """The request with its signature."""
        return self.signed(request), None

    def signed(self, request: Outgoing) -> Outgoing:
        """The request with its signature."""
        raise NotImplementedError

    def ended(self, shown: object) -> bool:  # noqa: ARG002 - the protocol of provers
        """Nothing ends."""
        return False

    async def aclose(self) -> None:
        """Nothing is open."""


class TopSigned(Signed, frozen=True, kw_only=True):
    """Taobao TOP, and JD, which names the session otherwise; times are Beijing's."""

    key: str
    secret: Secret
    session: Secret | None = None
    session_param: str = "session"
    digest: str = "md5"

    def signed(self, request: Outgoing) -> Outgoing:
        """Every parameter is covered, wherever it stands."""
        now = datetime.fromtimestamp(self.clock(), UTC).astimezone(_BEIJING)
        shown = {
            "format": "json",
            "v": "2.0",
            "app_key": self.key,
            "sign_method": self.digest,
            "timestamp": f"{now:%Y-%m-%d %H:%M:%S}",
        }
        if self.session is not None:
            shown[self.session_param] = self.session.reveal()
        whole = request.adding(tuple(shown.items()))
        sign = signatures.TOP[self.digest](whole.asked, self.secret.reveal())
        return whole.adding((("sign", sign),))


class MeituanSigned(Signed, frozen=True, kw_only=True):
    """Meituan: the address is covered too."""

    key: str
    secret: Secret

    def signed(self, request: Outgoing) -> Outgoing:
        """The path below the base and every parameter are covered."""
        now = str(int(self.clock()))
        whole = request.adding((("app_id", self.key), ("timestamp", now)))
        sig = signatures.meituan(request.url, whole.asked, self.secret.reveal())
        return whole.adding((("sig", sig),))


class DoudianSigned(Signed, frozen=True, kw_only=True):
    """Douyin's shop."""

    key: str
    secret: Secret
    session: Secret

    def signed(self, request: Outgoing) -> Outgoing:
        """The token is shown and not covered."""
        now = datetime.fromtimestamp(self.clock(), UTC).astimezone(_BEIJING)
        shown = {"app_key": self.key, "timestamp": f"{now:%Y-%m-%d %H:%M:%S}", "v": "2"}
        whole = request.adding(tuple(shown.items()))
        sign = signatures.doudian(whole.asked, self.secret.reveal())
        session = ("access_token", self.session.reveal())
        return whole.adding((session, ("sign", sign), ("sign_method", "hmac-sha256")))


class OAuth1Signed(Signed, frozen=True, kw_only=True):
    """OAuth 1.0a with one leg: the key of a consumer and no token (RFC 5849)."""

    key: str
    secret: Secret
    digest: str = "sha256"
    in_query: bool = False

    def signed(self, request: Outgoing) -> Outgoing:
        """Method, address, query and form are covered."""
        client = oauth1.Client(
            self.key,
            client_secret=self.secret.reveal(),
            signature_method=_OAUTH1[self.digest],
            signature_type=_QUERY if self.in_query else _HEADER,
            timestamp=str(int(self.clock())),
        )
        address = f"{request.url}?{urlencode(request.params, quote_via=quote)}"
        form = {"Content-Type": _FORM} if request.form is not None else {}
        body = list(request.form) if request.form is not None else None
        uri, headers, _ = client.sign(address, request.method, body, form)
        if self.in_query:
            return replace(
                request, params=tuple(parse_qsl(urlsplit(uri).query, keep_blank_values=True))
            )
        return request.showing({"Authorization": headers["Authorization"]})
