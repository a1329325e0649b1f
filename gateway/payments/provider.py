"""One provider of payments: whether a message is its own, and which money it tells of."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Struct

from capabilities.errors import SantongError
from capabilities.money import money
from capabilities.order.payments import Confirmation
from connectors._kit.secrets import SecretPlaces
from connectors._kit.signatures import strung
from gateway.payments.declared import Amount, Declared, Moment, Place, parts_of
from gateway.payments.proofs import decoded, opener, proof_of

_LONGEST = 200
_MOST = 10**15
_PARAMETERS = 200
_json = msgspec.json.Decoder(float_hook=Decimal).decode


class PaymentRefused(SantongError):
    """A message that is not taken; `status` is what its sender is answered with."""

    code = "PAYMENT_REFUSED"

    def __init__(self, message: str, code: str, status: int) -> None:
        super().__init__(message, code=code)
        self.status = status


class Told(Struct, frozen=True, kw_only=True):
    """A message as it came: headers by their small names, and the body's own bytes."""

    headers: Mapping[str, str]
    body: bytes


class Provider:
    """One provider whose keys are at hand; BadInput where one is none. `zone` reads local times."""

    def __init__(self, declared: Declared, secrets: SecretPlaces, zone: ZoneInfo) -> None:
        signed = declared.signed
        self.name = declared.name
        self.answer = declared.answer.encode()
        self._declared = declared
        self._zone = zone
        self._window = timedelta(seconds=declared.window_seconds)
        self._proofs = [proof_of(signed.scheme, secrets.resolve(one)) for one in signed.keys]
        self._text = _split(signed.text)
        sealed = declared.sealed
        self._open = None if sealed is None else opener([secrets.resolve(k) for k in sealed.keys])

    def hear(self, told: Told, now: datetime) -> Confirmation | None:
        """The money that it tells of; None where it tells of something else. PaymentRefused."""
        form = _form(told)
        self._prove(told, form)
        read = _Read(told.headers, dict(form), self._body(told, form), self._zone)
        sent = read.moment(self._declared.time)
        if sent is None or abs(now - sent) > self._window:
            raise PaymentRefused("the message is too old or too new", "PAYMENT_STALE", 401)
        paid = self._declared.paid
        if paid is not None and read.text(paid) not in paid.words:
            return None
        return self._confirmation(read, sent)

    def _confirmation(self, read: "_Read", sent: datetime) -> Confirmation:
        one = self._declared
        currency = read.needed(one.currency)
        paid_at = None if one.paid_at is None else read.moment(one.paid_at)
        return Confirmation(
            provider=one.name,
            transaction=read.needed(one.transaction),
            channel=read.needed(one.channel),
            number=read.needed(one.order),
            amount=read.amount(one.amount, currency),
            currency=currency,
            method=None if one.method is None else read.text(one.method),
            paid_at=paid_at or sent,
        )

    def _prove(self, told: Told, form: Sequence[tuple[str, str]]) -> None:
        signed = self._declared.signed
        shown = _Read(told.headers, dict(form), None, self._zone).raw(signed.signature)
        signature = decoded(signed.encoding, shown if isinstance(shown, str) else "")
        text = self._signed_text(told, form)
        # Every key is tried, so that the time says nothing of which one it was.
        if not signature or True not in [proved(text, signature) for proved in self._proofs]:
            raise PaymentRefused("the signature is not this provider's", "PAYMENT_SIGNATURE", 401)

    def _signed_text(self, told: Told, form: Sequence[tuple[str, str]]) -> bytes:
        parts = []
        for plain, name in self._text:
            parts.append(plain)
            if name == "body":
                parts.append(told.body)
            elif name == "parameters":
                _check_once(form)
                without = self._declared.signed.without
                kept = [pair for pair in form if pair[0] not in without]
                parts.append(strung(kept, between="=", apart="&").encode())
            elif name is not None:
                parts.append(told.headers.get(name, "").encode())
        return b"".join(parts)

    def _body(self, told: Told, form: Sequence[tuple[str, str]]) -> Any:
        if form:
            return None
        body = _decoded(told.body)
        if self._open is None or self._declared.sealed is None:
            return body
        opened = self._open(_at(body, self._declared.sealed.body))
        if opened is None:
            raise PaymentRefused("no key opens what is sealed", "PAYMENT_BODY", 400)
        return _decoded(opened)


class _Read:
    """What a message says, place by place."""

    def __init__(
        self, headers: Mapping[str, str], form: Mapping[str, str], body: Any, zone: ZoneInfo
    ) -> None:
        self._headers = headers
        self._form = form
        self._body = body
        self._zone = zone

    def raw(self, place: Place) -> Any:
        """What stands at a place."""
        if place.value is not None:
            return place.value
        if place.header is not None:
            return self._headers.get(place.header.lower())
        if place.parameter is not None:
            return self._form.get(place.parameter)
        return _at(self._body, place.body or "")

    def text(self, place: Place) -> str | None:
        """As a text; None where nothing usable stands there."""
        found = self.raw(place)
        if isinstance(found, bool) or not isinstance(found, str | int | Decimal):
            return None
        text = str(found).strip()
        return text if 0 < len(text) <= _LONGEST and text.isprintable() else None

    def needed(self, place: Place) -> str:
        """As `text`; PaymentRefused where there is none."""
        found = self.text(place)
        if found is None:
            raise _lacks()
        return found

    def amount(self, place: Amount, currency: str) -> int:
        """A sum in minor units."""
        text = self.needed(place)
        try:
            minor = int(text) if place.written == "minor" else _minor(Decimal(text), currency)
        except (ValueError, ArithmeticError) as exc:
            raise _lacks() from exc
        if not 0 < minor < _MOST:
            raise _lacks()
        return minor

    def moment(self, place: Moment) -> datetime | None:
        """A time; None where there is none."""
        text = self.text(place) or ""
        try:
            if place.written in ("seconds", "milliseconds"):
                whole = int(text) if text.isascii() and text.isdigit() else -1
                told = whole / (1 if place.written == "seconds" else 1000)
                return None if whole < 0 else datetime.fromtimestamp(told, UTC)
            found = datetime.fromisoformat(text)
        except (ValueError, OverflowError, OSError):
            return None
        if found.tzinfo is None:
            return found.replace(tzinfo=self._zone) if place.written == "local" else None
        return found


def _minor(told: Decimal, currency: str) -> int:
    """A sum in minor units; ValueError for more decimals than its currency has."""
    found = money(told, currency)
    if found.amount != told:
        raise ValueError("more decimals than the currency has")
    return found.minor


def _lacks() -> PaymentRefused:
    return PaymentRefused("the message lacks what a payment needs", "PAYMENT_BODY", 400)


def _form(told: Told) -> list[tuple[str, str]]:
    kind = told.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        return []
    try:
        return parse_qsl(told.body.decode(), keep_blank_values=True, max_num_fields=_PARAMETERS)
    except ValueError:
        return []


def _check_once(form: Sequence[tuple[str, str]]) -> None:
    """Refuse a name that stands twice: a value that is cut in two at an `&` is signed alike."""
    if len({name for name, _ in form}) < len(form):
        raise PaymentRefused("the signature is not this provider's", "PAYMENT_SIGNATURE", 401)


def _decoded(body: bytes) -> Any:
    try:
        return _json(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as exc:
        raise PaymentRefused("the body is no JSON", "PAYMENT_BODY", 400) from exc


def _at(body: Any, path: str) -> Any:
    for name in path.split("."):
        body = body.get(name) if isinstance(body, dict) else None
    return body


def _split(text: str) -> list[tuple[bytes, str | None]]:
    """A signed text as what stands before each name, and the name."""
    found: list[tuple[bytes, str | None]] = []
    for name in parts_of(text):
        plain, _, text = text.partition(f"{{{name}}}")
        found.append((plain.encode(), name.lower()))
    return [*found, (text.encode(), None)]
