"""A server of SQL Server's protocol that keeps what it was sent and answers bytes as recorded.

It knows no SQL: [MS-TDS] 2.2, as far as a login and sp_executesql need it.
"""

import asyncio
import struct
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

_PRELOGIN, _LOGIN, _BATCH, _RPC, _ANSWER = 0x12, 0x10, 0x01, 0x03, 0x04
_CHINESE = bytes.fromhex("0408d00000")  # Chinese_PRC_CI_AS: code page 936
_READ_ONLY_INTENT = 0x20
_TYPE_FLAGS = 26


class Column:
    """A column of an answer, and how its values are written."""

    def __init__(self, name: str, kind: bytes, write: Callable[[Any], bytes]) -> None:
        self.name = name
        self.kind = kind
        self.write = write


def integer(name: str) -> Column:
    return Column(name, b"\x26\x04", _sized(lambda value: struct.pack("<i", value)))


def varchar(name: str) -> Column:
    """Bytes as they lie in the table."""
    kind = b"\xa7" + struct.pack("<H", 200) + _CHINESE
    return Column(name, kind, _long(lambda value: value))


def nvarchar(name: str) -> Column:
    kind = b"\xe7" + struct.pack("<H", 400) + _CHINESE
    return Column(name, kind, _long(lambda value: value.encode("utf-16-le")))


def varbinary(name: str) -> Column:
    return Column(name, b"\xa5" + struct.pack("<H", 200), _long(lambda value: value))


def datetime_ticks(name: str) -> Column:
    """Days since 1900 and ticks of 1/300 s."""
    return Column(name, b"\x6f\x08", _sized(lambda value: struct.pack("<iI", *value)))


def money(name: str) -> Column:
    """Ten-thousandths, the high half first."""

    def write(value: Decimal) -> bytes:
        whole = int(value * 10_000)
        return struct.pack("<iI", whole >> 32, whole & 0xFFFFFFFF)

    return Column(name, b"\x6e\x08", _sized(write))


def real(name: str) -> Column:
    return Column(name, b"\x6d\x04", _sized(lambda value: struct.pack("<f", value)))


def _sized(write: Callable[[Any], bytes]) -> Callable[[Any], bytes]:
    def written(value: Any) -> bytes:
        if value is None:
            return b"\0"
        found = write(value)
        return bytes([len(found)]) + found

    return written


def _long(write: Callable[[Any], bytes]) -> Callable[[Any], bytes]:
    def written(value: Any) -> bytes:
        if value is None:
            return b"\xff\xff"
        found = write(value)
        return struct.pack("<H", len(found)) + found

    return written


def table(columns: Sequence[Column], rows: Sequence[Sequence[Any]]) -> bytes:
    """The tokens of an answer."""
    heads = b"".join(
        struct.pack("<IH", 0, 9)
        + column.kind
        + bytes([len(column.name)])
        + column.name.encode("utf-16-le")
        for column in columns
    )
    lines = b"".join(
        b"\xd1" + b"".join(column.write(value) for column, value in zip(columns, row, strict=True))
        for row in rows
    )
    return b"\x81" + struct.pack("<H", len(columns)) + heads + lines + _done(0x10, len(rows))


def error(number: int, severity: int = 16, text: str = "private-139") -> bytes:
    body = (
        struct.pack("<iBB", number, 1, severity)
        + struct.pack("<H", len(text))
        + text.encode("utf-16-le")
        + b"\0\0"
        + struct.pack("<i", 1)
    )
    return b"\xaa" + struct.pack("<H", len(body)) + body + _done(0x02, 0)


def routing(host: str, port: int) -> bytes:
    """A login that is accepted and sent elsewhere."""
    name = host.encode("utf-16-le")
    place = struct.pack("<BHH", 0, port, len(host)) + name
    body = b"\x14" + struct.pack("<H", len(place)) + place + b"\0\0"
    return _accepted() + b"\xe3" + struct.pack("<H", len(body)) + body + _done(0, 0)


def _done(status: int, count: int) -> bytes:
    return b"\xfd" + struct.pack("<HHQ", status, 0, count)


class Till:
    """One server; `answer` says what a statement gets, and None that nothing comes."""

    def __init__(self) -> None:
        self.answer: Callable[[str], bytes | None] = lambda _: table([integer("value")], [(1,)])
        self.refusal: bytes | None = None
        self.batches: list[str] = []
        self.calls: list[tuple[str, str, bytes]] = []
        self.logins: list[bytes] = []
        self.peers: list[asyncio.StreamWriter] = []

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        self.url = f"sqlserver://reader@127.0.0.1:{self.port}/till"

    async def stop(self) -> None:
        self._server.close()
        for peer in self.peers:
            peer.close()
        await self._server.wait_closed()

    @property
    def intends_to_read(self) -> bool:
        return all(login[_TYPE_FLAGS] & _READ_ONLY_INTENT for login in self.logins)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.peers.append(writer)
        try:
            while True:
                kind, body = await _packet(reader)
                answer = self._answered(kind, body)
                if answer is not None:
                    writer.write(_framed(answer))
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    def _answered(self, kind: int, body: bytes) -> bytes | None:
        if kind == _PRELOGIN:
            return _prelogin()
        if kind == _LOGIN:
            self.logins.append(body)
            return self.refusal or _welcome()
        rest = body[struct.unpack_from("<I", body)[0] :]
        if kind == _BATCH:
            self.batches.append(rest.decode("utf-16-le"))
            told = self.batches[-1].startswith(("SET ", "use "))
            return _done(0, 0) if told else self.answer(self.batches[-1])
        if kind == _RPC:
            assert rest[:4] == b"\xff\xff\x0a\x00", "sp_executesql"
            text, rest = _text(rest[6:])
            definition, rest = _text(rest)
            self.calls.append((text, definition, rest))
            return self.answer(text)
        return _done(0x20, 0)  # an attention, confirmed


async def _packet(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    body = b""
    while True:
        kind, status, length = struct.unpack(">BBH4x", await reader.readexactly(8))
        body += await reader.readexactly(length - 8)
        if status & 1:
            return kind, body


def _framed(body: bytes) -> bytes:
    size = 4000
    parts = [body[start : start + size] for start in range(0, len(body), size)]
    return b"".join(
        struct.pack(">BBHHBB", _ANSWER, part is parts[-1], len(part) + 8, 0, 1, 0) + part
        for part in parts
    )


def _prelogin() -> bytes:
    values = [(0, b"\x0f\0\0\0\0\0"), (1, b"\x02"), (2, b"\0"), (3, b""), (4, b"\0")]
    place, heads, bodies = 5 * len(values) + 1, b"", b""
    for token, value in values:
        heads += struct.pack(">BHH", token, place + len(bodies), len(value))
        bodies += value
    return heads + b"\xff" + bodies


def _welcome() -> bytes:
    return _accepted() + _done(0, 0)


def _accepted() -> bytes:
    name = "Microsoft SQL Server"
    body = b"\x01" + bytes.fromhex("74000004") + bytes([len(name)]) + name.encode("utf-16-le")
    body += bytes.fromhex("0f000000")
    return b"\xad" + struct.pack("<H", len(body)) + body


def _text(data: bytes) -> tuple[str, bytes]:
    """A nameless parameter of nvarchar(max): type, collation, length, chunks."""
    assert data[:3] == b"\0\0\xe7", "an nvarchar without a name"
    rest, found = data[10 + 8 :], b""
    while size := struct.unpack_from("<I", rest)[0]:
        found, rest = found + rest[4 : 4 + size], rest[4 + size :]
    return found.decode("utf-16-le"), rest[4:]
