"""A call of Tmall's: proved by its signature, and read."""

import hmac
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from urllib.parse import parse_qsl

from msgspec import Struct

from capabilities.errors import SantongError
from connectors._kit.secrets import Secret
from connectors._kit.signatures import TOP_CALLED
from gateway.http.bad_request import BadRequest
from gateway.http.strict_json import strict_json
from gateway.tmall.declared import Declared

BEIJING = timezone(timedelta(hours=8))
WINDOW = timedelta(minutes=10)
_SIGN, _SIGN_LIST = "sign", "top-sign-list"
_FORM = "application/x-www-form-urlencoded"
_TIME = "%Y-%m-%d %H:%M:%S"
_LONGEST = 200
_PARAMETERS = 200
_MILLISECONDS = 11  # a moment with more digits is in milliseconds


class TmallRefused(SantongError):
    """A call that is not taken; `status` is what its sender is answered with."""

    code = "TMALL_REFUSED"

    def __init__(self, message: str, code: str, status: int) -> None:
        super().__init__(message, code=code)
        self.status = status


class Called(Struct, frozen=True, kw_only=True):
    """A request as it came: header names in small letters, and the body's own bytes."""

    query: Sequence[tuple[str, str]]
    headers: Mapping[str, str]
    body: bytes

    def __repr__(self) -> str:
        return "Called(***)"


class Call(Struct, frozen=True, kw_only=True):
    """A proven call: what is asked, when it was sent, and of whom. It never shows itself.

    `ouid` is the buyer in this shop, `omid` she in all shops of the brand.
    """

    method: str
    sent_at: datetime
    seller: str | None = None
    ouid: str | None = None
    omid: str | None = None
    nick: str | None = None
    mobile: str | None = None
    joined_at: datetime | None = None

    def __repr__(self) -> str:
        return f"Call({self.method})"

    @property
    def number(self) -> str | None:
        """The natural key of her membership in this channel."""
        return self.ouid or self.omid


def heard(called: Called, declared: Declared, secrets: Sequence[Secret], now: datetime) -> Call:
    """The call, once its signature, its time and its sender are proven; TmallRefused."""
    form = _form(called)
    params = [*called.query, *form]
    given = dict(params)
    if len(given) != len(params):
        raise _not_signed()
    _prove(called, declared, secrets, params)
    sent_at = _moment(given.get("timestamp"))
    if sent_at is None or abs(now - sent_at) > WINDOW:
        raise TmallRefused("the call is too old or too new", "TMALL_STALE", 401)
    call = _read(declared, given, given if form else _object(called.body), sent_at)
    if declared.seller is not None and call.seller != declared.seller:
        raise TmallRefused("the call is of another shop", "TMALL_SELLER", 403)
    return call


def _prove(
    called: Called,
    declared: Declared,
    secrets: Sequence[Secret],
    params: Sequence[tuple[str, str]],
) -> None:
    """Headers that the caller lists are covered, and a body that is no form."""
    given = dict(params)
    listed = [name for name in called.headers.get(_SIGN_LIST, "").split(",") if name]
    covered = [pair for pair in params if pair[0] != _SIGN]
    covered += [(name, called.headers.get(name.lower(), "")) for name in listed]
    body = b"" if _is_form(called) else called.body
    sign = TOP_CALLED.get(given.get("sign_method", "md5"))
    shown = given.get(_SIGN, "").encode()
    known = [] if sign is None else [sign(covered, body, one.reveal()) for one in secrets]
    # Every secret is tried, so that the time says nothing of which one it was.
    proven = True in [hmac.compare_digest(shown, one.encode()) for one in known]
    if not proven or given.get("app_key") != declared.app_key:
        raise _not_signed()


def _read(
    declared: Declared, params: Mapping[str, str], told: Mapping[str, Any], sent_at: datetime
) -> Call:
    return Call(
        method=params.get("method", ""),
        sent_at=sent_at,
        seller=_text(told, "seller_name"),
        ouid=_text(told, "ouid"),
        omid=_text(told, "omid"),
        nick=_text(told, "nick"),
        mobile=_text(told, "mobile"),
        joined_at=_moment(_text(told, declared.joined_at)),
    )


def _text(told: Mapping[str, Any], name: str) -> str | None:
    """A text or a number as a text; None where nothing usable stands there."""
    found = told.get(name)
    if isinstance(found, bool) or not isinstance(found, str | int):
        return None
    text = str(found).strip()
    return text if 0 < len(text) <= _LONGEST and text.isprintable() else None


def _moment(text: str | None) -> datetime | None:
    """A time as Tmall writes it: Beijing's, or milliseconds."""
    if text is None:
        return None
    try:
        if text.isascii() and text.isdigit():
            scale = 1000 if len(text) > _MILLISECONDS else 1
            return datetime.fromtimestamp(int(text) / scale, UTC)
        return datetime.strptime(text, _TIME).replace(tzinfo=BEIJING).astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _is_form(called: Called) -> bool:
    kind = called.headers.get("content-type", "").partition(";")[0].strip().lower()
    return kind == _FORM


def _form(called: Called) -> list[tuple[str, str]]:
    if not _is_form(called):
        return []
    try:
        text = called.body.decode()
        return parse_qsl(text, keep_blank_values=True, max_num_fields=_PARAMETERS)
    except ValueError as exc:
        raise _no_body() from exc


def _object(body: bytes) -> Mapping[str, Any]:
    if not body.strip():
        return {}
    try:
        found = strict_json(body)
    except BadRequest as exc:
        raise _no_body() from exc
    if not isinstance(found, dict):
        raise _no_body()
    return found


def _no_body() -> TmallRefused:
    return TmallRefused("the call's body is no JSON object and no form", "TMALL_BODY", 400)


def _not_signed() -> TmallRefused:
    return TmallRefused("the signature is not this door's", "TMALL_SIGNATURE", 401)
