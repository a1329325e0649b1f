"""How a capability of a channel stands: what every process decides reads and writes by."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from enum import Enum

from msgspec import Struct

from capabilities.adoption.cohort import ALL, Cohorts, within
from capabilities.adoption.states import AdoptionState, Side, at_least
from capabilities.estate import Capability

_S = AdoptionState
_COMPARED = frozenset({_S.SHADOW_READ, _S.CANARY_READ, _S.MIDDLE_READ})
_DUAL = frozenset({_S.DUAL_WRITE_LEGACY_LEAD, _S.DUAL_WRITE_MIDDLE_LEAD})
_FIELDWISE = frozenset({_S.CANARY_READ, _S.MIDDLE_READ, *_DUAL})
_NO_LABELS: frozenset[str] = frozenset()
# Where the way of a capability ends before LEGACY_RETIRED. A system's promotions are written there
# alone, and coupons, which are never copied, are read there; its orders are commands of which it
# gives the numbers, so they have one leader. None of the three is ever left.
LAST: Mapping[Capability, AdoptionState] = {
    Capability.PROMOTION: _S.MIDDLE_READ,
    Capability.ORDER: _S.MIDDLE_READ,
}
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


class ConflictPolicy(Enum):
    """What happens where both sides changed the same: chosen before the platform leads."""

    LEADER_WINS = "LEADER_WINS"
    FIELD_WISE = "FIELD_WISE"
    QUEUE = "QUEUE"


class Standing(Struct, frozen=True, kw_only=True):
    """How one (channel, capability) stands; changed as a whole, by one step of its history.

    A subject is a OneID where the store knows it, else a natural key. `fields` names fields that
    another side answers than the rest. `from_state` is the state before; while HALTED it says who
    leads, and `frozen` that reads stay where they were. `entered_at` is when the state began,
    `routed_at` when a percentage changed last.
    """

    channel: str
    capability: Capability
    state: AdoptionState
    read_points: int = 0
    write_points: int = 0
    cohorts: Cohorts = Cohorts()
    fields: Mapping[str, Side] = {}
    conflict_policy: ConflictPolicy | None = None
    review_on: date | None = None
    version: int = 0
    entered_at: datetime = _BEGINNING
    routed_at: datetime = _BEGINNING
    changed_at: datetime = _BEGINNING
    author: str | None = None
    reason: str | None = None
    from_state: AdoptionState | None = None
    frozen: bool = False

    @property
    def answered(self) -> bool:
        """Whether callers are answered at all: before FEDERATED_READ only the owners look."""
        return self.state is _S.STAYS_LEGACY or at_least(self.lead, _S.FEDERATED_READ)

    @property
    def next(self) -> AdoptionState | None:
        """The one step up of this pair; at the end of its way there is none."""
        return None if self.state is LAST.get(self.capability) else self.state.next

    @property
    def lead(self) -> AdoptionState:
        """The state that says who leads: while HALTED the one before, for nothing was drained."""
        halted_from = self.from_state if self.state is _S.HALTED else None
        return self.state if halted_from is None else halted_from

    def reads(
        self,
        subject: str,
        field: str | None = None,
        labels: frozenset[str] = _NO_LABELS,
        store: str | None = None,
    ) -> Side:
        """Who answers a subject, or one field of it.

        While HALTED that is who leads its writes, or who answered before where it is frozen.
        """
        if self.state is _S.HALTED and not self.frozen:
            return self.writes(subject)
        if field is not None and field in self.fields and self.lead in _FIELDWISE:
            return self.fields[field]
        if self.lead is _S.CANARY_READ:
            first = self.cohorts.hold(subject, labels, store)
            first = first or within(self.capability, subject, self.read_points)
            return Side.PLATFORM if first else Side.LEGACY
        return Side.PLATFORM if at_least(self.lead, _S.MIDDLE_READ) else Side.LEGACY

    def writes(self, subject: str) -> Side:
        """Who takes a write of a subject first: there is always one leader."""
        if self.lead is _S.DUAL_WRITE_MIDDLE_LEAD:
            led = within(self.capability, subject, self.write_points)
            return Side.PLATFORM if led else Side.LEGACY
        return Side.PLATFORM if at_least(self.lead, _S.MIDDLE_OWNED) else Side.LEGACY

    def led_as(self, other: "Standing") -> bool:
        """Whether every write goes the same way under another standing of the pair."""
        return self.writing == other.writing

    @property
    def writing(self) -> tuple[object, ...]:
        """All that decides where a write goes: below two sides, whether there is a copy yet."""
        if at_least(self.lead, _S.DUAL_WRITE_LEGACY_LEAD):
            return self.lead, self.write_points
        return (at_least(self.lead, _S.SHADOW_READ),)

    def follows(self, subject: str) -> Side | None:
        """Who is told of a write behind its leader, through the outbox; None where nobody is."""
        if self.lead in _DUAL:
            return self.writes(subject).other
        return Side.LEGACY if self.lead is _S.MIDDLE_OWNED else None

    def shadowed(
        self, subject: str, labels: frozenset[str] = _NO_LABELS, store: str | None = None
    ) -> Side | None:
        """The trusted side of a comparison: the one that answers; None where nothing compares."""
        compared = self.state in _COMPARED
        return self.reads(subject, labels=labels, store=store) if compared else None

    @property
    def compares(self) -> bool:
        """Whether answers of both sides are compared."""
        return self.state in _COMPARED

    @property
    def dual(self) -> bool:
        """Whether both sides are written."""
        return self.lead in _DUAL

    @property
    def one_side(self) -> Side | None:
        """The side that answers every subject whole; None where it depends on the subject."""
        if self.state is _S.HALTED and not self.frozen:
            return self.one_leader
        if self.lead in _FIELDWISE and self.fields:
            return None
        if self.lead is _S.CANARY_READ and (self.cohorts.empty or self.read_points >= ALL):
            return _whole(self.read_points)
        return None if self.lead is _S.CANARY_READ else self.reads("")

    @property
    def lists(self) -> Side:
        """Who answers whole lists: where people are divided their system, until nobody is left."""
        divided = self.lead is _S.CANARY_READ or (self.state is _S.HALTED and not self.frozen)
        return self.one_side or Side.LEGACY if divided else self.reads("")

    @property
    def one_leader(self) -> Side | None:
        """The side that leads everybody's writes; None where it depends on the subject."""
        divided = self.lead is _S.DUAL_WRITE_MIDDLE_LEAD
        return _whole(self.write_points) if divided else self.writes("")


def _whole(points: int) -> Side | None:
    """The side of everybody, where the points divide nobody."""
    return {0: Side.LEGACY, ALL: Side.PLATFORM}.get(points)


def implicit(channel: str, capability: Capability) -> Standing:
    """Where nobody ever decided anything: reads of the system as it is."""
    return Standing(channel=channel, capability=capability, state=_S.FEDERATED_READ)


class Adopted(Struct, frozen=True):
    """The standings of a brand at one moment; a request keeps one for as long as it lasts.

    `known` says whether the store was ever read: before that nobody knows who leads. `copies` are
    the pairs of which the platform's copy stands whole, with the definition of the connector that
    it was made under.
    """

    standings: Mapping[tuple[Capability, str], Standing] = {}
    known: bool = False
    copies: Mapping[tuple[Capability, str], str] = {}

    def of(self, capability: Capability, channel: str) -> Standing:
        """How a pair stands; one without a row, implicitly at FEDERATED_READ."""
        found = self.standings.get((capability, channel))
        return implicit(channel, capability) if found is None else found

    def compared(self, capability: Capability, channel: str, version: str) -> bool:
        """Whether a pair is compared now, under a definition of its connector.

        What its copy has not been given yet is not missing, and what an older definition made of it
        is no mistake of this one.
        """
        copied = self.copies.get((capability, channel))
        return copied == version and self.of(capability, channel).compares
