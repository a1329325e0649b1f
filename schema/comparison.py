"""Comparisons of both sides: counts, masked samples, and what was explained."""

from datetime import datetime

import strawberry

from capabilities.adoption import comparison_report as report
from capabilities.adoption import differing, expected
from capabilities.adoption.difference import DiffClass, FieldClass
from capabilities.errors import BadInput
from capabilities.estate import Capability
from schema.view import plain, view


def between(name: str, value: int, most: int) -> int:
    """A number of a caller, from 1 to so many."""
    if not 1 <= value <= most:
        raise BadInput(f"`{name}` is 1 to {most}.")
    return value


@view(report.ClassCount)
class ComparedClass:
    """Pairs of one class."""

    klass: DiffClass = plain("What became of them.", name="class")
    count: int = plain("How many they are.")


@view(report.FieldCount)
class ComparedField:
    """What became of one field in all pairs of which both sides gave a record."""

    field: str = plain("Its name, such as `contact.phone` or `lines.total`.")
    of: FieldClass = plain("What it is about.", name="about")
    critical: bool = plain("Whether no difference is allowed in it.")
    compared: int = plain("Pairs in which it was compared.")
    mismatched: int = plain("Those in which it differs.")
    lag: int = plain("Those in which it was only late.")
    expected: int = plain("Those in which its difference was explained.")


@view(report.NamedCount)
class ComparedCount:
    """Pairs of one store, day or version of a connector."""

    name: str = plain("Code of the store, the day in UTC, or the version; empty for no store.")
    compared: int = plain("Pairs.")
    mismatched: int = plain("Those that count against a promotion.")
    share: float = plain("Their part, between 0 and 1.")


@view(report.TrendPoint)
class ComparedStretch:
    """Pairs of one hour or day."""

    at: datetime = plain("When it begins.")
    compared: int = plain("Pairs.")
    mismatched: int = plain("Those that count against a promotion.")


@view(report.ShownSample)
class ComparedSample:
    """One difference, with nothing in it that names anybody."""

    at: datetime = plain("When it was settled.")
    field: str = plain("The field; empty for a whole record.")
    klass: DiffClass = plain("What became of it.", name="class")
    store: str = plain("Code of the store that the record names; empty for none.")
    version: str = plain("The connector's version.")
    key: str = plain("Equal for the same record, and nothing else.")
    legacy: str | None = plain("The system's value, masked; null for none.")
    platform: str | None = plain("The platform's value, masked; null for none.")
    apart: str | None = plain("How far numbers or moments lie apart.")


@view(differing.Difference)
class AdoptionDifference:
    """One difference as it is settled, with nothing in it that names anybody."""

    event_id: strawberry.ID = plain(
        "Opaque id of this event; pass the last one as `after` to miss nothing in between."
    )
    at: datetime = plain("When it was settled.")
    channel_code: str = plain("Code of the channel.")
    capability: Capability = plain("The capability.")
    klass: DiffClass = plain("What became of it.", name="class")
    field: str = plain("The field; empty for a whole record.")
    of: FieldClass = plain("What the field is about.", name="about")
    critical: bool = plain("Whether not one such difference is allowed.")
    store: str = plain("Code of the store that the record names; empty for none.")
    version: str = plain("The connector's version.")
    key: str = plain("Equal for the same record, and nothing else.")
    legacy: str | None = plain("The system's value, masked; null for none.")
    platform: str | None = plain("The platform's value, masked; null for none.")
    legacy_hash: str | None = plain("Equal for the same value of the system's.")
    platform_hash: str | None = plain("Equal for the same value; of both sides also.")
    apart: str | None = plain("How far numbers or moments lie apart.")
    more: int = plain("Further ones found in the same moment, which are counted and not told.")


@view(expected.ExpectedRule)
class ExplainedDiff:
    """A difference that somebody explained, until it expires."""

    id: strawberry.ID = plain("Its id.")
    channel: str = plain("Code of the channel.", name="channelCode")
    field: str = plain("The field; empty for a whole record.")
    klass: DiffClass = plain("MISMATCH, MISSING or EXTRA.", name="class")
    pattern: str = plain("`LEGACY -> PLATFORM`, or the stores of whole records.")
    reason: str = plain("Why it is expected.")
    owner: str = plain("Who answers for it.")
    at: datetime = plain("When it was explained.")
    expires_at: datetime = plain("When it ends.", name="until")


@view(report.Comparison)
class AdoptionComparison:
    """What comparing both sides of a channel's capability came to."""

    since: datetime | None = plain("The first comparison of these days.")
    until: datetime | None = plain("The last one.")
    compared: int = plain("Pairs of which both sides answered.")
    mismatched: int = plain("Pairs that count against a promotion, failed candidates among them.")
    critical: int = plain("Pairs that differ where no difference is allowed.")
    rate: float | None = plain("The part against, between 0 and 1; null without a pair.")
    classes: list[ComparedClass] = plain("By what became of them.")
    fields: list[ComparedField] = plain("Every field that is compared, the worst first.")
    stores: list[ComparedCount] = plain("The worst stores, at most 50.")
    days: list[ComparedCount] = plain("By day.")
    versions: list[ComparedCount] = plain("By version of the connector, the newest first.")
    trend: list[ComparedStretch] = plain("By hour up to three days, else by day.")
    samples: list[ComparedSample] = plain("Some differences, the newest first.")
    rules: list[ExplainedDiff] = plain("Explanations in force.")
