"""OData V2 literals: values that go into a filter, where text can never become an operator."""

from datetime import UTC, date, datetime
from decimal import Decimal

from msgspec import Struct

from capabilities.errors import BadInput
from connectors._kit.origin import is_clean


class Literal(Struct, frozen=True):
    """A value as a filter writes it; made by this module's functions only."""

    text: str


def text(value: str) -> Literal:
    """Edm.String: in quotes, a quote inside doubled."""
    if not is_clean(value):
        raise BadInput("a value holds a control character")
    doubled = value.replace("'", "''")
    return Literal(f"'{doubled}'")


def local(value: datetime | date) -> Literal:
    """Edm.DateTime: a moment without a zone; the caller has already brought it to the system's."""
    moment = value if isinstance(value, datetime) else datetime(value.year, value.month, value.day)  # noqa: DTZ001
    return Literal(f"datetime'{_seconds(moment.replace(tzinfo=None))}'")


def instant(value: datetime) -> Literal:
    """Edm.DateTimeOffset: an instant, written in UTC."""
    if value.tzinfo is None:
        raise ValueError("an instant has a zone")
    return Literal(f"datetimeoffset'{_seconds(value.astimezone(UTC).replace(tzinfo=None))}Z'")


def decimal(value: Decimal) -> Literal:
    """Edm.Decimal: plain digits with the suffix of V2."""
    if not value.is_finite():
        raise BadInput("a number is not finite")
    return Literal(f"{value:f}m")


def integer(value: int) -> Literal:
    """Edm.Int32 and smaller."""
    return Literal(str(int(value)))


def boolean(value: bool) -> Literal:
    """Edm.Boolean."""
    return Literal("true" if value else "false")


def _seconds(moment: datetime) -> str:
    """As exact as the moment: a place of another system may lie between two of its own."""
    if moment.microsecond % 1000:
        return moment.isoformat(timespec="microseconds")
    return moment.isoformat(timespec="milliseconds" if moment.microsecond else "seconds")
