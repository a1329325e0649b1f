"""What comparisons of a pair came to: by class, field, store, day, version, and over time."""

from datetime import datetime

from msgspec import Struct

from capabilities.adoption.difference import DiffClass, FieldClass
from capabilities.adoption.expected import ExpectedRule
from capabilities.estate import Capability


class ClassCount(Struct, frozen=True, kw_only=True):
    """Pairs of one class."""

    klass: DiffClass
    count: int


class FieldCount(Struct, frozen=True, kw_only=True):
    """What became of one field in all pairs that were compared."""

    field: str
    of: FieldClass
    compared: int
    mismatched: int = 0
    lag: int = 0
    expected: int = 0

    @property
    def critical(self) -> bool:
        """Whether no difference is allowed in it."""
        return self.of.critical


class NamedCount(Struct, frozen=True, kw_only=True):
    """Pairs of one store, day or version of a connector, and how many count against."""

    name: str
    compared: int
    mismatched: int

    @property
    def share(self) -> float:
        """The part that counts against."""
        return self.mismatched / self.compared if self.compared else 0.0


class TrendPoint(Struct, frozen=True, kw_only=True):
    """Pairs of one stretch of time, which begins at `at`."""

    at: datetime
    compared: int
    mismatched: int


class ShownSample(Struct, frozen=True, kw_only=True):
    """A difference as people see it: masked, and by what `key` it is the same as another."""

    at: datetime
    field: str
    klass: DiffClass
    store: str
    version: str
    key: str
    legacy: str | None
    platform: str | None
    apart: str | None


class Comparison(Struct, frozen=True, kw_only=True):
    """The report of one channel's capability.

    `compared` are pairs of which both sides answered, `mismatched` those that count against,
    failed candidates among them; `critical` differ in a field where no difference is allowed.
    Stores are those with the greatest part against, first.
    """

    channel: str
    capability: Capability
    since: datetime | None
    until: datetime | None
    compared: int
    mismatched: int
    critical: int
    classes: tuple[ClassCount, ...] = ()
    fields: tuple[FieldCount, ...] = ()
    stores: tuple[NamedCount, ...] = ()
    days: tuple[NamedCount, ...] = ()
    versions: tuple[NamedCount, ...] = ()
    trend: tuple[TrendPoint, ...] = ()
    samples: tuple[ShownSample, ...] = ()
    rules: tuple[ExpectedRule, ...] = ()

    @property
    def rate(self) -> float | None:
        """The part that counts against; None where nothing was compared."""
        failed = next(
            (one.count for one in self.classes if one.klass is DiffClass.CANDIDATE_ERROR), 0
        )
        asked = self.compared + failed
        return self.mismatched / asked if asked else None
