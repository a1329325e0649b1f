"""Connections to one origin, kept open between calls."""

import asyncio
import os
import socket
import ssl
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import aiohappyeyeballs

from capabilities.estate import Limits
from capabilities.load import most_bytes
from connectors._kit.addresses import Endpoint
from connectors._kit.errors import ConnectTimeout
from connectors._kit.exchange import Exchange, Lost

_KEPT_SECONDS = 15.0
_NEXT_ADDRESS_SECONDS = 0.25
_NAME_SECONDS = 10.0

Answered = tuple[int, Mapping[str, str], bytes]


class Pool:
    """Calls to one host and port; as many connections as calls are under way at once.

    The number is not bounded here: the gate in front of it bounds the calls. A connection is used
    again until its server closes it, or for at most 15 s after its last call.
    """

    def __init__(self, source: str, place: Endpoint, *, secure: bool, limits: Limits) -> None:
        self._source = source
        self._place = place
        self._cap = limits.max_body_bytes
        self._connect_seconds = limits.connect_ms / 1000
        first = limits.first_byte_ms
        self._first_byte = None if first is None else first / 1000
        self._secure = _verifying() if secure else None
        self._found: list[Any] = []
        self._found_until = 0.0
        self._idle: list[Exchange] = []
        self._busy: set[Exchange] = set()
        self._sweeping: asyncio.TimerHandle | None = None
        self._loop = asyncio.get_running_loop()
        self._closed = False

    async def ask(self, request: bytes, *, again: bool) -> Answered:
        """The answer to one request, sent once more where a kept connection had died meanwhile.

        `again` says that the request may be sent twice. Whoever gives up closes the connection.
        """
        exchange = self._kept()
        if exchange is not None:
            try:
                return await self._asked(exchange, request)
            except Lost:
                pass
            if not again:
                raise ConnectionResetError
        try:
            return await self._asked(await self._in_time(), request)
        except Lost:
            pass
        raise ConnectionResetError

    def close(self) -> None:
        """Close every connection; calls that run fail."""
        self._closed = True
        for exchange in (*self._idle, *self._busy):
            exchange.close()
        self._idle.clear()
        self._sweep()

    async def _asked(self, exchange: Exchange, request: bytes) -> Answered:
        self._busy.add(exchange)
        try:
            answer = await exchange.ask(request, most_bytes(self._cap))
        except BaseException:
            exchange.close()
            raise
        finally:
            self._busy.discard(exchange)
        if exchange.is_open:
            exchange.idle_since = self._loop.time()
            self._idle.append(exchange)
            if self._sweeping is None:
                self._sweeping = self._loop.call_later(_KEPT_SECONDS, self._sweep)
        return answer

    def _kept(self) -> Exchange | None:
        """The connection that was used last, if it was not idle for long."""
        oldest = self._loop.time() - _KEPT_SECONDS
        while self._idle:
            exchange = self._idle.pop()
            if exchange.is_open and exchange.idle_since >= oldest:
                return exchange
            exchange.close()
        return None

    def _sweep(self) -> None:
        """Close what was idle for long, and look again when the next one will have been."""
        if self._sweeping is not None:
            self._sweeping.cancel()
            self._sweeping = None
        oldest = self._loop.time() - _KEPT_SECONDS
        while self._idle and self._idle[0].idle_since <= oldest:
            self._idle.pop(0).close()
        if self._idle:
            ends = self._idle[0].idle_since + _KEPT_SECONDS
            self._sweeping = self._loop.call_at(ends, self._sweep)

    async def _in_time(self) -> Exchange:
        """A new connection; ConnectTimeout where it does not stand in time."""
        clock = asyncio.timeout(self._connect_seconds)
        try:
            async with clock:
                return await self._opened()
        except TimeoutError as exc:
            if clock.expired():
                raise ConnectTimeout from exc
            raise

    async def _opened(self) -> Exchange:
        """A new connection; OSError when there is none."""
        sock = await self._connected()
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        options: dict[str, Any] = {}
        if self._secure is not None:
            options = {"ssl": self._secure, "server_hostname": self._place.host}
        try:
            _, exchange = await self._loop.create_connection(
                lambda: Exchange(self._source, self._cap, self._first_byte), sock=sock, **options
            )
        except BaseException:
            sock.close()
            raise
        if self._closed:
            exchange.close()
            raise ConnectionAbortedError
        return exchange

    async def _connected(self) -> socket.socket:
        """A socket to the first address that answers; names are looked up anew after a while."""
        found, self._found = self._found, []
        if self._loop.time() > self._found_until or not found:
            found = list(await self._place.lookup())
            self._found_until = self._loop.time() + _NAME_SECONDS
        sock = await aiohappyeyeballs.start_connection(
            found, happy_eyeballs_delay=_NEXT_ADDRESS_SECONDS, interleave=1
        )
        self._found = found  # only addresses that led somewhere are kept
        return sock


def _verifying() -> ssl.SSLContext:
    """The system's certificates, or those that the environment names."""
    return _context(os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))


@lru_cache(maxsize=8)
def _context(file: str | None, folder: str | None) -> ssl.SSLContext:
    """Made once: reading all certificates holds the loop up for tens of milliseconds."""
    del file, folder  # read by OpenSSL itself
    return ssl.create_default_context()
