"""Differences that a person explained: a rule with its pattern, reason, owner and expiry."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from hashlib import sha256
from typing import Any

from msgspec import Struct

from capabilities.adoption.compared_fields import FIELDS, Field
from capabilities.adoption.difference import WHOLE, DiffClass
from capabilities.errors import BadInput
from capabilities.estate import Capability

ANYTHING = "*"
NOTHING = "-"
ARROW = " -> "
# Nothing is explained for ever.
LONGEST = timedelta(days=90)
_INVALID = "ADOPTION_DIFF_INVALID"
_CRITICAL = "ADOPTION_DIFF_CRITICAL"
_LONGEST_PATTERN = 200


class ExpectedRule(Struct, frozen=True, kw_only=True):
    """One explanation: of one class, in one field, until it expires.

    Of a field `pattern` is `LEGACY -> PLATFORM`: each side a glob, `*` for anything, `-` for no
    value. Of a whole record that is missing or extra it is a glob of its store.
    """

    id: str
    channel: str
    capability: Capability
    field: str
    klass: DiffClass
    pattern: str
    reason: str
    owner: str
    at: datetime
    expires_at: datetime

    def covers(self, klass: DiffClass, field: str, legacy: Any, platform: Any) -> bool:
        """Whether it explains a difference; the values are those of the field, or the store."""
        if klass is not self.klass or field != self.field:
            return False
        if field == WHOLE:
            return fnmatchcase(str(legacy or ""), self.pattern)
        left, _, right = self.pattern.partition(ARROW)
        known = FIELDS[self.capability][field]
        return _fits(known, left, legacy) and _fits(known, right, platform)

    def stands(self, at: datetime) -> bool:
        """Whether it holds at a moment."""
        return self.at <= at < self.expires_at


class Rules:
    """The explanations of one channel's capability that stand at a moment.

    `epoch` is the step of its history with which what is compared now began.
    """

    def __init__(self, rules: Iterable[ExpectedRule] = (), epoch: int = 0) -> None:
        self.all = tuple(sorted(rules, key=lambda one: one.id))
        self.epoch = epoch

    def at(self, moment: datetime) -> "Rules":
        """Those of them that stand then; itself where all do."""
        standing = [one for one in self.all if one.stands(moment)]
        return self if len(standing) == len(self.all) else Rules(standing, self.epoch)

    @property
    def name(self) -> str:
        """Eight characters that change with what is explained; none where nothing is."""
        if not self.all:
            return ""
        return sha256("\n".join(one.id for one in self.all).encode()).hexdigest()[:8]

    def covers(self, klass: DiffClass, field: str, legacy: Any, platform: Any = None) -> bool:
        """Whether one of them explains a difference."""
        return any(one.covers(klass, field, legacy, platform) for one in self.all)


NO_RULES = Rules()


def check(rule: ExpectedRule) -> None:
    """BadInput for a rule that explains what may not be explained, or that says nothing."""
    if rule.klass is DiffClass.MISMATCH:
        _check_field(rule)
    elif rule.klass not in (DiffClass.MISSING, DiffClass.EXTRA):
        raise _wrong("class", "MISMATCH, MISSING and EXTRA can be explained")
    elif rule.field != WHOLE:
        raise _wrong("field", "a record that is missing or extra has no field")
    if not rule.reason.strip() or not rule.owner.strip():
        raise _wrong("reason", "an explanation has a reason and an owner")
    if not rule.pattern.strip() or len(rule.pattern) > _LONGEST_PATTERN:
        raise _wrong("pattern", f"a pattern has 1 to {_LONGEST_PATTERN} characters")
    if not rule.at < rule.expires_at <= rule.at + LONGEST:
        raise _wrong("until", f"an explanation ends, after {LONGEST.days} days at the latest")


def _check_field(rule: ExpectedRule) -> None:
    known = FIELDS.get(rule.capability, {})
    field = known.get(rule.field)
    if field is None:
        raise _wrong("field", f"compared are {', '.join(sorted(known)) or 'no fields'}")
    if field.of.critical:
        message = f"`field`: {field.name} is critical: no difference in it is explained"
        raise BadInput(message, code=_CRITICAL)
    sides = rule.pattern.split(ARROW)
    if len(sides) != 2 or not all(side.strip() for side in sides):  # noqa: PLR2004 - both
        raise _wrong("pattern", f"of a field it is LEGACY{ARROW}PLATFORM")
    if field.personal and not set(sides) <= {ANYTHING, NOTHING}:
        reason = f"of what is personal each side is {ANYTHING} or {NOTHING}"
        raise _wrong("pattern", reason)


def _wrong(place: str, reason: str) -> BadInput:
    return BadInput(f"`{place}`: {reason}", code=_INVALID)


def _fits(field: Field, pattern: str, value: Any) -> bool:
    if pattern == ANYTHING:
        return True
    text = told(field, value)
    return text is None if pattern == NOTHING else text is not None and fnmatchcase(text, pattern)


def told(field: Field, value: Any) -> str | None:
    """A value as a pattern reads it; None where there is none."""
    plain = field.written.plain(value)
    return None if plain in (None, (), frozenset()) else str(plain)
