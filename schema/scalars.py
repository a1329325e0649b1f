"""Scalars: amounts, moments, days and currencies as text that means one thing only."""

from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import NewType

import msgspec
import strawberry
from strawberry.exceptions import StrawberryInputCoercionError
from strawberry.types.scalar import ScalarDefinition

CurrencyCode = NewType("CurrencyCode", str)

_encoded = msgspec.json.Encoder().encode
_MILLISECONDS = tuple(f"{count:03}Z" for count in range(1000))


def _decimal_out(value: Decimal) -> str:
    if not value.is_finite():
        raise ValueError("not a finite number")
    return format(value, "f")


def _decimal_in(value: object) -> Decimal:
    try:
        number = Decimal(value) if isinstance(value, str) else None
    except InvalidOperation:
        number = None
    if number is None or not number.is_finite():
        raise StrawberryInputCoercionError('A Decimal is a text such as "12.90".')
    return number


def _moment_out(value: datetime) -> str:
    if value.tzinfo is None:
        raise ValueError("a moment without a zone")
    moment = value.astimezone(UTC)
    # Four times as quick as isoformat; behind the seconds its text is as long as its fraction.
    seconds = _encoded(moment)[1:20].decode()
    return f"{seconds}.{_MILLISECONDS[moment.microsecond // 1000]}"


def _moment_in(value: object) -> datetime:
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
        if moment is not None and moment.tzinfo is not None:
            return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise StrawberryInputCoercionError(
        'A DateTime is an ISO 8601 text with its zone, such as "2026-11-01T08:00:00Z".'
    )


def _day_in(value: object) -> date:
    try:
        if isinstance(value, str):
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise StrawberryInputCoercionError('A Date is a text such as "2026-11-01".')


def _currency_in(value: object) -> str:
    if isinstance(value, str) and len(value) == len("CNY") and value.isascii() and value.isupper():
        return value
    raise StrawberryInputCoercionError('A CurrencyCode is three letters such as "CNY".')


DECIMAL = strawberry.scalar(
    name="Decimal",
    description='An exact decimal number as a text, for example "12.90"; never a float.',
    serialize=_decimal_out,
    parse_value=_decimal_in,
)
DATE_TIME = strawberry.scalar(
    name="DateTime",
    description='A moment in UTC with milliseconds, for example "2026-11-01T08:00:00.000Z".',
    serialize=_moment_out,
    parse_value=_moment_in,
)
DATE = strawberry.scalar(
    name="Date",
    description='A calendar day, for example "2026-11-01"; it has no zone.',
    serialize=date.isoformat,
    parse_value=_day_in,
)
CURRENCY_CODE = strawberry.scalar(
    name="CurrencyCode",
    description='An ISO 4217 currency code, for example "CNY".',
    serialize=str,
    parse_value=_currency_in,
)

SCALARS: dict[object, ScalarDefinition] = {
    Decimal: DECIMAL,
    datetime: DATE_TIME,
    date: DATE,
    CurrencyCode: CURRENCY_CODE,
}
