"""A body as it streams in: decompressed by ourselves, so that the cap counts decoded bytes."""

import zlib

from aiohttp import StreamReader

from capabilities.errors import Garbled

TOO_LARGE = "UPSTREAM_TOO_LARGE"
_CHUNK = 64 * 1024
# gzip with its header, and zlib; what some call deflate without a header is not taken.
_WINDOW_BITS = {"gzip": 31, "x-gzip": 31, "deflate": 15}


async def read(stream: StreamReader, encoding: str, cap: int, source: str) -> bytes:
    """The decoded body; Garbled when it is larger than `cap` or not in its declared encoding."""
    encoding = encoding.strip().lower()
    if encoding in ("", "identity"):
        return await _plain(stream, cap, source)
    if encoding not in _WINDOW_BITS:
        raise Garbled("the answer is compressed in a way nobody asked for", source=source)
    return await _inflated(stream, _WINDOW_BITS[encoding], cap, source)


async def _plain(stream: StreamReader, cap: int, source: str) -> bytes:
    parts, size = [], 0
    async for chunk in stream.iter_any():
        size += len(chunk)
        if size > cap:
            raise too_large(source)
        parts.append(chunk)
    return parts[0] if len(parts) == 1 else b"".join(parts)


async def _inflated(stream: StreamReader, bits: int, cap: int, source: str) -> bytes:
    inflater = zlib.decompressobj(bits)
    body = bytearray()
    async for chunk in stream.iter_chunked(_CHUNK):
        try:
            # One byte more than the cap is enough to know that it is exceeded.
            body += inflater.decompress(chunk, cap + 1 - len(body))
        except zlib.error as exc:
            raise Garbled("the answer's compression is broken", source=source) from exc
        if len(body) > cap:
            raise too_large(source)
        if inflater.unused_data:
            break
    if not inflater.eof or inflater.unused_data:
        raise Garbled("the answer's compression is broken", source=source)
    return bytes(body)


def too_large(source: str) -> Garbled:
    """The error of an answer that is beyond the connector's cap."""
    return Garbled("the answer is larger than the connector's cap", source=source, code=TOO_LARGE)
