"""Attributes that the staff tells of a person: what may be told, and what is kept of it."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from capabilities.caller import MembershipKey
from capabilities.member.changing import MemberChangeDeclined
from capabilities.profile.attributes import Observation
from capabilities.profile.rules import KeyRule, ProfileRules

# The source of what is told in the graph; which of the staff it was stands in the audit trail.
STAFF = "staff"
MOST_VALUES = 20


class GivenAttribute(Struct, frozen=True, kw_only=True):
    """All values that an attribute is to have from now on; none takes away what was told here."""

    key: str
    values: tuple[str, ...]

    def __repr__(self) -> str:
        return f"GivenAttribute({self.key!r}, ***)"


def read_given(
    given: Sequence[GivenAttribute], rules: ProfileRules
) -> tuple[GivenAttribute, ...] | MemberChangeDeclined:
    """Each attribute with its values as they are kept, or why nothing is."""
    found: list[GivenAttribute] = []
    for place, one in enumerate(given):
        rule = rules.keys.get(one.key)
        if rule is None:
            return _declined(place, "key", tuple(rules.keys), code="ATTRIBUTE_UNKNOWN")
        if not rule.writable:
            return _declined(place, "key", code="ATTRIBUTE_NOT_WRITABLE")
        values = _values(one, rule)
        if values is None or any(one.key == other.key for other in found):
            return _declined(place, "values", rule.values, code="ATTRIBUTE_INVALID")
        found.append(GivenAttribute(key=one.key, values=values))
    return tuple(found)


def observations(
    given: Sequence[GivenAttribute], holder: MembershipKey, at: datetime
) -> list[Observation]:
    """What is told, under the membership that is to hold it."""
    return [
        Observation(holder=holder, key=one.key, value=value, source=STAFF, observed_at=at)
        for one in given
        for value in one.values
    ]


def _values(one: GivenAttribute, rule: KeyRule) -> tuple[str, ...] | None:
    """The values in one spelling, each once; None where one is none or there are too many."""
    if len(one.values) > (MOST_VALUES if rule.several else 1):
        return None
    values = [rule.read(raw) for raw in one.values]
    found = dict.fromkeys(value for value in values if value is not None)
    return None if None in values else tuple(found)


def _declined(
    place: int, name: str, valid: tuple[str, ...] = (), *, code: str
) -> MemberChangeDeclined:
    path = ("input", "attributes", str(place), name)
    return MemberChangeDeclined(code=code, path=path, valid=valid)
