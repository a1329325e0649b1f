"""When two values are the same in spite of how they are written."""

import unicodedata
from collections.abc import Callable, Hashable, Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from enum import Enum
from typing import Any

from msgspec import Struct

from capabilities.member.phone import normalise_phone
from capabilities.money import Money

_SECOND = timedelta(seconds=1)


class Written(Struct, frozen=True):
    """How values of one kind are written: `plain` leaves nothing but what they say."""

    plain: Callable[[Any], Hashable]
    same: Callable[[Any, Any], bool] | None = None

    def alike(self, one: Any, other: Any) -> bool:
        """Whether both say the same."""
        if one is other or (type(one) is type(other) and one == other):
            return True
        mine, theirs = self.plain(one), self.plain(other)
        if self.same is None or mine is None or theirs is None:
            return mine == theirs
        return self.same(mine, theirs)


def _text(value: Any) -> str | None:
    """Without blanks around it; a blank one is none."""
    return unicodedata.normalize("NFC", str(value)).strip() or None if value is not None else None


def _word(value: Any) -> str | None:
    """A value of a closed list, as our enums write it; one that is no enum yet is as good."""
    text = _text(value.name if isinstance(value, Enum) else value)
    return None if text is None else text.upper().replace("-", "_").replace(" ", "_")


def _folded(value: Any) -> str | None:
    text = _text(value)
    return None if text is None else text.casefold()


def _phone(value: Any) -> str | None:
    """The canonical number; what is nobody's own is none, as in every answer."""
    return None if value is None else normalise_phone(str(value))


def _number(value: Any) -> Decimal | str | None:
    """A decimal, whatever its zeros; what is none stands for itself."""
    if value is None:
        return None
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        return _text(value)
    return number if number.is_finite() else _text(value)


def _money(value: Any) -> Hashable:
    if isinstance(value, Money):
        return value.minor, value.currency.strip().upper()
    return _number(value)


def _moment(value: Any) -> datetime | str | None:
    """An instant, whatever its zone and its way of being written."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value.strip())
        except ValueError:
            return _text(value)
    if not isinstance(value, datetime):
        return _text(value)
    return (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(UTC)


def _same_second(one: Any, other: Any) -> bool:
    """Less than a second apart: one side rounds where the other cuts off."""
    if isinstance(one, datetime) and isinstance(other, datetime):
        return abs(one - other) < _SECOND
    return bool(one == other)


def _itself(value: Any) -> Hashable:
    return value  # type: ignore[no-any-return]


TEXT = Written(_text)
WORD = Written(_word)
FOLDED = Written(_folded)
PHONE = Written(_phone)
NUMBER = Written(_number)
MONEY = Written(_money)
MOMENT = Written(_moment, _same_second)
EXACT = Written(_itself)


def listed(of: Written) -> Written:
    """Several values whose order says something."""

    def plain(values: Iterable[Any] | None) -> Hashable:
        return tuple(of.plain(one) for one in values or ())

    return Written(plain)


def gathered(of: Written) -> Written:
    """Several values in any order; how often each is there counts."""

    def plain(values: Iterable[Any] | None) -> Hashable:
        return tuple(sorted((of.plain(one) for one in values or ()), key=_rank))

    def same(one: Any, other: Any) -> bool:
        if of.same is None or len(one) != len(other):
            return bool(one == other)
        return all(map(of.same, one, other))

    return Written(plain, same)


def parts(*of: Written) -> Written:
    """Values of several parts, each in its own way."""

    def plain(value: Any) -> Hashable:
        return tuple(one.plain(part) for one, part in zip(of, value, strict=True))

    return Written(plain)


def by_name(of: Written) -> Written:
    """Values by a name, such as the reference of a line."""

    def plain(values: Any) -> Hashable:
        return frozenset((name, of.plain(one)) for name, one in values.items())

    def same(one: Any, other: Any) -> bool:
        if of.same is None:
            return bool(one == other)
        mine, theirs = dict(one), dict(other)
        return mine.keys() == theirs.keys() and all(
            of.same(mine[name], theirs[name]) for name in mine
        )

    return Written(plain, same)


def _rank(value: Any) -> tuple[str, str]:
    """A total order of values of any kinds; equal values have the same place."""
    if isinstance(value, tuple):
        return "tuple", repr([_rank(one) for one in value])
    if isinstance(value, Decimal):
        return "Decimal", format(value.normalize(), "f")
    if isinstance(value, datetime):
        return "datetime", value.isoformat()
    return type(value).__name__, repr(value)
