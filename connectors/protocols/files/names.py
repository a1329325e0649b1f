"""Names of dropped files: the store, the day, the sequence and the revision that they tell."""

import re
from datetime import date, datetime

from msgspec import Struct

_PARTS = {
    "store": r"(?P<store>[A-Za-z0-9]{1,20})",
    "sequence": r"(?P<sequence>\d{1,20})",
    "revision": r"(?P<revision>\d{1,12})",
}
_MARK = re.compile(r"\{(\w*)\}")
_DIRECTIVE = re.compile(r"%.?")
_DIRECTIVES = {"%Y": r"\d{4}", "%m": r"\d{2}", "%d": r"\d{2}", "%y": r"\d{2}"}
MARKS = ("store", "day", "sequence", "revision")


class Named(Struct, frozen=True, kw_only=True):
    """What a file's name tells; two files of one `part` say the same thing, the later one holds.

    A file whose name tells no store and no day is a part of its own.
    """

    name: str
    store: str | None = None
    day: date | None = None
    sequence: str = ""
    revision: int = 0

    @property
    def part(self) -> str:
        """What the file replaces."""
        if self.store is None and self.day is None:
            return self.name
        return f"{self.store or ''}/{self.day or ''}/{self.sequence}"


class Pattern:
    """A feed's pattern of names, compiled once."""

    def __init__(self, pattern: str, day: str = "%Y%m%d") -> None:
        self._day = day
        self._regex = re.compile(_regex(pattern, day))

    def read(self, name: str) -> Named | None:
        """What a name tells; None where it is none of the feed's."""
        found = self._regex.fullmatch(name)
        if found is None:
            return None
        parts = found.groupdict()
        try:
            day = datetime.strptime(parts["day"], self._day).date() if "day" in parts else None  # noqa: DTZ007 - a day has no zone
        except ValueError:
            return None
        return Named(
            name=name,
            store=parts.get("store"),
            day=day,
            sequence=parts.get("sequence") or "",
            revision=int(parts.get("revision") or 0),
        )


def _regex(pattern: str, day: str) -> str:
    digits = re.escape(day)
    for directive, form in _DIRECTIVES.items():
        digits = digits.replace(re.escape(directive), form)
    parts = {**_PARTS, "day": f"(?P<day>{digits})"}
    pieces, end = [], 0
    for mark in _MARK.finditer(pattern):
        pieces += [_literal(pattern[end : mark.start()]), parts[mark[1]]]
        end = mark.end()
    return "".join((*pieces, _literal(pattern[end:])))


def _literal(text: str) -> str:
    return ".*".join(re.escape(part) for part in text.split("*"))


def day_faults(day: str) -> str | None:
    """What is wrong with the form of a day; None for one that tells year, month and day."""
    if not ("%m" in day and "%d" in day and ("%Y" in day or "%y" in day)):
        return f"{day!r} does not tell a day; {', '.join(_DIRECTIVES)} do"
    if set(_DIRECTIVE.findall(day)) - set(_DIRECTIVES):
        return f"a day is made of {', '.join(_DIRECTIVES)}"
    return None


def marks_of(pattern: str) -> list[str]:
    """The marks of a pattern, as they stand."""
    return [mark[1] for mark in _MARK.finditer(pattern)]
