"""Which observation of an attribute stands, as SQL: what `profile.attributes.surviving` says.

Values are sealed, so they are compared by their keyed hashes, and dates by that of their month. A
property test holds it against the rule in Python.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

from capabilities.profile.rules import AttributeType, KeyRule, ProfileRules, Survivorship
from capabilities.segment.conditions import Attribute
from store.profile.attribute_rows import AttributeRows

_RECENT = "o.observed_at DESC, o.confidence DESC, o.source DESC"
_PLACE = "o.channel DESC, o.number DESC, o.value_hash DESC"
_RANKS: Mapping[Survivorship, str] = {
    Survivorship.MOST_RECENT: _RECENT,
    Survivorship.OLDEST: "o.first_observed_at, o.source DESC",
    Survivorship.HIGHEST_CONFIDENCE: f"o.confidence DESC, {_RECENT}",
    Survivorship.SOURCE_PRIORITY: f"array_position(:sources, o.source) NULLS LAST, {_RECENT}",
}


class Binding(Protocol):
    """What a compilation gives: parameters, and the month so many from now."""

    whole: bool

    def bind(self, value: object, kind: str) -> str:
        """A value as a parameter of a type of SQL."""

    def month(self, ahead: int) -> int:
        """The retailer's month so many from now, from 1 to 12."""


class AttributeSql:
    """Compiles conditions on attributes by the rules in force."""

    def __init__(self, rows: AttributeRows, rules: ProfileRules) -> None:
        self._rows = rows
        self._rules = rules

    def compiled(self, one: Attribute, asking: Binding) -> str:
        """The condition over `members m`."""
        rule = self._rules.rule(one.key)
        told = self._trusted(one.key, rule, asking)
        wanted = self._wanted(one, rule, asking)
        if wanted is None or rule.several:
            return _of_person(told if wanted is None else f"{told} AND {wanted}")
        stands = (
            f"EXISTS (SELECT FROM (SELECT o.* {_OBSERVED} AND l.one_id = m.one_id AND {told}"
            f" ORDER BY {self._rank(rule, asking)} LIMIT 1) o WHERE {wanted})"
        )
        if not asking.whole:
            return stands
        # Who was told it anywhere is found at once; only of these it is asked what stands.
        return f"m.one_id IN (SELECT l.one_id {_OBSERVED} AND {told} AND {wanted}) AND {stands}"

    def _trusted(self, key: str, rule: KeyRule, asking: Binding) -> str:
        parts = [
            f"o.key = {asking.bind(key, 'text')}",
            f"o.confidence >= {asking.bind(rule.least_confidence, 'float8')}",
        ]
        if rule.type is not AttributeType.TEXT:
            parts.append(f"{asking.bind(rule.type.value, 'text')} = ANY (o.kinds)")
        if rule.values:
            parts.append(f"o.value_hash = ANY ({self._hashes(key, rule, rule.values, asking)})")
        return " AND ".join(parts)

    def _wanted(self, one: Attribute, rule: KeyRule, asking: Binding) -> str | None:
        if one.values is not None:
            return f"o.value_hash = ANY ({self._hashes(one.key, rule, one.values, asking)})"
        months = one.months
        if one.months_ahead is not None:
            months = (asking.month(one.months_ahead),)
        if months is None:
            return None
        hashes = tuple(self._rows.month_hash(one.key, month) for month in months)
        return f"o.month_hash = ANY ({asking.bind(hashes, 'bytea[]')})"

    def _hashes(self, key: str, rule: KeyRule, values: Sequence[str], asking: Binding) -> str:
        read = (rule.read(value) for value in values)
        hashes = tuple(self._rows.value_hash(key, value) for value in read if value is not None)
        return asking.bind(hashes, "bytea[]")

    def _rank(self, rule: KeyRule, asking: Binding) -> str:
        rank = _RANKS[rule.survivorship]
        if rule.survivorship is Survivorship.SOURCE_PRIORITY:
            rank = rank.replace(":sources", asking.bind(rule.sources, "text[]"))
        return f"{rank}, {_PLACE}"


_OBSERVED = (
    "FROM membership_links l JOIN attribute_observations o ON o.brand = l.brand"
    " AND o.number = l.number AND o.channel = l.channel WHERE l.brand = :brand"
)


def _of_person(told: str) -> str:
    return f"EXISTS (SELECT {_OBSERVED} AND l.one_id = m.one_id AND {told})"
