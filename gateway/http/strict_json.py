"""JSON as its promise says: UTF-8, no key twice, no number beyond reading, no half of a character.

How duplicate keys are found, and why connectors have a reader of their own, is explained in
docs/decisions/raw-endpoint.md.
"""

import json
from typing import Any

import msgspec

from gateway.http.bad_request import BadRequest

_decode = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder().encode
_NUL = b"\\u0000"
# A colon that is written as an escape could make up for one that got lost with its key.
_ESCAPED_COLON = (b"\\u003a", b"\\u003A")


def strict_json(body: bytes) -> Any:
    """The value of a JSON text; BadRequest when it breaks a rule of this module."""
    try:
        # msgspec refuses NaN, infinities, numbers beyond a double, lone surrogates, control
        # characters, a byte order mark and trailing text, and reads whole numbers exactly.
        value = _decode(body)
        if body.count(b":") != _encode(value).count(b":") or any(
            one in body for one in _ESCAPED_COLON
        ):
            json.loads(body, object_pairs_hook=_no_duplicates)
    except (msgspec.DecodeError, ValueError, RecursionError) as exc:
        raise BadRequest("the body is no strict JSON in UTF-8", 400, "BAD_JSON") from exc
    if _NUL in body:
        # No store of ours or theirs keeps one.
        raise BadRequest("a text holds NUL", 400, "BAD_JSON")
    return value


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found
