"""What the headers of a request say of who asks, beside her token."""

import re
from functools import lru_cache

from capabilities.attempts import Origin, forwarded
from gateway.http.asked import Asked

_LANGUAGES = ("zh-CN", "en")
_NO_LABELS: frozenset[str] = frozenset()
_LABEL = re.compile(r"[A-Za-z0-9_-]{1,40}")
_MOST_LABELS = 8


def origin_of(asked: Asked, proxy_hops: int) -> Origin:
    """Where a request came from, as far as the operator's own proxies vouch for it.

    Some proxies add to the header's line and some add a line: the client's own comes first.
    """
    told = text_of(asked.whole(b"x-forwarded-for")) if proxy_hops > 0 else None
    return Origin(
        address=forwarded(asked.peer, told, proxy_hops),
        device=text_of(asked.header(b"x-santong-device")),
    )


def language_of(asked: Asked) -> str:
    """The language of messages that the client would like."""
    return _language(text_of(asked.header(b"accept-language")))


def client_header(asked: Asked) -> bytes | None:
    """What the application behind a request calls itself."""
    return asked.header(b"x-santong-client") or asked.header(b"apollographql-client-name")


def labels_of(asked: Asked) -> frozenset[str]:
    """What a tester says she belongs to, so that she goes first where a system is being adopted.

    Words of letters, digits, - and _, with commas between them; what is none of these is passed
    over.
    """
    header = asked.header(b"x-santong-cohort")
    return _NO_LABELS if header is None else _labels(header)


@lru_cache(256)
def _labels(header: bytes) -> frozenset[str]:
    words = header.decode("latin-1").split(",")[:_MOST_LABELS]
    return frozenset(word for one in words if _LABEL.fullmatch(word := one.strip()))


def text_of(header: bytes | None) -> str | None:
    """A header as text."""
    return None if header is None else header.decode("latin-1")


@lru_cache(256)
def _language(header: str | None) -> str:
    for part in (header or "").split(","):
        tag = part.partition(";")[0].strip().lower()
        for language in _LANGUAGES:
            if tag and language.lower().startswith(tag.split("-")[0]):
                return language
    return _LANGUAGES[0]
