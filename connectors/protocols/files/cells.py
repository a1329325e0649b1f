"""Cells of flat files: what spreadsheets and tills do to texts, numbers, codes and times.

A value that was damaged is reported and never guessed: a barcode of which `6.92E+12` is left has
lost its digits.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping

from connectors.protocols.files.feed import Column

_WRAPPED = re.compile(r'="(.*)"', re.DOTALL)
_MANGLED = re.compile(r"[\ufffd\x00\x80-\x9f]")
_POWER = re.compile(r"[+-]?\d+(\.\d+)?[eE][+-]?\d+")
_GROUPED = re.compile(r"\d{1,3}(,\d{3})+")
_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?|(\d{4})(\d{2})(\d{2})")
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,6}))?)?|(\d{2})(\d{2})(\d{2})")


class Damaged(ValueError):
    """A cell that does not hold what its column says; `code` names what happened to it."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def clean(raw: str, column: Column, decimal_mark: str = ".") -> str | None:
    """What a cell says in its column's own form, None for a blank; Damaged where it is lost."""
    if _MANGLED.search(raw):
        raise Damaged("TEXT_MANGLED")
    value = raw.strip()
    if wrapped := _WRAPPED.fullmatch(value):
        value = wrapped[1].strip()
    if not value:
        return None
    if column.cast == "number":
        return number(value, decimal_mark)
    return _FORMS[column.cast](value, column)


def number(value: str, decimal_mark: str = ".") -> str:
    """A number as `-1234.50`: full-width digits, grouping commas and a minus behind are read."""
    text = unicodedata.normalize("NFKC", value).replace(" ", "").lstrip("¥").removesuffix("元")
    sign = "-" if text[-1:] in ("-", "−") or text[:1] in ("-", "−") else ""
    text = text.strip("+-−¥")
    whole, mark, part = text.partition(decimal_mark)
    grouping = "," if decimal_mark == "." else "."
    if grouping in whole:
        if not _GROUPED.fullmatch(whole.replace(grouping, ",")):
            raise Damaged("NUMBER_DAMAGED")
        whole = whole.replace(grouping, "")
    found = f"{sign}{whole}" + (f".{part}" if mark else "")
    if not _NUMBER.fullmatch(found):
        raise Damaged("NUMBER_DAMAGED")
    return found


def code(value: str, column: Column) -> str:
    """A code with the leading zeros that its width says; one written as a power has lost digits."""
    text = unicodedata.normalize("NFKC", value).lstrip("'")
    if _POWER.fullmatch(text):
        raise Damaged("CODE_DAMAGED")
    return text.zfill(column.width) if column.width and text.isdigit() else text


def date(value: str, _: Column) -> str:
    """A calendar date as `2026-01-02`."""
    found = _DAY.fullmatch(unicodedata.normalize("NFKC", value))
    if found is None:
        raise Damaged("TIME_DAMAGED")
    year, month, day = found.groups()[:3] if found[1] else found.groups()[3:]
    return f"{year}-{int(month):02d}-{int(day):02d}"


def time(value: str, column: Column) -> str:
    """A local time as `2026-01-02T03:04:05`."""
    text = unicodedata.normalize("NFKC", value).replace("T", " ")
    day, space, clock = text.partition(" ")
    if not space and text.isdigit() and len(text) in (12, 14):
        day, clock = text[:8], text[8:].ljust(6, "0")
    found = _CLOCK.fullmatch(clock.strip())
    if found is None:
        raise Damaged("TIME_DAMAGED")
    hour, minute, second = found.groups()[:3] if found[1] else found.groups()[4:]
    part = f".{found[4]}" if found[4] else ""
    return f"{date(day, column)}T{int(hour):02d}:{minute}:{second or '00'}{part}"


def text(value: str, column: Column) -> str:
    """A text as it stands."""
    return value.zfill(column.width) if column.width and value.isdigit() else value


_FORMS: Mapping[str, Callable[[str, Column], str]] = {
    "code": code,
    "date": date,
    "text": text,
    "time": time,
}


def heading(word: str) -> str:
    """A heading as it is compared: without blanks, marks, width and case."""
    plain = unicodedata.normalize("NFKC", word).casefold()
    return "".join(char for char in plain if not char.isspace() and char != "\ufeff")
