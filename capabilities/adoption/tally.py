"""Comparisons as counts, gathered in a process until they are written down."""

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime
from typing import TypeAlias

from msgspec import Struct

from capabilities.adoption.difference import WHOLE, DiffClass, Pair
from capabilities.adoption.differing import Findings, Found
from capabilities.adoption.hidden import Sample, samples, unanswered
from capabilities.estate import Capability

# What a process holds while nobody writes it down; beyond that counts are lost, and counted.
_MOST_COUNTS = 20_000
_MOST_SAMPLES = 500
# Of one field and class between two writings: the first ones say what the others would.
_MOST_ALIKE = 5


class Counted(Struct, frozen=True):
    """What is counted together: a pair by its class (`field` is PAIRS), or a field of it."""

    channel: str
    capability: Capability
    field: str
    klass: DiffClass
    store: str
    minute: datetime
    version: str
    rules: str
    epoch: int = 0
    critical: bool = False

    @property
    def day(self) -> date:
        """The day in UTC."""
        return self.minute.date()


# The field of the counts of whole pairs; no record has one of that name.
PAIRS = "*"


class Span(Struct):
    """How many there were, from when until when; it grows."""

    count: int
    first: datetime
    last: datetime

    def add(self, other: "Span") -> None:
        """Take more of the same in."""
        self.count += other.count
        self.first, self.last = min(self.first, other.first), max(self.last, other.last)


Drained: TypeAlias = tuple[dict[Counted, Span], list[Sample], list[Found]]


class Batch(Struct, frozen=True):
    """Which writing of a process something is of, so that it counts once however often it is sent.

    Numbers of a writer rise, and it sends none before the one before it was confirmed.
    """

    writer: str
    number: int
    at: datetime


class Tally:
    """What was found in pairs since the last drain; `secret` hashes what samples hold."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self.counts: dict[Counted, Span] = {}
        self.samples: list[Sample] = []
        self._alike: Counter[tuple[str, Capability, str, DiffClass]] = Counter()
        self._findings = Findings()
        self.lost = 0

    def add(self, pair: Pair, times: int = 1) -> None:
        """Count a pair that is settled, and each field in which it differs.

        One that was drawn several times counts as often, and is told once.
        """
        self._count(pair, PAIRS, pair.klass, times, critical=pair.critical)
        for one in pair.fields:
            name = one.field if one.field != WHOLE else PAIRS
            if name != PAIRS:
                critical = one.of.critical and one.klass is DiffClass.MISMATCH
                self._count(pair, name, one.klass, times, critical=critical)
        if pair.klass is not DiffClass.EQUAL:
            self._differs(pair)

    def drain(self) -> Drained:
        """What was gathered; the tally is empty afterwards."""
        counts, some = self.counts, self.samples
        self.counts, self.samples, self._alike = {}, [], Counter()
        return counts, some, self._findings.drain()

    def _count(
        self, pair: Pair, field: str, klass: DiffClass, times: int, *, critical: bool
    ) -> None:
        minute = pair.at.replace(second=0, microsecond=0)
        place = (pair.channel, pair.capability, field, klass, pair.store, minute)
        counted = Counted(*place, pair.version, pair.rules, pair.epoch, critical)
        self._add(counted, Span(times, pair.at, pair.at))

    def _add(self, one: Counted, span: Span) -> None:
        known = self.counts.get(one)
        if known is not None:
            known.add(span)
        elif len(self.counts) < _MOST_COUNTS:
            self.counts[one] = span
        else:
            self.lost += span.count

    def _differs(self, pair: Pair) -> None:
        """Keep samples of a pair that differs, and tell of it, as far as there is room."""
        full = len(self.samples) >= _MOST_SAMPLES
        if full and self._findings.full(pair):
            self._findings.pass_over(pair)
            return
        some = samples(pair, self._secret)
        self._findings.add(some or [unanswered(pair, self._secret)])
        if not full:
            self._sample(some)

    def _sample(self, some: Iterable[Sample]) -> None:
        for one in some:
            alike = (one.channel, one.capability, one.field, one.klass)
            self._alike[alike] += 1
            if self._alike[alike] <= _MOST_ALIKE:
                self.samples.append(one)
