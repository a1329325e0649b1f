"""How long each kind of record is kept, unless the retailer says otherwise."""

from datetime import datetime

from msgspec import Struct

# Days by kind; what is not named here is kept.
USUAL = {
    "raw_bodies": 7,
    "quarantine": 90,
    "events": 14,
    "wishes": 30,
    "touchpoints": 730,
    "judged_candidates": 365,
    "usage": 90,
    "usage_reads": 90,
}
LONGEST_DAYS = 36_500


class RetentionRule(Struct, frozen=True, kw_only=True):
    """How long one kind is kept, and who said so; nobody for the usual time."""

    kind: str
    days: int
    changed_by: str | None = None
    changed_at: datetime | None = None


class Kept(Struct, frozen=True):
    """A kind, and how many of its records are or were over their time."""

    rule: RetentionRule
    over: int
