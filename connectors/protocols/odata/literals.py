"""OData literals: values that go into a filter, where text can never become an operator.

What both versions write alike is a function of this module, and what differs is a `Literals`.
"""

import re
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Protocol

from msgspec import Struct

from capabilities.errors import BadInput
from connectors._kit.origin import is_clean

_GUID = re.compile(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_INTEGER = re.compile(r"-?[0-9]{1,18}")


class Literal(Struct, frozen=True):
    """A value as a filter writes it; made by this module's functions and classes only."""

    text: str


class Literals(Protocol):
    """How one version of OData writes what it does not write as the other does."""

    def day(self, value: date) -> Literal:
        """A calendar date."""

    def local(self, value: datetime) -> Literal:
        """A moment without a zone; the caller has already brought it to the system's."""

    def instant(self, value: datetime) -> Literal:
        """A moment; ValueError for one without a zone."""

    def clock(self, value: time) -> Literal:
        """A time of day."""

    def decimal(self, value: Decimal) -> Literal:
        """A number."""

    def guid(self, value: str) -> Literal:
        """A universal id; BadInput for a text that is none."""


def text(value: str) -> Literal:
    """Edm.String: in quotes, a quote inside doubled."""
    if not is_clean(value):
        raise BadInput("a value holds a control character")
    doubled = value.replace("'", "''")
    return Literal(f"'{doubled}'")


def integer(value: int | str) -> Literal:
    """Edm.Int32 and smaller; BadInput for a text that is no whole number."""
    if isinstance(value, str) and not _INTEGER.fullmatch(value):
        raise BadInput("a key is no whole number")
    return Literal(str(int(value)))


def boolean(value: bool) -> Literal:
    """Edm.Boolean."""
    return Literal("true" if value else "false")


class V2Literals:
    """OData 2.0: a word before the quotes says the type."""

    def day(self, value: date) -> Literal:
        """Edm.DateTime has no type for dates alone: midnight."""
        return Literal(f"datetime'{value.isoformat()}T00:00:00'")

    def local(self, value: datetime) -> Literal:
        """Edm.DateTime."""
        return Literal(f"datetime'{_seconds(value.replace(tzinfo=None))}'")

    def instant(self, value: datetime) -> Literal:
        """Edm.DateTimeOffset, written in UTC."""
        return Literal(f"datetimeoffset'{_utc(value)}'")

    def clock(self, value: time) -> Literal:
        """Edm.Time, a duration since midnight."""
        return Literal(f"time'PT{value.hour:02d}H{value.minute:02d}M{value.second:02d}S'")

    def decimal(self, value: Decimal) -> Literal:
        """Plain digits with a suffix."""
        return Literal(f"{_finite(value)}m")

    def guid(self, value: str) -> Literal:
        """Edm.Guid."""
        return Literal(f"guid'{_guid(value)}'")


class V4Literals:
    """OData 4.0: values stand as they are."""

    def day(self, value: date) -> Literal:
        """Edm.Date."""
        return Literal(value.isoformat())

    def local(self, value: datetime) -> Literal:
        """V4 knows no moment without a zone; systems that mean one call it UTC."""
        return Literal(f"{_seconds(value.replace(tzinfo=None))}Z")

    def instant(self, value: datetime) -> Literal:
        """Edm.DateTimeOffset, written in UTC."""
        return Literal(_utc(value))

    def clock(self, value: time) -> Literal:
        """Edm.TimeOfDay."""
        return Literal(f"{value.hour:02d}:{value.minute:02d}:{value.second:02d}")

    def decimal(self, value: Decimal) -> Literal:
        """Plain digits."""
        return Literal(_finite(value))

    def guid(self, value: str) -> Literal:
        """Edm.Guid."""
        return Literal(_guid(value))


def _utc(value: datetime) -> str:
    if value.tzinfo is None:
        raise ValueError("an instant has a zone")
    return f"{_seconds(value.astimezone(UTC).replace(tzinfo=None))}Z"


def _finite(value: Decimal) -> str:
    if not value.is_finite():
        raise BadInput("a number is not finite")
    return f"{value:f}"


def _guid(value: str) -> str:
    if not _GUID.fullmatch(value):
        raise BadInput("a key is no universal id")
    return value


def _seconds(moment: datetime) -> str:
    """As exact as the moment: a place of another system may lie between two of its own."""
    if moment.microsecond % 1000:
        return moment.isoformat(timespec="microseconds")
    return moment.isoformat(timespec="milliseconds" if moment.microsecond else "seconds")
