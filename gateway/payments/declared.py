"""The file of payment providers: how each signs what it tells, and where in it what stands."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
import yaml
from msgspec import Struct

from capabilities.errors import BadInput
from capabilities.order.payments import DESK

_KEYS = 2
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
_SIGNED_PART = re.compile(r"\{([^{}]*)\}")
_Seconds = Annotated[int, msgspec.Meta(ge=1, le=86_400)]


class Place(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where something stands: a header, a parameter of a form, a dotted path of a JSON body.

    `value` is what it always is, for what the provider does not say.
    """

    header: str | None = None
    parameter: str | None = None
    body: str | None = None
    value: str | None = None

    @property
    def is_one(self) -> bool:
        """Whether it names one place."""
        named = (self.header, self.parameter, self.body, self.value)
        return sum(one is not None for one in named) == 1


class Moment(Place, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A time, and how it is written; `local` is that of the estate's zone."""

    written: Literal["seconds", "milliseconds", "iso", "local"] = "seconds"


class Amount(Place, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A sum, in minor units or in major ones with a decimal point."""

    written: Literal["minor", "major"] = "minor"


class Paid(Place, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What says that money arrived, as opposed to anything else that the provider tells."""

    words: tuple[str, ...]


class Signed(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is signed and how; `keys` are references, two while one is changed.

    In `text`, `{body}` is the body's own bytes, `{parameters}` the form's parameters by name but
    for those `without`, and any other name a header.
    """

    scheme: Literal["hmac-sha256", "rsa-sha256"]
    keys: tuple[str, ...]
    signature: Place
    text: str = "{body}"
    encoding: Literal["base64", "hex"] = "base64"
    without: tuple[str, ...] = ("sign", "sign_type")


class Sealed(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where in the body a part lies that is sealed with AES-256-GCM, as WeChat Pay seals it."""

    body: str
    keys: tuple[str, ...]


class Declared(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One provider. `time` is when it sent the message, `window_seconds` how far that may be off.

    Where something is `sealed`, paths of the body begin in what was opened.
    """

    name: str
    signed: Signed
    time: Moment
    transaction: Place
    order: Place
    channel: Place
    amount: Amount
    currency: Place
    paid: Paid | None = None
    paid_at: Moment | None = None
    method: Place | None = None
    sealed: Sealed | None = None
    window_seconds: _Seconds = 300
    answer: str = "{}"

    @property
    def places(self) -> Iterator[Place]:
        """Everything that is read of a message, but for its signature."""
        found = (self.time, self.transaction, self.order, self.channel, self.amount, self.currency)
        yield from found
        yield from (one for one in (self.paid, self.paid_at, self.method) if one is not None)


class _File(Struct, frozen=True, forbid_unknown_fields=True):
    providers: tuple[Declared, ...]


def read_providers(path: Path | None) -> tuple[Declared, ...]:
    """The providers of a file; BadInput says what is wrong with it."""
    if path is None:
        return ()
    try:
        found = msgspec.convert(yaml.safe_load(path.read_text("utf-8")), _File).providers
    except (OSError, UnicodeDecodeError) as exc:
        raise _wrong("it cannot be read") from exc
    except (yaml.YAMLError, msgspec.ValidationError) as exc:
        raise _wrong(str(exc)) from exc
    for one in found:
        _check(one)
    if len({one.name for one in found}) != len(found):
        raise _wrong("one provider stands twice")
    return found


def parts_of(text: str) -> list[str]:
    """What a signed text names, in its order."""
    return _SIGNED_PART.findall(text)


def _check(one: Declared) -> None:
    if not _NAME.fullmatch(one.name) or one.name == DESK:
        raise _wrong(f"{one.name!r} cannot name a provider: a-z, 0-9, - and _, and not {DESK!r}")
    keys = (one.signed.keys, *([] if one.sealed is None else [one.sealed.keys]))
    if any(not 1 <= len(some) <= _KEYS for some in keys):
        raise _wrong(f"{one.name}: one key, or two while it is changed")
    if not all(place.is_one for place in (*one.places, one.signed.signature)):
        raise _wrong(f"{one.name}: a place is a header, a parameter, a path of the body or a value")
    parts = parts_of(one.signed.text)
    if "body" not in parts and "parameters" not in parts:
        raise _wrong(f"{one.name}: neither {{body}} nor {{parameters}} is signed")
    for place in one.places:
        if not _is_signed(place, [part.lower() for part in parts], one.signed.without):
            raise _wrong(f"{one.name}: {_shown(place)} is read and not signed")
    if one.time.value is not None:
        raise _wrong(f"{one.name}: a time cannot always be the same")


def _is_signed(place: Place, parts: list[str], without: tuple[str, ...]) -> bool:
    """Whether nobody but the provider can have said it."""
    if place.value is not None:
        return True
    if place.header is not None:
        return place.header.lower() in parts
    covered = place.parameter is not None and place.parameter not in without
    return "body" in parts or (covered and "parameters" in parts)


def _shown(place: Place) -> str:
    return str(place.header or place.parameter or place.body)


def _wrong(told: Any) -> BadInput:
    return BadInput(f"the file of payment providers: {told}", code="PAYMENT_PROVIDERS_INVALID")
