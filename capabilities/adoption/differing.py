"""Differences told one by one as they are settled, to who follows a pair."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from capabilities.adoption.compared_fields import field_class
from capabilities.adoption.difference import DiffClass, FieldClass, Pair
from capabilities.adoption.hidden import Sample
from capabilities.estate import Capability
from capabilities.places import Place

# Of one pair between two writings; what is found beyond is counted, and said to be more.
_MOST_OF_A_PAIR = 200
_Key = tuple[str, Capability]


class Found(Struct, frozen=True):
    """A difference to be told; `more` were found with it and are only counted."""

    sample: Sample
    more: int = 0


class Findings:
    """The differences of a process since they were written down last, bounded by pair."""

    def __init__(self) -> None:
        self._told: dict[_Key, list[Found]] = {}
        self._more: Counter[_Key] = Counter()

    def full(self, pair: Pair) -> bool:
        """Whether no more of a channel's capability are told one by one."""
        return len(self._told.get((pair.channel, pair.capability), ())) >= _MOST_OF_A_PAIR

    def pass_over(self, pair: Pair) -> None:
        """Count the differences of a pair that are told no more."""
        self._more[pair.channel, pair.capability] += max(len(pair.fields), 1)

    def add(self, some: Iterable[Sample]) -> None:
        """Tell of these, as far as there is room."""
        for one in some:
            key = one.channel, one.capability
            of_pair = self._told.setdefault(key, [])
            if len(of_pair) < _MOST_OF_A_PAIR:
                of_pair.append(Found(one))
            else:
                self._more[key] += 1

    def drain(self) -> list[Found]:
        """What is to be told; nothing is left."""
        told, more = self._told, self._more
        self._told, self._more = {}, Counter()
        for key, count in more.items():
            if key in told:
                told[key][-1] = replace(told[key][-1], more=told[key][-1].more + count)
        return [one for of_pair in told.values() for one in of_pair]


class Difference(Struct, frozen=True, kw_only=True, gc=False):
    """A difference as it is told: settled, masked, and where its event lies.

    `key` and both hashes are keyed and say only whether two are of the same.
    """

    place: Place
    at: datetime
    channel_code: str
    capability: Capability
    field: str
    klass: DiffClass
    store: str
    version: str
    key: str
    legacy_hash: str | None
    platform_hash: str | None
    legacy: str | None
    platform: str | None
    apart: str | None
    more: int

    @property
    def event_id(self) -> str:
        """What a client goes on after."""
        return self.place.text

    @property
    def of(self) -> FieldClass:
        """What its field is about."""
        return field_class(self.capability, self.field)

    @property
    def critical(self) -> bool:
        """Whether not one such difference is allowed."""
        return self.of.critical and self.klass is DiffClass.MISMATCH
