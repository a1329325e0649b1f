"""A session of SAP: a token against forged requests, and the cookies that it is bound to."""

import asyncio
import re
from collections.abc import Mapping
from http import HTTPStatus

from connectors._kit.answer import Answer
from connectors._kit.outcome import Reading, check_media, failure
from connectors._kit.outgoing import Method
from connectors._kit.wire import Wire

_TOKEN = "x-csrf-token"  # noqa: S105 - a header's name
# Cookies come folded into one header; a comma within a date is not followed by `name=`.
_NEXT_COOKIE = re.compile(r",\s*(?=[!#$%&'*+.^_`|~0-9A-Za-z-]+=)")
_READING = Reading(html_is_logon=True, error_code=("error", "code"))
_NO_PARAMS: Mapping[str, str] = {}


class Session:
    """Sends what is no GET: a token is fetched once, and once more when the system refuses it.

    A token is good only together with the cookies that came with it, so both are replayed. What
    was refused for its token was not done, so it may be sent again.
    """

    def __init__(self, wire: Wire, service: str, params: Mapping[str, str] = _NO_PARAMS) -> None:
        self._wire = wire
        self._service = service
        self._params = params
        self._fetching = asyncio.Lock()
        self._held: Mapping[str, str] | None = None

    async def send(
        self,
        method: Method,
        path: str,
        headers: Mapping[str, str],
        content: bytes,
        *,
        reads: bool = False,
    ) -> Answer:
        """The answer to a request below the service, whatever its status is.

        `reads` says that it changes nothing and may be made twice.
        """
        held = await self._fetched(None)
        answer = await self._sent(method, path, {**headers, **held}, content, reads=reads)
        if not _token_failed(answer):
            return answer
        held = await self._fetched(held)
        return await self._sent(method, path, {**headers, **held}, content, reads=reads)

    async def _sent(
        self, method: Method, path: str, headers: Mapping[str, str], content: bytes, *, reads: bool
    ) -> Answer:
        target = f"{self._service}/{path}"
        return await self._wire.call(
            method, target, self._params, headers, content=content, reads=reads
        )

    async def _fetched(self, failed: Mapping[str, str] | None) -> Mapping[str, str]:
        """Token and cookies, fetched by the first who needs them; all others wait for those."""
        async with self._fetching:
            if self._held is None or self._held is failed:
                self._held = await self._fetch()
            return self._held

    async def _fetch(self) -> Mapping[str, str]:
        asked = {"Accept": "application/json", "X-CSRF-Token": "Fetch"}
        answer = await self._wire.get(f"{self._service}/", self._params, asked)
        if answer.status != HTTPStatus.OK:
            raise failure(answer, _READING, self._wire.source)
        check_media(answer, _READING, self._wire.source)
        token = answer.headers.get(_TOKEN, "")
        found = {"X-CSRF-Token": token} if token else {}  # not every system has tokens
        cookies = _NEXT_COOKIE.split(answer.headers.get("set-cookie", ""))
        pairs = [cookie.partition(";")[0].strip() for cookie in cookies]
        cookie = "; ".join(pair for pair in pairs if pair)
        return {**found, "Cookie": cookie} if cookie else found


def _token_failed(answer: Answer) -> bool:
    asks_again = answer.headers.get(_TOKEN, "").lower() == "required"
    return answer.status == HTTPStatus.FORBIDDEN and asks_again
