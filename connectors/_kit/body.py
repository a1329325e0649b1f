"""A body as it streams in: decompressed by ourselves, so that the cap counts decoded bytes."""

import zlib

from capabilities.errors import Garbled

TOO_LARGE = "UPSTREAM_TOO_LARGE"
# gzip with its header, and zlib; what some call deflate without a header is not taken.
_WINDOW_BITS = {"gzip": 31, "x-gzip": 31, "deflate": 15}


class Plain:
    """A body that is what it is."""

    __slots__ = ("_cap", "_parts", "_size", "_source")

    def __init__(self, cap: int, source: str) -> None:
        self._cap = cap
        self._source = source
        self._size = 0
        self._parts: list[bytes] = []

    def feed(self, part: bytes) -> None:
        """Take a part; Garbled when the body is larger than its cap."""
        self._size += len(part)
        if self._size > self._cap:
            raise too_large(self._source)
        self._parts.append(part)

    def whole(self) -> bytes:
        """All of it."""
        return self._parts[0] if len(self._parts) == 1 else b"".join(self._parts)


class Inflated:
    """A compressed body; Garbled when it is larger than `cap` or not in its declared encoding."""

    __slots__ = ("_body", "_cap", "_inflater", "_source")

    def __init__(self, encoding: str, cap: int, source: str) -> None:
        if encoding not in _WINDOW_BITS:
            raise Garbled("the answer is compressed in a way nobody asked for", source=source)
        self._inflater = zlib.decompressobj(_WINDOW_BITS[encoding])
        self._body = bytearray()
        self._cap = cap
        self._source = source

    def feed(self, part: bytes) -> None:
        """Take a part of the compressed body."""
        if self._inflater.unused_data:
            raise self._broken()
        try:
            # One byte more than the cap is enough to know that it is exceeded.
            self._body += self._inflater.decompress(part, self._cap + 1 - len(self._body))
        except zlib.error:
            broken = True
        else:
            broken = False
        if broken:
            raise self._broken()
        if len(self._body) > self._cap:
            raise too_large(self._source)

    def whole(self) -> bytes:
        """All of it, decoded; Garbled when it was cut, or something stands behind it."""
        if not self._inflater.eof or self._inflater.unused_data:
            raise self._broken()
        return bytes(self._body)

    def _broken(self) -> Garbled:
        return Garbled("the answer's compression is broken", source=self._source)


def too_large(source: str) -> Garbled:
    """The error of an answer that is beyond the connector's cap."""
    return Garbled("the answer is larger than the connector's cap", source=source, code=TOO_LARGE)
