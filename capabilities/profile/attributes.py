"""Profile attributes: what each source told of a person, and which of it survives.

An observation belongs to the membership that told it and is never changed by a merge; what survives
is computed from all of them when somebody asks, by rules that are data.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

from msgspec import Struct

from capabilities.caller import MembershipKey
from capabilities.profile.rules import KeyRule, ProfileRules, Survivorship

_EVER = datetime(1, 1, 1, tzinfo=UTC)
_DAY_LENGTH = len("1990-05-17")


class Observation(Struct, frozen=True, kw_only=True, gc=False):
    """One source's word; `confidence` is from 0 to 1.

    `first_observed_at` is when this source told this value first, where it told it before;
    `value_hash` stands for the value where it is kept, and breaks a last tie.
    """

    holder: MembershipKey
    key: str
    value: str
    source: str
    observed_at: datetime
    confidence: float = 1.0
    first_observed_at: datetime | None = None
    value_hash: bytes = b""

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


def surviving(
    observations: Iterable[Observation], rules: ProfileRules, version: int = 0
) -> tuple[Attribute, ...]:
    """What survives, by key and value; the same whatever the order of the observations.

    Ties are broken by moment, confidence, source, membership and value, so two processes never
    disagree; `store.profile.attribute_sql` says the same in SQL.
    """
    known = sorted(observations, key=lambda one: one.key)
    return tuple(
        _attribute(one, rules.rule(key), version)
        for key, told in groupby(known, lambda one: one.key)
        for one in _survivors(tuple(told), rules.rule(key))
    )


def _survivors(told: tuple[Observation, ...], rule: KeyRule) -> tuple[Observation, ...]:
    trusted = [
        one for one in told if one.confidence >= rule.least_confidence and rule.accepts(one.value)
    ]
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
    return (one.observed_at, one.confidence, one.source, *_place_and_value(one))


def _old(one: Observation) -> tuple[Any, ...]:
    first = one.first_observed_at or one.observed_at
    return (_EVER - first, one.source, *_place_and_value(one), one.confidence)


def _place_and_value(one: Observation) -> tuple[Any, ...]:
    return (one.holder.channel, one.holder.number, one.value_hash, one.value)


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
