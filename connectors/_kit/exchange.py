"""One connection of HTTP/1.1: a request goes out, one whole bounded answer comes back."""

import asyncio
from collections.abc import Mapping
from functools import lru_cache
from typing import cast

import httptools

from capabilities.errors import ChannelError, Garbled, TimedOut, Unavailable
from connectors._kit.body import Inflated, Plain, too_large
from connectors._kit.errors import scrubbed

_MOST_HEAD = 64 * 1024
_MOST_LINE = 8190
_MOST_HEADERS = 100
_MOST_INTERIM = 8
_FINAL = 200
_SWITCHING = 101
_NO_BODY = frozenset({204, 304})
_NOT_HTTP = "the answer is not HTTP"


@lru_cache(maxsize=256)
def _lower(name: bytes) -> str:
    return name.decode("latin-1").lower()


class Lost(Exception):
    """A kept connection was closed by its server before a byte of the answer came."""


class Exchange(asyncio.Protocol):
    """A connection that carries one call at a time, and is closed by everything odd.

    llhttp reads the head and the framing; sizes are bounded here, because it bounds none.
    """

    def __init__(self, source: str, cap: int, first_byte: float | None = None) -> None:
        self._source = source
        self._cap = self._most = cap
        self._first_byte = first_byte
        self._impatient: asyncio.TimerHandle | None = None
        self._transport: asyncio.Transport | None = None
        self._parser = httptools.HttpResponseParser(self)
        self._waiter: asyncio.Future[tuple[int, Mapping[str, str], bytes]] | None = None
        self._calls = 0
        self.idle_since = 0.0
        self._begin()

    @property
    def is_open(self) -> bool:
        """Whether another call can be made."""
        return self._transport is not None and not self._transport.is_closing()

    def ask(
        self, request: bytes, cap: int | None = None
    ) -> "asyncio.Future[tuple[int, Mapping[str, str], bytes]]":
        """Status, headers in lower case and decoded body; ChannelError, or Lost for a kept one.

        `cap` bounds the body of this answer, in place of that of the connection.
        """
        transport = self._transport
        if transport is None:
            raise Lost
        self._begin()
        self._most = self._cap if cap is None else cap
        self._calls += 1
        self._interim = 0
        loop = asyncio.get_running_loop()
        self._waiter = loop.create_future()
        if self._first_byte is not None:
            self._impatient = loop.call_later(self._first_byte, self._silent)
        transport.write(request)
        return self._waiter

    def close(self) -> None:
        """End the connection at once; a call that waits fails."""
        if self._transport is not None:
            self._transport.abort()

    def _begin(self) -> None:
        self._headers: dict[str, str] = {}
        self._fields = 0
        self._bare = 0  # bytes since the last that was one of a body: head, framing and trailers
        self._in_body = False
        self._until_end = False
        self._body: Plain | Inflated | None = None

    @property
    def _began(self) -> bool:
        """Whether a byte of the answer came."""
        return self._in_body or self._bare > 0

    # What the transport tells.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The connection stands."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Bytes came; without a question they are nobody's, and the connection is not trusted."""
        if self._waiter is None:
            self.close()
            return
        self._bare += len(data)
        self._heard()
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as exc:
            inner = exc.__context__
            fault = inner if isinstance(inner, ChannelError) else self._garbled(_NOT_HTTP)
            self._fail(fault, None if fault is inner else exc)
        except httptools.HttpParserUpgrade as exc:
            self._fail(self._garbled(_NOT_HTTP), exc)
        if self._waiter is not None and self._bare > _MOST_HEAD:
            self._fail(self._garbled("the answer's headers are too large"))

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone; an answer without a length ends here."""
        self._transport = None
        self._heard()
        if self._waiter is None:
            return
        if exc is None and self._until_end:
            try:
                self.on_message_complete()
            except ChannelError as fault:
                self._fail(fault)
        elif self._calls > 1 and not self._began:
            self._fail(Lost())
        else:
            part = "the answer broke off" if self._began else "the connection broke"
            self._fail(Unavailable(part, source=self._source), exc)

    # What the parser tells.

    def on_message_begin(self) -> None:
        """An answer begins; without a question it is nobody's, and never the next call's."""
        if self._waiter is None:
            self.close()

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header; what comes twice is folded, as the standard says."""
        self._fields += 1
        if self._in_body:
            return  # a trailer says nothing that we ask for
        if self._fields > _MOST_HEADERS or len(value) > _MOST_LINE or len(name) > _MOST_LINE:
            raise self._garbled("the answer's headers are too large")
        key, text = _lower(name), value.decode("latin-1")
        known = self._headers.get(key)
        self._headers[key] = text if known is None else f"{known}, {text}"

    def on_headers_complete(self) -> None:
        """The head is whole: how long the body is, and how it is written."""
        status, headers = self._parser.get_status_code(), self._headers
        if status < _FINAL:
            return
        self._in_body = True
        coding = headers.get("transfer-encoding", "").lower()
        if coding not in ("", "chunked"):
            raise self._garbled("the answer is framed in a way nobody asked for")
        length = headers.get("content-length")
        self._until_end = not coding and length is None and status not in _NO_BODY
        encoding = headers.get("content-encoding", "").strip().lower()
        if encoding in ("", "identity"):
            if length is not None and int(length) > self._most:
                raise too_large(self._source)
            self._body = Plain(self._most, self._source)
        else:
            self._body = Inflated(encoding, self._most, self._source)

    def on_body(self, data: bytes) -> None:
        """A part of the body."""
        self._bare = 0
        if self._body is not None:
            self._body.feed(data)

    def on_message_complete(self) -> None:
        """The answer is whole, unless it only said that the real one will come."""
        waiter, status = self._waiter, self._parser.get_status_code()
        if waiter is None:
            self.close()  # a second answer to one question
            return
        if status < _FINAL:
            self._next(status)
            return
        content = b"" if self._body is None else self._body.whole()
        self._waiter = None
        if not self._parser.should_keep_alive() or self._until_end:
            self.close()
        if not waiter.done():
            waiter.set_result((status, self._headers, content))

    def _next(self, status: int) -> None:
        self._interim += 1
        if status == _SWITCHING or self._interim > _MOST_INTERIM:
            raise self._garbled(_NOT_HTTP)
        self._begin()

    def _garbled(self, message: str) -> Garbled:
        return Garbled(message, source=self._source)

    def _heard(self) -> None:
        """The first byte came, or none will."""
        if self._impatient is not None:
            self._impatient.cancel()
            self._impatient = None

    def _silent(self) -> None:
        self._impatient = None
        self._fail(TimedOut("no first byte in time", source=self._source))

    def _fail(self, fault: Exception, cause: Exception | None = None) -> None:
        waiter, self._waiter = self._waiter, None
        self.close()
        if waiter is None or waiter.done():
            return
        if cause is not None:
            fault.__cause__ = scrubbed(cause)
        fault.__context__ = None
        waiter.set_exception(fault)
