"""What conditions ask of attributes, held against the attributes that are declared."""

from collections.abc import Iterator

from capabilities.errors import BadInput
from capabilities.profile.rules import AttributeType, KeyRule, ProfileRules
from capabilities.segment.conditions import Attribute, Condition, parts


def attributes_of(condition: Condition) -> Iterator[Attribute]:
    """Every condition on an attribute in a tree."""
    if isinstance(condition, Attribute):
        yield condition
    for part in parts(condition):
        yield from attributes_of(part)


def check_attributes(condition: Condition, rules: ProfileRules) -> None:
    """BadInput where a tree asks for what no attribute can be, or for more than is shown of one."""
    wrong = [reason for one in attributes_of(condition) if (reason := _wrong(one, rules))]
    if wrong:
        raise BadInput(f"the conditions are wrong: {'; '.join(wrong)}", code="SEGMENT_INVALID")


def _wrong(one: Attribute, rules: ProfileRules) -> str | None:
    rule = rules.keys.get(one.key)
    if rule is None:
        declared = ", ".join(sorted(rules.keys)) or "none"
        return f"no attribute {one.key!r} is declared; declared: {declared}"
    if one.values is not None:
        return _wrong_values(one, rule)
    dated = one.months is not None or one.months_ahead is not None
    if dated and rule.type is not AttributeType.DATE:
        return f"attribute {one.key!r} is no date"
    return None


def _wrong_values(one: Attribute, rule: KeyRule) -> str | None:
    if rule.personal:
        return f"the values of attribute {one.key!r} are personal"
    if not all(rule.read(value) for value in one.values or ()):
        valid = ", ".join(rule.values) or rule.type.value
        return f"a value of attribute {one.key!r} is none that it can be: {valid}"
    return None
