"""What the headers of a request say of who asks, beside her token."""

from functools import lru_cache

from capabilities.attempts import Origin, forwarded
from gateway.http.asked import Asked

_LANGUAGES = ("zh-CN", "en")


def origin_of(asked: Asked, proxy_hops: int) -> Origin:
    """Where a request came from, as far as the operator's own proxies vouch for it."""
    return Origin(
        address=forwarded(asked.peer, text_of(asked.header(b"x-forwarded-for")), proxy_hops),
        device=text_of(asked.header(b"x-santong-device")),
    )


def language_of(asked: Asked) -> str:
    """The language of messages that the client would like."""
    return _language(text_of(asked.header(b"accept-language")))


def client_header(asked: Asked) -> bytes | None:
    """What the application behind a request calls itself."""
    return asked.header(b"x-santong-client") or asked.header(b"apollographql-client-name")


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
