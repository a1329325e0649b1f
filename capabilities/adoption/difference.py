"""What became of one comparison: the classes of a pair, and its fields that differ."""

from datetime import datetime
from enum import Enum
from typing import Any

from msgspec import Struct

from capabilities.estate import Capability

# The field of what concerns a whole record: one that is there on one side only.
WHOLE = ""


class DiffClass(Enum):
    """What became of a pair of answers, or of one of its fields."""

    EQUAL = "EQUAL"
    LAG = "LAG"
    EXPECTED = "EXPECTED"
    MISMATCH = "MISMATCH"
    MISSING = "MISSING"
    EXTRA = "EXTRA"
    CANDIDATE_ERROR = "CANDIDATE_ERROR"


# These count against a promotion.
AGAINST = frozenset(
    {DiffClass.MISMATCH, DiffClass.MISSING, DiffClass.EXTRA, DiffClass.CANDIDATE_ERROR}
)
# These are looked at again once what lags had its time.
UNSETTLED = frozenset({DiffClass.MISMATCH, DiffClass.MISSING, DiffClass.EXTRA})


class FieldClass(Enum):
    """What a field is about; in all but OTHER no difference is allowed, and none is explained."""

    POINTS = "POINTS"
    AMOUNT = "AMOUNT"
    STATUS = "STATUS"
    PHONE = "PHONE"
    OTHER = "OTHER"

    @property
    def critical(self) -> bool:
        """Whether not one difference is allowed."""
        return self is not FieldClass.OTHER


class FieldDiff(Struct, frozen=True):
    """One field in which two records differ, with both values as they were answered."""

    field: str
    klass: DiffClass
    of: FieldClass
    legacy: Any
    platform: Any

    def __repr__(self) -> str:
        return f"FieldDiff({self.field!r}, {self.klass.value})"


class Pair(Struct, frozen=True, kw_only=True):
    """One key that both sides were asked for, and what became of it.

    `key` is the natural key, `store` the store that the record names, `version` the connector's
    and `rules` the explanations' at that time. `epoch` is the step with which the pair began to be
    compared.
    """

    channel: str
    capability: Capability
    key: str
    klass: DiffClass
    at: datetime
    store: str = ""
    version: str = ""
    rules: str = ""
    epoch: int = 0
    fields: tuple[FieldDiff, ...] = ()

    def __repr__(self) -> str:
        return f"Pair({self.channel!r}, {self.capability.value!r}, {self.klass.value})"

    @property
    def critical(self) -> bool:
        """Whether a field differs in which no difference is allowed."""
        return any(one.of.critical and one.klass is DiffClass.MISMATCH for one in self.fields)
