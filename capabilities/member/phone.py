"""Phone numbers as identities: one canonical form, or none at all."""

import re
import unicodedata
from functools import lru_cache
from typing import Any

import phonenumbers

# A number that many people share is nobody's identity; the list grows as rules do.
BLOCKED = frozenset({"+8613800000000"})

_NOISE = str.maketrans("", "", " \t-‐‑–—()（）.　")
_MASKS = ("*", "x", "X", "●")
_MOBILE_LENGTH = 11
_PLAIN_REGION = "CN"


def _plain_mobile() -> re.Pattern[str]:
    """A mainland mobile number as nearly all are written, by the library's own pattern of them."""
    region: Any = phonenumbers.PhoneMetadata.metadata_for_region(_PLAIN_REGION)
    return re.compile(rf"(?:\+86)?({region.mobile.national_number_pattern})", re.ASCII)


_PLAIN_MOBILE = _plain_mobile()


@lru_cache(maxsize=4096)
def normalise_phone(raw: str | None, region: str = "CN") -> str | None:
    """E.164 of a real personal number, or None when the text can be no identity.

    None for masked numbers, virtual numbers with an extension (`18877771111-123`), landlines,
    and anything that is no number of its country.
    """
    if not raw:
        return None
    return _plain(raw, region) or _spelled(raw, region)


def _plain(text: str, region: str) -> str | None:
    """The number that nearly all are, without a parse that takes forty times as long."""
    found = _PLAIN_MOBILE.fullmatch(text) if region == _PLAIN_REGION else None
    return f"+86{found[1]}" if found is not None else None


def _spelled(raw: str, region: str) -> str | None:
    """The number in a text written in any way, as the library reads it."""
    if any(mask in raw for mask in _MASKS):
        return None
    text = unicodedata.normalize("NFKC", raw).strip()
    if _has_extension(text):
        return None
    digits = text.translate(_NOISE)
    if digits.startswith("00"):
        digits = "+" + digits[2:]
    if not digits.lstrip("+").isdigit():
        return None
    return _plain(digits, region) or _valid(digits, region)


def mentions_extension(raw: str) -> bool:
    """Whether a text is a whole mobile number and something behind it, as marketplaces give out."""
    return _has_extension(unicodedata.normalize("NFKC", raw).strip())


def _has_extension(text: str) -> bool:
    """A marketplace's privacy number: a whole mobile number and something behind it."""
    bare = text.removeprefix("+86").removeprefix("0086").strip()
    head, dash, tail = bare.rpartition("-")
    return bool(dash and tail) and len(head.translate(_NOISE)) == _MOBILE_LENGTH


def _valid(digits: str, region: str) -> str | None:
    try:
        number = phonenumbers.parse(digits, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    kind = phonenumbers.number_type(number)
    mobile = (
        phonenumbers.PhoneNumberType.MOBILE,
        phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE,
    )
    if kind not in mobile:
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def mask_phone(e164: str) -> str:
    """`138****1234`: three digits and four, nothing of the middle."""
    national = e164.removeprefix("+86")
    return f"{national[:3]}****{national[-4:]}"
