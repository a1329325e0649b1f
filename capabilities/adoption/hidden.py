"""Samples of differences: values as hashes and masks, so that nobody's data lies in a report."""

import hmac
import re
from collections.abc import Sized
from datetime import datetime
from decimal import Decimal
from enum import Enum
from hashlib import sha256
from typing import Any

from msgspec import Struct

from capabilities.adoption import alike
from capabilities.adoption.compared_fields import FIELDS, Field
from capabilities.adoption.difference import WHOLE, DiffClass, FieldClass, FieldDiff, Pair
from capabilities.estate import Capability
from capabilities.member.mask import mask_email, mask_name
from capabilities.member.phone import mask_phone, normalise_phone
from capabilities.money import Money

_HASH_BYTES = 16
_LONGEST_SHAPE = 24
_DIGIT, _LETTER = re.compile(r"\d"), re.compile(r"[^\W\d_]")


class Sample(Struct, frozen=True, kw_only=True):
    """One difference with nothing in it that names a person.

    `key` and the two hashes are keyed: equal ones are of one key, or of one value. The masks show
    words of closed lists as they are and of everything else its shape; `apart` is how far numbers
    or moments lie from one another.
    """

    channel: str
    capability: Capability
    field: str
    klass: DiffClass
    store: str
    version: str
    at: datetime
    key: bytes
    legacy_hash: bytes | None
    platform_hash: bytes | None
    legacy: str | None
    platform: str | None
    apart: str | None = None


def samples(pair: Pair, secret: bytes) -> list[Sample]:
    """A sample of each field of a pair that differs."""
    return [_sample(pair, one, secret) for one in pair.fields]


def unanswered(pair: Pair, secret: bytes) -> Sample:
    """A sample of a pair of which one side gave no answer: there is nothing to show of it."""
    whole = FieldDiff(WHOLE, pair.klass, FieldClass.OTHER, None, None)
    return _sample(pair, whole, secret)


def key_hash(secret: bytes, channel: str, capability: Capability, key: str) -> bytes:
    """What stands for a natural key."""
    return _hash(secret, f"{capability.value}\n{channel}\n{key}")


def _sample(pair: Pair, one: FieldDiff, secret: bytes) -> Sample:
    field = FIELDS[pair.capability].get(one.field)
    return Sample(
        channel=pair.channel,
        capability=pair.capability,
        field=one.field,
        klass=one.klass,
        store=pair.store,
        version=pair.version,
        at=pair.at,
        key=key_hash(secret, pair.channel, pair.capability, pair.key),
        legacy_hash=_value_hash(secret, field, one.legacy),
        platform_hash=_value_hash(secret, field, one.platform),
        legacy=masked(field, one.legacy),
        platform=masked(field, one.platform),
        apart=_apart(field, one.legacy, one.platform),
    )


def _hash(secret: bytes, text: str) -> bytes:
    return hmac.digest(secret, text.encode(), sha256)[:_HASH_BYTES]


def _value_hash(secret: bytes, field: Field | None, value: Any) -> bytes | None:
    if field is None or value is None:
        return None
    return _hash(secret, f"{field.name}\n{field.written.plain(value)!r}")


def masked(field: Field | None, value: Any) -> str | None:
    """A value as a report shows it; of a whole record, whether it is there."""
    if field is None:
        return "there" if value else None
    if value is None or value == "":
        return None
    if isinstance(value, Enum | bool):
        return value.name if isinstance(value, Enum) else str(value).lower()
    if isinstance(value, str | int | Decimal | Money | datetime):
        return _one_masked(field, value)
    return f"{len(value)} of them" if isinstance(value, Sized) else _shape(str(value))


def _one_masked(field: Field, value: Any) -> str | None:
    if field.name == "contact.phone":
        number = normalise_phone(str(value))
        return _shape(str(value)) if number is None else mask_phone(number)
    if field.name == "contact.email":
        return mask_email(str(value)) or _shape(str(value))
    if field.personal:
        return mask_name(str(value))
    if field.listed:
        return str(value)[:_LONGEST_SHAPE]
    if isinstance(value, Money):
        return f"{_shape(str(value.amount))} {value.currency}"
    return _shape(value.isoformat() if isinstance(value, datetime) else str(value))


def _shape(text: str) -> str:
    """Digits and letters by their kind alone."""
    short = text if len(text) <= _LONGEST_SHAPE else text[:_LONGEST_SHAPE] + "…"
    return _LETTER.sub("a", _DIGIT.sub("9", short))


def _apart(field: Field | None, legacy: Any, platform: Any) -> str | None:
    """By how much the platform's value is above; None where that says nothing."""
    if field is None or field.personal or legacy is None or platform is None:
        return None
    if isinstance(legacy, Money) and isinstance(platform, Money):
        if legacy.currency != platform.currency:
            return f"{legacy.currency} and {platform.currency}"
        return f"{platform.amount - legacy.amount:+}"
    one, other = field.written.plain(legacy), field.written.plain(platform)
    if isinstance(one, datetime) and isinstance(other, datetime):
        return f"{(other - one).total_seconds():+.0f} s"
    if field.written is alike.NUMBER and isinstance(one, Decimal) and isinstance(other, Decimal):
        return f"{other - one:+f}"
    return None
