"""A logon call whose answer gives a token or a cookie that later calls show."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Literal

import orjson
from msgspec import Struct

from capabilities.errors import Denied, Garbled
from connectors._kit.answer import Answer
from connectors._kit.outcome import Reading, failure
from connectors._kit.outgoing import Outgoing
from connectors._kit.renewed import Renewed, Token
from connectors._kit.secrets import Secret
from connectors._kit.strict_json import checked
from connectors._kit.wire import Wire

_REFUSED = frozenset({400, 401, 403, 422})
_MOST = 8000


class Logon(Struct, frozen=True, kw_only=True):
    """How to log on: a POST of `send`, whose values hold secrets; `token_at` or `cookie` is read.

    `seconds` is how long a session holds, where it is known.
    """

    path: str
    send: Mapping[str, Secret]
    body: Literal["form", "json"] = "json"
    token_at: tuple[str, ...] = ()
    cookie: str = ""
    seconds: float | None = None


class Shown(Struct, frozen=True, kw_only=True):
    """Where a session is shown: a header (`form` has `{token}`), a cookie or a parameter."""

    header: str = ""
    form: str = "{token}"
    cookie: str = ""
    param: str = ""


class SessionLogon:
    """A session for every request; `wire` leads to the same system, without a session."""

    def __init__(self, wire: Wire, logon: Logon, shown: Shown) -> None:
        self._wire = wire
        self._logon = logon
        self._shown = shown
        self._renewed = Renewed(self._fetch)

    async def token(self) -> Token:
        """The session in force, for a protocol that shows it as an argument."""
        return await self._renewed.current()

    async def proven(self, request: Outgoing) -> tuple[Outgoing, object]:
        """The request with the session."""
        token, shown = await self._renewed.current(), self._shown
        text = token.secret.reveal()
        if shown.param:
            return request.adding(((shown.param, text),)), token
        if shown.cookie:
            return request.showing({"Cookie": f"{shown.cookie}={text}"}), token
        if shown.header:
            return request.showing({shown.header: shown.form.format(token=text)}), token
        return request, token

    def ended(self, shown: object) -> bool:
        """Logged on anew, once."""
        self._renewed.drop(shown)
        return True

    async def aclose(self) -> None:
        """Close the way to the logon."""
        await self._wire.aclose()

    async def _fetch(self) -> Token:
        logon, source = self._logon, self._wire.source
        send = {name: value.reveal() for name, value in logon.send.items()}
        headers = {"Accept": "application/json"}
        if logon.body == "form":
            answer = await self._wire.call("POST", logon.path, (), headers, form=send)
        else:
            headers["Content-Type"] = "application/json"
            content = orjson.dumps(send)
            answer = await self._wire.call("POST", logon.path, (), headers, content=content)
        if answer.status in _REFUSED:
            raise Denied("the system refuses the logon", source=source)
        if answer.status not in (HTTPStatus.OK, HTTPStatus.CREATED, HTTPStatus.NO_CONTENT):
            raise failure(answer, Reading(error_code=()), source)
        text = self._cookie(answer) if logon.cookie else self._body(answer)
        if text is None:
            # A system that answers 200 to a wrong password says no by giving nothing.
            raise Denied("the logon gave no session", source=source)
        if not text.isascii() or not text.isprintable() or len(text) > _MOST:
            raise Garbled("the logon's session is no plain text", source=source)
        return Token(Secret(text), logon.seconds)

    def _body(self, answer: Answer) -> str | None:
        value: Any = orjson.loads(checked(answer.body, self._wire.source))
        for step in self._logon.token_at:
            value = value.get(step) if isinstance(value, dict) else None
        return str(value) if isinstance(value, str | int) and value not in ("", False) else None

    def _cookie(self, answer: Answer) -> str | None:
        """Cookies come folded into one header."""
        for part in answer.headers.get("set-cookie", "").replace(",", ";").split(";"):
            name, _, value = part.strip().partition("=")
            if name == self._logon.cookie and value:
                return value
        return None
