"""The wire: one HTTP client per connector, behind one seam."""

import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from http import HTTPStatus

import aiohttp
from yarl import URL

from capabilities.errors import BadInput
from capabilities.estate import Limits
from connectors._kit import body
from connectors._kit.answer import Answer
from connectors._kit.auth import Auth, NoAuth
from connectors._kit.deadline import within
from connectors._kit.errors import TRANSPORT_FAULTS, of_transport, scrubbed
from connectors._kit.gate import Gate
from connectors._kit.logon import LogonLatch
from connectors._kit.origin import Origin, Params, is_clean

_NO_HEADERS: Mapping[str, str] = {}
_LOGGED_ON = (2, 4)  # the classes of status that a system gives after it knows who calls


class Wire:
    """HTTP to one system. Made at start inside the event loop, closed with `aclose`.

    No redirect is followed, no proxy of the environment used, no cookie kept. Credentials go to
    the base address only.
    """

    def __init__(
        self,
        source: str,
        base_url: str,
        *,
        limits: Limits | None = None,
        auth: Auth | None = None,
        latch: LogonLatch | None = None,
        headers: Mapping[str, str] = _NO_HEADERS,
    ) -> None:
        self.source = source
        self.limits = limits or Limits()
        self.origin = Origin(base_url, source)
        self.latch = latch or LogonLatch(source)
        self._auth: Auth = auth or NoAuth()
        self._headers = dict(headers)
        self._gate = Gate(source, self.limits.max_concurrent)
        self._session = _session(self.limits)

    @property
    def in_flight(self) -> int:
        """Calls that run or wait."""
        return self._gate.inside

    async def get(
        self,
        path: str,
        params: Params = (),
        headers: Mapping[str, str] = _NO_HEADERS,
        *,
        seconds: float | None = None,
    ) -> Answer:
        """The whole answer to a GET below the base; whatever its status is, it is an answer.

        `path` is quoted (see `segment`) or came from `origin.rebase`. `seconds` lowers the
        deadline of the limits; waiting for a place counts. Errors: TimedOut, Overloaded,
        Unavailable, Garbled, and Denied when a logon has failed before.
        """
        url = self.origin.url(path, params)
        sent = {**self._headers, **headers, **self._auth.headers()}
        if not all(is_clean(name) and is_clean(value) for name, value in sent.items()):
            raise BadInput("a header holds a control character")
        started = time.perf_counter()
        async with within(self._budget(seconds), self.source), self._gate.place(), self._logon():
            answer = await self._sent(URL(url, encoded=True), sent, started)
            self._learn(answer.status)
            return answer

    async def aclose(self) -> None:
        """Close every connection; calls that run fail as Unavailable."""
        await self._session.close()

    def _budget(self, seconds: float | None) -> float:
        whole = self.limits.deadline_ms / 1000
        return whole if seconds is None else min(seconds, whole)

    @asynccontextmanager
    async def _logon(self) -> AsyncIterator[None]:
        if not self._auth.logs_on:
            yield
            return
        async with self.latch.passing():
            yield

    def _learn(self, status: int) -> None:
        if not self._auth.logs_on:
            return
        if status == HTTPStatus.UNAUTHORIZED:
            self.latch.trip()
        elif status // 100 in _LOGGED_ON:
            self.latch.prove()

    async def _sent(self, url: URL, headers: Mapping[str, str], started: float) -> Answer:
        try:
            async with self._session.get(url, headers=headers, allow_redirects=False) as response:
                encoding = response.headers.get("Content-Encoding", "")
                cap = self.limits.max_body_bytes
                content = await body.read(response.content, encoding, cap, self.source)
                return Answer(
                    status=response.status,
                    headers=_folded(response),
                    body=content,
                    elapsed_ms=round((time.perf_counter() - started) * 1000),
                )
        except TRANSPORT_FAULTS as exc:
            fault, cause = of_transport(exc, self.source), scrubbed(exc)
        raise fault from cause  # outside the handler: the foreign exception is not its context


def _session(limits: Limits) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=limits.max_concurrent, ttl_dns_cache=10),
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=None),  # the deadline is over the whole call, above
        headers={"Accept-Encoding": "gzip", "User-Agent": "Santong"},
        auto_decompress=False,
        trust_env=False,
        max_line_size=8190,
        max_field_size=8190,
        max_headers=100,
    )


def _folded(response: aiohttp.ClientResponse) -> dict[str, str]:
    folded: dict[str, str] = {}
    for name, value in response.headers.items():
        key = name.lower()
        folded[key] = f"{folded[key]}, {value}" if key in folded else value
    return folded
