"""Profile attributes: what each source told of a person, and which of it survives.

An observation belongs to the membership that told it and is never changed by a merge; what survives
is computed from all of them when somebody asks, by rules that are data.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from enum import Enum
from itertools import groupby
from typing import Annotated, Any

from msgspec import Meta, Struct

from capabilities.caller import MembershipKey

Share = Annotated[float, Meta(ge=0, le=1)]
KeyName = Annotated[str, Meta(pattern=r"^[a-z][A-Za-z0-9]{0,49}$")]
_EVER = datetime(1, 1, 1, tzinfo=UTC)
_DAY_LENGTH = len("1990-05-17")


class Survivorship(Enum):
    """Which of several values of one attribute stands."""

    MOST_RECENT = "MOST_RECENT"
    OLDEST = "OLDEST"
    HIGHEST_CONFIDENCE = "HIGHEST_CONFIDENCE"
    SOURCE_PRIORITY = "SOURCE_PRIORITY"
    UNION = "UNION"


class Observation(Struct, frozen=True, kw_only=True, gc=False):
    """One source's word; `confidence` is from 0 to 1.

    `first_observed_at` is when this source told this value first, where it told it before.
    """

    holder: MembershipKey
    key: str
    value: str
    source: str
    observed_at: datetime
    confidence: float = 1.0
    first_observed_at: datetime | None = None

    def __repr__(self) -> str:
        return f"Observation({self.key!r}, ***, {self.source!r})"


class Attribute(Struct, frozen=True, kw_only=True, gc=False):
    """One value that survives, with where it is from; inside only where it is `personal`."""

    key: str
    value: str
    source: str
    observed_at: datetime
    confidence: float
    survivorship: Survivorship
    personal: bool
    rules_version: int

    def __repr__(self) -> str:
        return f"Attribute({self.key!r}, ***, {self.source!r})"

    @property
    def value_masked(self) -> str:
        """The value as it may be shown: of a personal one no more than a month or one letter."""
        if not self.personal:
            return self.value
        if len(self.value) == _DAY_LENGTH and self.value[4:5] == self.value[7:8] == "-":
            return f"****-{self.value[5:7]}-**"
        return f"{self.value[:1]}***"


class KeyRule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How one attribute survives; `sources` in falling rank for SOURCE_PRIORITY.

    What is told with less than `least_confidence` never survives. A `personal` value is masked.
    """

    survivorship: Survivorship = Survivorship.MOST_RECENT
    sources: tuple[str, ...] = ()
    least_confidence: Share = 0.0
    personal: bool = True


class ProfileRules(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The rules of all attributes; `otherwise` holds for keys that none is written for."""

    keys: Mapping[KeyName, KeyRule]
    otherwise: KeyRule = KeyRule()

    def rule(self, key: str) -> KeyRule:
        """The rule of one attribute."""
        return self.keys.get(key, self.otherwise)


DEFAULT_RULES = ProfileRules(
    keys={
        "birthday": KeyRule(survivorship=Survivorship.HIGHEST_CONFIDENCE),
        "gender": KeyRule(survivorship=Survivorship.HIGHEST_CONFIDENCE, personal=False),
        "language": KeyRule(personal=False),
        "preferredStore": KeyRule(personal=False),
        "interest": KeyRule(survivorship=Survivorship.UNION, personal=False),
    }
)


def surviving(
    observations: Iterable[Observation], rules: ProfileRules, version: int = 0
) -> tuple[Attribute, ...]:
    """What survives, by key and value; the same whatever the order of the observations.

    Ties are broken by moment, confidence, source and value, so two processes never disagree.
    """
    known = sorted(observations, key=lambda one: one.key)
    return tuple(
        _attribute(one, rules.rule(key), version)
        for key, told in groupby(known, lambda one: one.key)
        for one in _survivors(tuple(told), rules.rule(key))
    )


def _survivors(told: tuple[Observation, ...], rule: KeyRule) -> tuple[Observation, ...]:
    trusted = [one for one in told if one.confidence >= rule.least_confidence]
    if not trusted:
        return ()
    if rule.survivorship is Survivorship.UNION:
        values = sorted({one.value for one in trusted})
        return tuple(
            max((one for one in trusted if one.value == value), key=_recent) for value in values
        )
    return (max(trusted, key=_rank_of(rule)),)


def _rank_of(rule: KeyRule) -> Callable[[Observation], tuple[Any, ...]]:
    ranks: Mapping[Survivorship, Callable[[Observation], tuple[Any, ...]]] = {
        Survivorship.MOST_RECENT: _recent,
        Survivorship.OLDEST: _old,
        Survivorship.HIGHEST_CONFIDENCE: lambda one: (one.confidence, *_recent(one)),
        Survivorship.SOURCE_PRIORITY: lambda one: (-_place(rule.sources, one), *_recent(one)),
    }
    return ranks[rule.survivorship]


def _recent(one: Observation) -> tuple[Any, ...]:
    return (one.observed_at, one.confidence, one.source, one.value)


def _old(one: Observation) -> tuple[Any, ...]:
    return (_EVER - (one.first_observed_at or one.observed_at), one.source, one.value)


def _place(sources: tuple[str, ...], one: Observation) -> int:
    """Place in the ranking; a source that is not ranked comes after all that are."""
    return sources.index(one.source) if one.source in sources else len(sources)


def _attribute(one: Observation, rule: KeyRule, version: int) -> Attribute:
    return Attribute(
        key=one.key,
        value=one.value,
        source=one.source,
        observed_at=one.observed_at,
        confidence=one.confidence,
        survivorship=rule.survivorship,
        personal=rule.personal,
        rules_version=version,
    )
