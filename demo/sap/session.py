"""Sessions with a token against forged requests; a token is good with its own cookies only."""

import hmac
import secrets
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

_SESSION: Final = "SAP_SESSIONID_S4H_100"
_CONTEXT: Final = "sap-usercontext"
_TOKEN: Final = "x-csrf-token"  # noqa: S105 - a header's name
_MOST: Final = 1_000


class Sessions:
    """Open sessions and their tokens."""

    def __init__(self) -> None:
        self._tokens: dict[str, str] = {}

    def offer(self, request: Request, response: Response) -> None:
        """Give a token to who asks for one: that of her session, or of a new one."""
        if request.headers.get(_TOKEN, "").lower() != "fetch":
            return
        session = request.cookies.get(_SESSION, "")
        if session not in self._tokens:
            if len(self._tokens) >= _MOST:
                self._tokens.pop(next(iter(self._tokens)))
            session = secrets.token_urlsafe(16)
            self._tokens[session] = secrets.token_urlsafe(16) + "=="
            response.headers.append("set-cookie", f"{_CONTEXT}=sap-client=100; path=/")
            response.headers.append("set-cookie", f"{_SESSION}={session}; path=/; HttpOnly")
        response.headers[_TOKEN] = self._tokens[session]

    def holds(self, request: Request) -> bool:
        """Whether a request has the token of its own session."""
        token = self._tokens.get(request.cookies.get(_SESSION, ""), "")
        given = request.headers.get(_TOKEN, "")
        return bool(token) and hmac.compare_digest(token.encode(), given.encode())

    def expire(self) -> int:
        """New tokens for all sessions, which go on; how many there are."""
        self._tokens = {session: secrets.token_urlsafe(16) + "==" for session in self._tokens}
        return len(self._tokens)

    def end(self) -> int:
        """End all of them, as a restart does; how many there were."""
        ended = len(self._tokens)
        self._tokens.clear()
        return ended
