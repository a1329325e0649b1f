"""Keeps personal data and credentials out of log lines, whoever wrote them.

Our own lines hold none; an exception's text and a library's line may.
"""

import re
from collections.abc import Mapping
from typing import Any

_MASK = "***"
_DEEPEST = 6
# A mainland mobile as people type it: +86, spaces, dashes, full-width digits.
_PHONE = re.compile(r"(?<!\d)(?:[+＋]?86[\s-]?)?[1１][3-9３-９](?:[\s-]?\d){9}(?!\d)")
_EMAIL = re.compile(r"[\w.+%-]+(?:@|%40|＠)[\w-]+(?:\.[\w-]+)+")
_BEARER = re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]{8,}")
_JWT = re.compile(r"\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*")
# `user:password@` of a database address.
_USERINFO = re.compile(r"(?<=://)[^\s/@]+(?=@)")
# Made by us, or checked on arrival.
_OURS = frozenset({"request_id", "timestamp", "level", "ms"})


def redacted_text(text: str) -> str:
    """The text without mobile numbers, e-mail addresses and credentials."""
    text = _USERINFO.sub(_MASK, text)
    text = _BEARER.sub(rf"\1 {_MASK}", text)
    return _EMAIL.sub(_MASK, _PHONE.sub(_MASK, _JWT.sub(_MASK, text)))


def redact(logger: object, method: str, event: Mapping[str, Any]) -> dict[str, Any]:
    """A structlog processor: every value of a line, however deep, goes through the mask."""
    del logger, method
    return {
        key: value if key in _OURS or key.startswith("_") else _masked(value, _DEEPEST)
        for key, value in event.items()
    }


def _masked(value: Any, depth: int) -> Any:
    if isinstance(value, bool | float | None):
        return value
    if isinstance(value, int):
        return _MASK if redacted_text(str(value)) != str(value) else value
    if depth and isinstance(value, Mapping):
        return {redacted_text(str(key)): _masked(one, depth - 1) for key, one in value.items()}
    if depth and isinstance(value, list | tuple | set | frozenset):
        return [_masked(one, depth - 1) for one in value]
    return redacted_text(value if isinstance(value, str) else repr(value))
