"""A programme's policy: what moves points and tiers, as versioned data and never as code.

The records are the file format: `gateway.programme` derives its JSON Schema from them.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from enum import Enum

from msgspec import Struct

from capabilities.member.records import PointsAuthority
from capabilities.points.records import PolicyRef
from capabilities.points.spans import Span


class Weekday(Enum):
    """Days of the week, Monday first."""

    MON = "MON"
    TUE = "TUE"
    WED = "WED"
    THU = "THU"
    FRI = "FRI"
    SAT = "SAT"
    SUN = "SUN"


class Downgrade(Enum):
    """Where a tier that was not kept leads."""

    STEP = "STEP"
    EARNED = "EARNED"


class Rate(Struct, frozen=True, forbid_unknown_fields=True):
    """So many points for so much money, in major units."""

    points: int
    per: Decimal = Decimal(1)


class When(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a rule is for; what is absent restricts nothing. `first` and `last` are days."""

    categories: tuple[str, ...] = ()
    skus: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    stores: tuple[str, ...] = ()
    tiers: tuple[str, ...] = ()
    weekdays: tuple[Weekday, ...] = ()
    first: date | None = None
    last: date | None = None


class EarnRule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a line is worth beside the base; all rules that are for it multiply, 0 excludes it."""

    name: str
    multiply: Decimal
    when: When = When()


class Earn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Points for what was paid: pending for the return period, valid for a time after it."""

    rate: Rate
    return_days: int = 0
    valid: Span | None = None
    rules: tuple[EarnRule, ...] = ()


class Level(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One tier: what one must reach, and what keeps it for another period."""

    code: str
    name: str | None = None
    qualify: int = 0
    keep: int = 0


class Tiers(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Tiers, the lowest first, by qualifying points within a window that ends on each day."""

    rate: Rate
    window: Span
    valid: Span
    downgrade: Downgrade = Downgrade.STEP
    levels: tuple[Level, ...]

    def rank(self, code: str | None) -> int:
        """Where a tier stands, the lowest for one that is not known (any more)."""
        codes = [level.code for level in self.levels]
        return codes.index(code) if code in codes else 0


class Benefit(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a membership gives, or some of its tiers.

    `uses` is how often within `per`, a time that ends today; without it within the tier's period,
    or once and for all where no tier is named.
    """

    code: str
    name: str
    tiers: tuple[str, ...] = ()
    uses: int | None = None
    per: Span | None = None
    first: date | None = None
    last: date | None = None

    def held(self, tier: str | None, day: date) -> bool:
        """Whether a membership of a tier has it on a day."""
        begun = self.first is None or self.first <= day
        ended = self.last is not None and self.last < day
        return begun and not ended and (not self.tiers or tier in self.tiers)


class ExchangeRule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Points of this programme for points of another: `gives` of these are `gets` of those."""

    to: str
    gives: int
    gets: int
    least: int = 1
    first: date | None = None
    last: date | None = None

    def open_on(self, day: date) -> bool:
        """Whether it is offered on a day."""
        begun = self.first is None or self.first <= day
        return begun and (self.last is None or day <= self.last)


class Policy(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One version of a programme, from the day that it starts.

    `channels` are those whose memberships are of this programme. With the authority LEGACY its
    ledger is a mirror of what another system decides: kept for comparison, and never shown.
    """

    programme: str
    name: str
    starts: date
    channels: tuple[str, ...]
    authority: PointsAuthority = PointsAuthority.PLATFORM
    time_zone: str = "Asia/Shanghai"
    currency: str = "CNY"
    point_cost: Decimal = Decimal(0)
    earn: Earn
    tiers: Tiers | None = None
    benefits: tuple[Benefit, ...] = ()
    exchange: tuple[ExchangeRule, ...] = ()


class PolicyVersion(Struct, frozen=True, kw_only=True):
    """A policy with its number, from 1 for each programme."""

    version: int
    policy: Policy

    @property
    def ref(self) -> PolicyRef:
        """What entries name it by."""
        return PolicyRef(self.policy.programme, self.version)


class Programme(Struct, frozen=True):
    """All versions of one programme, the first first."""

    versions: tuple[PolicyVersion, ...]

    @property
    def code(self) -> str:
        """Its name in data."""
        return self.versions[0].policy.programme

    def on(self, day: date) -> PolicyVersion | None:
        """The version in force on a day: the newest that had started."""
        started = [one for one in self.versions if one.policy.starts <= day]
        return started[-1] if started else None

    def tiers_on(self, day: date) -> Tiers | None:
        """The tiers in force on a day."""
        version = self.on(day)
        return None if version is None else version.policy.tiers


def programme_of(
    programmes: Sequence[Programme], channel: str, day: date
) -> tuple[Programme, PolicyVersion] | None:
    """The programme that a channel's memberships are of on a day, and its version in force."""
    for programme in programmes:
        version = programme.on(day)
        if version is not None and channel in version.policy.channels:
            return programme, version
    return None
