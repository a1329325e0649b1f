"""Two answers for one key, compared field by field: pure, and blind to how values are written."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from capabilities.adoption.compared_fields import FIELDS, PARTS, store_of
from capabilities.adoption.difference import WHOLE, DiffClass, FieldClass, FieldDiff, Pair
from capabilities.adoption.expected import NO_RULES, Rules
from capabilities.errors import SantongError
from capabilities.estate import Capability

# What comparing raises for what is no record of ours.
UNREADABLE = (SantongError, AttributeError, TypeError, ValueError, ArithmeticError)


class Subject(Struct, frozen=True):
    """What is compared: a channel's capability, under a version of its connector and rules."""

    channel: str
    capability: Capability
    version: str = ""
    rules: Rules = NO_RULES

    def pair(
        self,
        key: str,
        klass: DiffClass,
        at: datetime,
        store: str = "",
        fields: tuple[FieldDiff, ...] = (),
    ) -> Pair:
        """A pair of this subject."""
        return Pair(
            channel=self.channel,
            capability=self.capability,
            key=key,
            klass=klass,
            at=at,
            store=store,
            version=self.version,
            rules=self.rules.name,
            epoch=self.rules.epoch,
            fields=fields,
        )


def compare(subject: Subject, key: str, legacy: Any, platform: Any, at: datetime) -> Pair | None:
    """What became of a key; None where neither side knows it: that is no comparison.

    A difference is named MISMATCH, MISSING or EXTRA at once; that it lagged shows only later. What
    is no record of ours raises one of UNREADABLE.
    """
    if legacy is None or platform is None:
        return _one_sided(subject, key, legacy, platform, at)
    store = store_of(subject.capability, legacy)
    fields = tuple(_judged(subject.rules, one) for one in differences(subject, legacy, platform))
    return subject.pair(key, _worst(fields), at, store, fields)


def differences(subject: Subject, legacy: Any, platform: Any) -> Iterator[FieldDiff]:
    """Every field in which two records differ."""
    for part in PARTS[subject.capability]:
        mine, theirs = part.read(legacy), part.read(platform)
        if mine == theirs:
            continue
        for field in part.fields:
            one, other = field.read(mine), field.read(theirs)
            if not field.written.alike(one, other):
                yield FieldDiff(field.name, DiffClass.MISMATCH, field.of, one, other)


def readable(capability: Capability, answer: Any) -> bool:
    """Whether an answer is a record, or none: every field of it can be read."""
    try:
        for part in PARTS[capability] if answer is not None else ():
            for field in part.fields:
                field.read(part.read(answer))
    except UNREADABLE:
        return False
    return True


def same(capability: Capability, one: FieldDiff, other: FieldDiff) -> bool:
    """Whether two differences of one field are the same one: neither side says anything else."""
    if one.field == WHOLE:
        return (one.legacy, one.platform) == (other.legacy, other.platform)
    written = FIELDS[capability][one.field].written
    return written.alike(one.legacy, other.legacy) and written.alike(one.platform, other.platform)


def lagged(pair: Pair) -> Pair:
    """A pair that differed and is equal by now."""
    fields = tuple(replace(one, klass=DiffClass.LAG) for one in pair.fields)
    return replace(pair, klass=DiffClass.LAG, fields=fields)


def _one_sided(subject: Subject, key: str, legacy: Any, platform: Any, at: datetime) -> Pair | None:
    there = platform if legacy is None else legacy
    if there is None:
        return None
    klass = DiffClass.EXTRA if legacy is None else DiffClass.MISSING
    store = store_of(subject.capability, there)
    told = DiffClass.EXPECTED if subject.rules.covers(klass, WHOLE, store) else klass
    fields = (FieldDiff(WHOLE, told, FieldClass.OTHER, legacy is not None, platform is not None),)
    return subject.pair(key, told, at, store, fields)


def _judged(rules: Rules, one: FieldDiff) -> FieldDiff:
    if one.of.critical or not rules.covers(one.klass, one.field, one.legacy, one.platform):
        return one
    return replace(one, klass=DiffClass.EXPECTED)


def _worst(fields: tuple[FieldDiff, ...]) -> DiffClass:
    if not fields:
        return DiffClass.EQUAL
    expected = all(one.klass is DiffClass.EXPECTED for one in fields)
    return DiffClass.EXPECTED if expected else DiffClass.MISMATCH
