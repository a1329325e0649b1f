"""The shop's wire: what comes in, what goes out, and how it says no."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import orjson
from msgspec import Struct

from capabilities.errors import (
    BadInput,
    ChannelError,
    Forbidden,
    LookUpsSpent,
    SantongError,
    StoreUnavailable,
    Unauthenticated,
    Unavailable,
)
from gateway.http.bad_request import BadRequest

Pairs = Sequence[tuple[str, str]]
_RETRY = {"retry-after": "1"}
# In the graph a reason lets one go on; these clients know none.
_SPENT = "this key has looked up more people than its budget allows; go on later"


class CompatRefused(SantongError):
    """A question that is not answered; `word` is what the shop's clients know it by.

    `body` is the shop's own refusal, where it is the shop that refused.
    """

    code = "COMPAT_REFUSED"

    def __init__(self, status: int, word: str, message: str, body: bytes | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.word = word
        self.body = body


class CompatAsked(Struct, frozen=True, kw_only=True):
    """One request: `url` without its query as the client wrote it, header names in small letters.

    It may hold e-mail addresses, phones and secrets: it never shows itself.
    """

    channel: str
    method: str
    resource: str
    number: str | None
    url: str
    query: Pairs
    headers: Mapping[str, str]
    body: bytes = b""

    def __repr__(self) -> str:
        return f"CompatAsked({self.method} {self.resource})"


class CompatAnswer(Struct, frozen=True):
    """One answer, as bytes; `side` says for the figures who answered."""

    status: int
    body: bytes
    headers: Mapping[str, str] = {}
    side: str = "NONE"


def document(value: Any, status: int = 200, *, side: str = "NONE") -> CompatAnswer:
    """An answer of one thing."""
    return CompatAnswer(status, orjson.dumps(value), side=side)


def no_route() -> CompatRefused:
    """There is no such address or method here."""
    message = "No route was found matching the URL and request method."
    return CompatRefused(404, "rest_no_route", message)


def wrong(name: str, told: str) -> CompatRefused:
    """A parameter or a field that is not taken; its value is never repeated."""
    return CompatRefused(400, "rest_invalid_param", f"Invalid parameter(s): {name}: {told}")


def refusal(error: SantongError) -> CompatAnswer:
    """An error of ours in the shop's words."""
    status, word = _told(error)
    if isinstance(error, CompatRefused) and error.body is not None:
        return CompatAnswer(status, error.body, side="LEGACY")
    message = _SPENT if isinstance(error, LookUpsSpent) else error.message
    body = {"code": word, "message": message, "data": {"status": status}}
    headers = _RETRY if status == HTTPStatus.SERVICE_UNAVAILABLE else {}
    return CompatAnswer(status, orjson.dumps(body), headers)


def _told(error: SantongError) -> tuple[int, str]:
    if isinstance(error, CompatRefused):
        return error.status, error.word
    if isinstance(error, BadRequest):
        return error.status, "rest_invalid_json"
    for kind, told in _WORDS.items():
        if isinstance(error, kind):
            return told
    return 500, "santong_error"


_WORDS: Mapping[type[SantongError], tuple[int, str]] = {
    Unauthenticated: (401, "woocommerce_rest_authentication_error"),
    Forbidden: (403, "woocommerce_rest_cannot_view"),
    LookUpsSpent: (429, "santong_look_ups_spent"),
    StoreUnavailable: (503, "santong_unavailable"),
    Unavailable: (503, "santong_shop_unavailable"),
    ChannelError: (502, "santong_shop_failed"),
    BadInput: (400, "rest_invalid_param"),
}
