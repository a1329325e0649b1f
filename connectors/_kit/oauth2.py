"""OAuth2 client credentials (RFC 6749, 4.4): a token of the token endpoint, shown as bearer."""

from base64 import b64encode
from urllib.parse import quote

from msgspec import Struct

from capabilities.errors import Denied, Garbled
from connectors._kit.outcome import Reading, result
from connectors._kit.outgoing import Outgoing
from connectors._kit.renewed import Renewed, Token
from connectors._kit.secrets import Secret
from connectors._kit.strict_json import Decoder
from connectors._kit.wire import Wire

_REFUSED = frozenset({400, 401, 403})
_READING = Reading(error_code=("error",))


class _Granted(Struct):
    access_token: str
    token_type: str = "bearer"  # noqa: S105 - a kind
    expires_in: int | str | None = None


class ClientCredentials:
    """The token of a client, for every request; `wire` leads to the token endpoint alone."""

    def __init__(
        self, wire: Wire, client: str, secret: Secret, *, scope: str = "", in_body: bool = False
    ) -> None:
        self._wire = wire
        self._client = client
        self._secret = secret
        self._scope = scope
        self._in_body = in_body
        self._renewed = Renewed(self._fetch)

    async def proven(self, request: Outgoing) -> tuple[Outgoing, object]:
        """The request with the token."""
        token = await self._renewed.current()
        return request.showing({"Authorization": f"Bearer {token.secret.reveal()}"}), token

    def ended(self, shown: object) -> bool:
        """Fetched anew, once."""
        self._renewed.drop(shown)
        return True

    async def aclose(self) -> None:
        """Close the way to the token endpoint."""
        await self._wire.aclose()

    async def _fetch(self) -> Token:
        form = {"grant_type": "client_credentials"}
        if self._scope:
            form["scope"] = self._scope
        headers = {"Accept": "application/json"}
        if self._in_body:
            form |= {"client_id": self._client, "client_secret": self._secret.reveal()}
        else:
            pair = f"{quote(self._client, safe='')}:{quote(self._secret.reveal(), safe='')}"
            headers["Authorization"] = f"Basic {b64encode(pair.encode()).decode()}"
        answer = await self._wire.call("POST", "", headers=headers, form=form)
        source = self._wire.source
        if answer.status in _REFUSED:
            raise Denied("the token endpoint refuses the client", source=source)
        granted = result(answer, Decoder(_Granted), _READING, source)
        if not granted.access_token or granted.token_type.lower() != "bearer":
            raise Garbled("the token endpoint answered without a bearer token", source=source)
        return Token(Secret(granted.access_token), _seconds(granted.expires_in))


def _seconds(raw: int | str | None) -> float | None:
    """Some write the number as text; what is no number says nothing."""
    text = str(raw)
    return float(text) if text.isascii() and text.isdigit() and len(text) < 10 else None  # noqa: PLR2004
