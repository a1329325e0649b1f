"""Casts of what people and old systems write in their own ways, into what plain casts read.

Each is declared by a key of a field, so whoever does not use it pays nothing. ValueError for what
cannot be read; its message never holds the value.
"""

import re
import unicodedata
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any

from capabilities.member.phone import normalise_phone
from capabilities.money import exponent
from connectors.manifest.casts import decimal, text

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_UNITS = {"seconds": 1_000_000, "milliseconds": 1_000}
# What stands around a number: signs and names of currencies, blanks, apostrophes.
_AROUND = re.compile(r"[\s'’]|[¥$€£₩元]|(?:CNY|RMB|HKD|TWD|USD|EUR|JPY)", re.IGNORECASE)
# The last group has three digits, or four as in Chinese: `12,50` is half a hundred elsewhere.
_GROUPS = re.compile(
    r"[0-9]{1,4}(?:,[0-9]{2,4})*,[0-9]{3,4}(?:\.[0-9]*)?|[0-9]+(?:\.[0-9]*)?|\.[0-9]+", re.ASCII
)


def loose(value: Any, point: str) -> Decimal | None:
    """A number as people write it: full-width, with a currency's sign, groups, a minus behind.

    `point` is the decimal point, a full stop or a comma; the other one may part groups.
    """
    found = text(value)
    if found is None:
        return None
    plain = _AROUND.sub("", unicodedata.normalize("NFKC", found)).replace("−", "-")
    bare, negative = _unsigned(plain)
    if point == ",":
        bare = bare.translate(_SWAPPED)
    if _GROUPS.fullmatch(bare) is None:
        raise ValueError("not a number")
    number = Decimal(bare.replace(",", ""))
    return -number if negative else number


_SWAPPED = str.maketrans(",.", ".,")


def _unsigned(plain: str) -> tuple[str, bool]:
    """A number without its sign, wherever that stands, and whether it was a minus."""
    if plain[:1] == "(" and plain[-1:] == ")":
        return plain[1:-1], True
    if plain[:1] in ("-", "+"):
        return plain[1:], plain[0] == "-"
    return (plain[:-1], True) if plain[-1:] == "-" else (plain, False)


def minor(value: Any, currency: str | None) -> Decimal | None:
    """An amount that is sent in minor units, in major ones."""
    number = decimal(value)
    if number is None or currency is None:
        return number
    return number.scaleb(-exponent(currency))


def epoch(value: Any, unit: str) -> datetime | None:
    """A moment that is sent as seconds or milliseconds since 1970; nought is no moment."""
    number = decimal(value)
    if not number:
        return None
    try:
        return _EPOCH + timedelta(microseconds=int(number * _UNITS[unit]))
    except OverflowError:
        pass
    raise ValueError("a moment outside the calendar")


@lru_cache(maxsize=4096)
def _parsed(value: str, form: str) -> datetime:
    return datetime.strptime(value, form)  # noqa: DTZ007 - its zone is declared apart


def parsed(value: Any, form: str) -> datetime | None:
    """A time in a form of its own, in the directives of `strptime`."""
    found = text(value)
    return None if found is None else _parsed(unicodedata.normalize("NFKC", found), form)


def phone(value: Any, none: tuple[str, ...] = ()) -> str | None:
    """A phone number as +8613912345678; what can be no personal number stays as it was typed."""
    found = text(value, none)
    return None if found is None else normalise_phone(found) or found


def alpha(value: Any, none: tuple[str, ...] = ()) -> str | None:
    """A number in text without the zeros that fill it, as SAP's ALPHA conversion shows it."""
    found = text(value, none)
    if found is None or not (found.isascii() and found.isdecimal()):
        return found
    return found.lstrip("0") or None


def absent(value: Any, none: tuple[str, ...]) -> Any:
    """Nothing for the words that mean nothing, where the cast does not know them."""
    return None if value is None or (isinstance(value, str) and value.strip() in none) else value


def truth(value: Any) -> Any:
    """Nothing for the `false` that some systems send in its place."""
    return None if value is False else value


def listed(value: Any) -> Sequence[Any]:
    """A list that collapses to its one item, as a list."""
    if not value:
        return ()
    return value if isinstance(value, list | tuple) else (value,)
