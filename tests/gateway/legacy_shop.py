"""A small REST shop with orders, and every way in which such a thing may answer something else."""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

ROWS = 12
_BEGAN = datetime(2026, 5, 1, 8, tzinfo=UTC)


def rows() -> list[dict[str, Any]]:
    return [
        {
            "id": str(1000 + number),
            "origin": "here",
            "state": "open" if number % 2 else "done",
            "created": (_BEGAN + timedelta(hours=number)).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "total": f"{number}.50",
            "items": [{"pos": "1", "sku": f"S-{number}", "qty": "2", "tags": {"a": [1]}}],
            "buyer": {"name": {"first": ["x"]}, "phone": "13912345678"},
            "flag": True,
            "void": None,
        }
        for number in range(ROWS)
    ]


def answer(target: str) -> list[dict[str, Any]]:
    """Rows as the shop finds them: by ids, or a window in order."""
    asked = {name: values[-1] for name, values in parse_qs(urlsplit(target).query).items()}
    found = sorted(rows(), key=lambda row: row["created"], reverse=asked.get("dir") == "desc")
    if "ids" in asked:
        found = [row for row in found if row["id"] in asked["ids"].split(",")]
    found = [row for row in found if asked.get("since", "") <= row["created"]]
    found = [row for row in found if row["created"] <= asked.get("until", "9")]
    skip = int(asked.get("skip", 0))
    return found[skip : skip + int(asked.get("limit", 100))]


def _with(head: str, body: bytes) -> bytes:
    return f"HTTP/1.1 {head}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


def _json(body: bytes, status: str = "200 OK", kind: str = "application/json") -> bytes:
    return _with(f"{status}\r\nContent-Type: {kind}", body)


# Made once: the shop shares its loop with the gateway that is measured.
_NESTED = _json(b"[" * 5000 + b"]" * 5000)
_LARGE = _json(b"[" + b"0," * 5_000_000 + b"0]")
_BOMB = _with(
    "200 OK\r\nContent-Type: application/json\r\nContent-Encoding: gzip",
    gzip.compress(b"[" + b" " * 20_000_000 + b"]"),
)
_ANSWERS: dict[str, Callable[[list[Any]], bytes]] = {
    "html": lambda _: _json(b"<html>busy</html>", kind="text/html"),
    "empty": lambda _: _json(b""),
    "null": lambda _: _json(b"null"),
    "object": lambda found: _json(json.dumps({"data": found}).encode()),
    "numbers": lambda _: _json(b"[1, 2, 3]"),
    "texts": lambda _: _json(b'["a", "b"]'),
    "nested": lambda _: _NESTED,
    "cut": lambda found: _json(json.dumps(found).encode()[:-7]),
    "twice": lambda _: _json(b'[{"id": "1", "id": "2"}]'),
    "latin": lambda _: _json(b'[{"id": "\xff\xfe"}]'),
    "nan": lambda _: _json(b'[{"id": "1", "created": "2026-05-01T08:00:00Z", "total": NaN}]'),
    "status500": lambda _: _json(b"{}", "500 Oops"),
    "status404": lambda _: _json(b"{}", "404 Not Found"),
    "status401": lambda _: _json(b"{}", "401 Unauthorized"),
    "status429": lambda _: _json(b"{}", "429 Slow Down\r\nRetry-After: 86400"),
    "redirect": lambda _: _with("302 Found\r\nLocation: http://169.254.169.254/", b""),
    "large": lambda _: _LARGE,
    "gzip": lambda _: _BOMB,
    "wrongtype": lambda found: _json(json.dumps([{**one, "id": {}} for one in found]).encode()),
    "ok": lambda found: _json(json.dumps(found).encode()),
}


@asynccontextmanager
async def legacy_shop() -> AsyncIterator[str]:
    """The shop's address; the first part of a path says how it answers."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                target = head.split(b" ")[1].decode()
                await _answered(target, writer)
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # the caller went away, or the shop closes
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()


async def _answered(target: str, writer: asyncio.StreamWriter) -> None:
    mode, _, rest = target.lstrip("/").partition("/")
    if mode == "close":
        raise ConnectionResetError
    if mode == "hang":
        await asyncio.sleep(1)
    if mode == "drip":
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n")
        for _ in range(8):
            writer.write(b"X: y\r\n")
            await writer.drain()
            await asyncio.sleep(0.1)
    known = rest.partition("?")[0] == "orders"
    found = answer(target) if known else []
    writer.write(_ANSWERS.get(mode, _ANSWERS["ok"])(found) if known else _ANSWERS["status404"]([]))
    await writer.drain()
