"""What an answer means: the one place where status and body become a result or an error."""

import math
import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any, TypeVar

import orjson
from msgspec import Struct

from capabilities.errors import ChannelError, Denied, Garbled, Overloaded, Refused, Unavailable
from connectors._kit import xml
from connectors._kit.answer import Answer
from connectors._kit.strict_json import Decoder

T = TypeVar("T")

_PLAIN_CODE = re.compile(r"[A-Za-z0-9_/.-]{1,60}")
_LONGEST_PAUSE = 3600.0
_HTML = ("text/html", "application/xhtml+xml")
_XML = ("application/xml", "text/xml", "application/atom+xml")
_PAGE = re.compile(
    rb"(?:\xef\xbb\xbf)?\s{0,200}<(?:!doctype\s|html|head|body|script|!--)", re.IGNORECASE
)
_STATUS: Mapping[int, type[ChannelError]] = {
    401: Denied,
    403: Denied,
    407: Denied,
    408: Unavailable,
    429: Overloaded,
}
_CLASSES: Mapping[int, type[ChannelError]] = {3: Garbled, 4: Refused, 5: Unavailable}
_SERVER = 5
NOT_FOUND = frozenset({404, 204})


class Reading(Struct, frozen=True, kw_only=True):
    """How a system's answers are read; what differs between systems stands in their manifests.

    `error_code` is the path to the code in an error body, also in one that comes with status 200.
    `html_is_logon` says that an HTML page in place of JSON asks for a logon, and `logon_marks` are
    words of a redirect's target that say the same.
    """

    charset: str = "utf-8"
    content_types: frozenset[str] = frozenset({"application/json"})
    error_code: tuple[str, ...] = ("code",)
    html_is_logon: bool = False
    logon_marks: tuple[str, ...] = ("login", "logon", "signin", "saml")


def result(answer: Answer, decoder: Decoder[T], reading: Reading, source: str) -> T:
    """The typed body of a success; every other answer raises."""
    if answer.status not in (200, 201, 203):
        raise failure(answer, reading, source)
    check_media(answer, reading, source)
    try:
        return decoder.decode(answer.body, source, reading.charset)
    except Garbled:
        code = error_code(answer, reading)
        if code is None:
            raise
    raise Refused(f"{source} answered {answer.status} with error {code}", source=source)


def found(answer: Answer, decoder: Decoder[T], reading: Reading, source: str) -> T | None:
    """As `result`, with None where the system says that there is no such thing (404, 204)."""
    return None if answer.status in NOT_FOUND else result(answer, decoder, reading, source)


def failure(answer: Answer, reading: Reading, source: str) -> ChannelError:
    """The error that a status is."""
    code = error_code(answer, reading)
    message = f"{source} answered {answer.status}" + (f" ({code})" if code else "")
    kind = _STATUS.get(answer.status) or _CLASSES.get(answer.status // 100, Garbled)
    pause = retry_after(answer.headers)
    if kind is Overloaded or (
        answer.status == HTTPStatus.SERVICE_UNAVAILABLE and pause is not None
    ):
        return Overloaded(message, source=source, retry_after_seconds=pause)
    if kind is Garbled and _asks_for_logon(answer.headers.get("location", ""), reading):
        kind = Denied
    return kind(message, source=source)


def ill(status: int, headers: Mapping[str, str], source: str) -> Unavailable | None:
    """The fault that a status is of the system itself, not of what it was asked; None for none."""
    if status == HTTPStatus.TOO_MANY_REQUESTS or (
        status == HTTPStatus.SERVICE_UNAVAILABLE and "retry-after" in headers
    ):
        pause = retry_after(headers)
        return Overloaded(f"{source} answered {status}", source=source, retry_after_seconds=pause)
    if status // 100 == _SERVER:
        return Unavailable(f"{source} answered {status}", source=source)
    return None


def error_code(answer: Answer, reading: Reading) -> str | None:
    """The upstream's own error code, if the body has a plain short one where it belongs."""
    if not reading.error_code:
        return None
    try:
        code = _code_of_xml(answer) if _media(answer) in _XML else _code_of_json(answer, reading)
    except (ValueError, Garbled):
        return None
    return code if code is not None and _PLAIN_CODE.fullmatch(code) else None


def _code_of_json(answer: Answer, reading: Reading) -> str | None:
    value: Any = orjson.loads(answer.body.removeprefix(b"\xef\xbb\xbf"))
    for step in reading.error_code:
        value = value.get(step) if isinstance(value, dict) else None
    return str(value) if isinstance(value, str | int) else None


def _code_of_xml(answer: Answer) -> str | None:
    """The first `code` directly below an `error`, whatever the name space."""
    root = xml.parse(answer.body)
    return root.findtext("{*}code") if xml.name(root) == "error" else None


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds of Retry-After, at most an hour; None where it makes no sense."""
    raw = headers.get("retry-after", "").strip()
    try:
        seconds = float(raw) if raw.isascii() and raw.isdigit() else _until(raw, headers)
    except (ValueError, TypeError, OverflowError):
        return None
    return min(seconds, _LONGEST_PAUSE) if math.isfinite(seconds) and seconds >= 0 else None


def _until(raw: str, headers: Mapping[str, str]) -> float:
    """A date is read by the clock of the system that wrote it."""
    end, now = parsedate_to_datetime(raw), parsedate_to_datetime(headers.get("date", ""))
    return (end - now).total_seconds()


def _media(answer: Answer) -> str:
    return answer.headers.get("content-type", "").partition(";")[0].strip().lower()


def check_media(answer: Answer, reading: Reading, source: str) -> None:
    """Denied for a page that asks for a logon, Garbled for any other kind of body."""
    media = _media(answer)
    if media in _HTML or _PAGE.match(answer.body):
        kind = Denied if reading.html_is_logon else Garbled
        raise kind(f"{source} answered {answer.status} with a page, not JSON", source=source)
    if media not in reading.content_types and not media.endswith("+json"):
        raise Garbled(f"{source} answered {answer.status} with another content type", source=source)
    for parameter in answer.headers.get("content-type", "").lower().split(";")[1:]:
        name, _, value = parameter.partition("=")
        charset = value.strip().strip('"')
        if name.strip() == "charset" and charset not in (reading.charset, "us-ascii"):
            raise Garbled(f"{source} answered in another charset", source=source)


def _asks_for_logon(location: str, reading: Reading) -> bool:
    target = location.lower()
    return any(mark in target for mark in reading.logon_marks)
