"""The wire: one HTTP client per connector, behind one seam."""

import asyncio
import time
from collections.abc import Callable, Mapping
from functools import partial
from http import HTTPStatus

from capabilities.errors import Denied, Unavailable
from capabilities.estate import Limits
from connectors._kit.answer import Answer
from connectors._kit.auth import Auth, NoAuth
from connectors._kit.errors import of_transport, scrubbed
from connectors._kit.heads import Heads
from connectors._kit.origin import Origin, Params, pairs
from connectors._kit.origin import form as form_body
from connectors._kit.outcome import ill
from connectors._kit.outgoing import Method, Outgoing, Prover
from connectors._kit.pool import Answered, Pool
from connectors._kit.upstream import Upstream

Verdict = Callable[[Answered, str], Unavailable | None]

_NO_HEADERS: Mapping[str, str] = {}
_ILL = 429  # no status below it says that the system is ill
_FORM = "application/x-www-form-urlencoded"
_LOGGED_ON = (2, 4)  # the classes of status that a system gives after it knows who calls


def ill_by_status(answered: Answered, source: str) -> Unavailable | None:
    """The fault that an answer is of the system itself, where its status says so."""
    status, headers, _ = answered
    return ill(status, headers, source)


class Wire:
    """HTTP to one system. Made at start inside the event loop, closed with `aclose`.

    No redirect is followed, no proxy of the environment used, no cookie kept. Credentials go to
    the base address only, and the address that was checked is the one that is connected to.
    """

    def __init__(
        self,
        source: str,
        base_url: str,
        *,
        limits: Limits | None = None,
        auth: Auth | None = None,
        upstream: Upstream | None = None,
        headers: Mapping[str, str] = _NO_HEADERS,
        prover: Prover | None = None,
        verdict: Verdict = ill_by_status,
    ) -> None:
        self.source = source
        self.upstream = upstream or Upstream(source, limits)
        self.limits = self.upstream.limits
        self.origin = at = Origin(base_url, source)
        self.latch = self.upstream.latch
        self._auth: Auth = auth or NoAuth()
        self.prover = prover
        self._ill = verdict
        self._logs_on = self._auth.logs_on or prover is not None
        self._heads = Heads(at.authority, headers, self._auth)
        place = self.upstream.endpoint(at.host, at.port, usual=443 if at.secure else 80)
        self._pool = Pool(source, place, secure=at.secure, limits=self.limits)

    @property
    def in_flight(self) -> int:
        """Calls that run or wait."""
        return self.upstream.gate.inside

    async def get(
        self,
        path: str,
        params: Params = (),
        headers: Mapping[str, str] = _NO_HEADERS,
        *,
        seconds: float | None = None,
    ) -> Answer:
        """The whole answer to a GET below the base; see `call`."""
        return await self.call("GET", path, params, headers, seconds=seconds)

    async def call(
        self,
        method: Method,
        path: str,
        params: Params = (),
        headers: Mapping[str, str] = _NO_HEADERS,
        *,
        content: bytes | None = None,
        form: Params | None = None,
        reads: bool = False,
        seconds: float | None = None,
    ) -> Answer:
        """The whole answer to a request below the base; whatever its status is, it is an answer.

        `path` is quoted (see `segment`) or came from `origin.rebase`. `seconds` lowers the
        deadline of the limits; waiting for a place counts. `form` are parameters that are the body.
        `reads` says of a POST that it may be made twice, as every GET. Errors: TimedOut,
        Overloaded, CircuitOpen, Unavailable, Garbled, and Denied when a logon has failed before.
        """
        if form is not None:
            headers = {**headers, "Content-Type": _FORM}
        again, started = method == "GET" or reads, time.perf_counter()
        proof: list[object] = []
        if self.prover is None:
            content = content if form is None else form_body(form)
            target = self.origin.target(path, params)
            request = self._request(method, target, self._heads.lines(headers), content)
            send = partial(self._ask, request, again=again)
        else:
            asked = self._outgoing(method, path, params, headers, content, form)
            send = partial(self._shown, self.prover, asked, proof, again=again)
        status, fields, body = await self.upstream.call(
            send, seconds=seconds, again=again, logs_on=self._logs_on, verdict=self._verdict
        )
        elapsed = round((time.perf_counter() - started) * 1000)
        shown = proof[-1] if proof else None
        return Answer(status=status, headers=fields, body=body, elapsed_ms=elapsed, shown=shown)

    def renews(self, answer: Answer) -> bool:
        """The body says that the proof ended; whether the call may be made again, once."""
        return self.prover is not None and self.prover.ended(answer.shown)

    async def aclose(self) -> None:
        """Close every connection; calls that run fail as Unavailable."""
        self._pool.close()
        if self.prover is not None:
            await self.prover.aclose()
        await asyncio.sleep(0)  # transports end in the loop's next turn

    def _outgoing(
        self,
        method: Method,
        path: str,
        params: Params,
        headers: Mapping[str, str],
        content: bytes | None,
        form: Params | None,
    ) -> Outgoing:
        return Outgoing(
            method=method,
            url=self.origin.url(path),
            path=path,
            params=pairs(params),
            headers=headers,
            content=content,
            form=None if form is None else pairs(form),
        )

    async def _shown(
        self, prover: Prover, asked: Outgoing, proof: list[object], *, again: bool
    ) -> Answered:
        """A call with a proof that is made for it; one that ended is made anew, once."""
        for last in (False, True):
            try:
                ready, shown = await prover.proven(asked)
            except Denied:
                self.latch.trip()
                raise
            proof.append(shown)
            content = ready.content if ready.form is None else form_body(ready.form)
            target = self.origin.target(ready.path, ready.params)
            lines = self._heads.fresh(ready.headers)
            request = self._request(ready.method, target, lines, content)
            answered = await self._sent(request, again=again)
            if answered[0] != HTTPStatus.UNAUTHORIZED or last or not prover.ended(shown):
                break
        self._judge(answered[0])
        return answered

    @staticmethod
    def _request(method: str, target: str, lines: str, content: bytes | None) -> bytes:
        if content is None:
            return f"{method} {target} HTTP/1.1\r\n{lines}\r\n".encode()
        length = f"Content-Length: {len(content)}\r\n"
        return f"{method} {target} HTTP/1.1\r\n{lines}{length}\r\n".encode() + content

    async def _ask(self, request: bytes, *, again: bool) -> Answered:
        """One call; where it shows a credential, its status says whether that is right."""
        answered = await self._sent(request, again=again)
        if self._auth.logs_on:
            self._judge(answered[0])
        return answered

    def _judge(self, status: int) -> None:
        if status == HTTPStatus.UNAUTHORIZED:
            self.latch.trip()
        elif status // 100 in _LOGGED_ON:
            self.latch.prove()

    def _verdict(self, answered: Answered) -> Unavailable | None:
        """What an answer says of the system's health, whatever its protocol makes of it."""
        return None if answered[0] < _ILL else self._ill(answered, self.source)

    async def _sent(self, request: bytes, *, again: bool) -> Answered:
        try:
            return await self._pool.ask(request, again=again)
        except OSError as exc:
            fault, cause = of_transport(exc, self.source), scrubbed(exc)
        raise fault from cause  # outside the handler: the foreign exception is not its context
