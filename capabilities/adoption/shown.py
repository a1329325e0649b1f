"""A pair as people see it: how it stands, and whether it may go on."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import TypeAlias

from msgspec import Struct

from capabilities.adoption.evidence import Fact
from capabilities.adoption.fields import PARTS
from capabilities.adoption.gates import verdict
from capabilities.adoption.history import AdoptionDeclined
from capabilities.adoption.rules import Case
from capabilities.adoption.standing import ConflictPolicy, Standing
from capabilities.adoption.states import AdoptionState, Side
from capabilities.adoption.staying import verdict_of_staying
from capabilities.adoption.verdict import Gate, Verdict
from capabilities.estate import Capability
from capabilities.operations import IdempotencyKeyReused

_NOBODY = "system:adoption"


class Adoption(Struct, frozen=True, kw_only=True):
    """A standing with the verdict on its next step; `next` is None where there is none.

    While it is halted, that is to go on where it was.
    """

    standing: Standing
    next: Verdict | None
    owner: str | None = None
    evidence_at: datetime | None = None

    @property
    def channel_code(self) -> str:
        """Code of the channel."""
        return self.standing.channel

    @property
    def capability(self) -> Capability:
        """The capability."""
        return self.standing.capability

    @property
    def state(self) -> AdoptionState:
        """How far it is."""
        return self.standing.state

    @property
    def from_state(self) -> AdoptionState | None:
        """The state before."""
        return self.standing.from_state

    @property
    def frozen(self) -> bool:
        """Whether a halt left reads where they were."""
        return self.standing.frozen

    @property
    def read_points(self) -> int:
        """Basis points of people whom the platform answers."""
        return self.standing.read_points

    @property
    def write_points(self) -> int:
        """Basis points of people whose writes the platform leads."""
        return self.standing.write_points

    @property
    def reads(self) -> Side | None:
        """Who answers everybody; None where that differs."""
        return self.standing.one_side

    @property
    def writes(self) -> Side | None:
        """Who leads everybody's writes; None where that differs."""
        return self.standing.one_leader

    @property
    def version(self) -> int:
        """How many steps it took."""
        return self.standing.version

    @property
    def changed_at(self) -> datetime | None:
        """When it took the last one."""
        return self.standing.changed_at if self.standing.version else None

    @property
    def author(self) -> str | None:
        """Who took it."""
        return self.standing.author

    @property
    def reason(self) -> str | None:
        """Why."""
        return self.standing.reason

    @property
    def automatic(self) -> bool:
        """Whether the platform took it by itself."""
        return self.standing.author == _NOBODY

    @property
    def conflict_policy(self) -> ConflictPolicy | None:
        """What happens where both sides changed the same."""
        return self.standing.conflict_policy

    @property
    def review_on(self) -> date | None:
        """The day on which somebody looks again, where the legacy stays."""
        return self.standing.review_on

    @property
    def stores(self) -> list[str]:
        """Stores that go before the percentage."""
        return sorted(self.standing.cohorts.stores)

    @property
    def members(self) -> list[str]:
        """OneIDs that go before the percentage."""
        return sorted(self.standing.cohorts.members)

    @property
    def labels(self) -> list[str]:
        """Testers' words that go before the percentage."""
        return sorted(self.standing.cohorts.labels)

    @property
    def parts(self) -> tuple[str, ...]:
        """Parts of its records that the legacy may answer by themselves."""
        return tuple(PARTS[self.capability])

    @property
    def lagging_fields(self) -> list[str]:
        """Fields that the legacy answers though the platform answers the rest."""
        return sorted(name for name, side in self.standing.fields.items() if side is Side.LEGACY)

    @property
    def gates(self) -> tuple[Gate, ...]:
        """The conditions of its next step."""
        return () if self.next is None else self.next.gates


class AdoptionMoved(Struct, frozen=True):
    """A step was taken."""

    adoption: Adoption


class AdoptionsHalted(Struct, frozen=True):
    """Pairs were halted together, all or none."""

    halted: tuple[Adoption, ...]


HaltingResult: TypeAlias = AdoptionsHalted | AdoptionDeclined | IdempotencyKeyReused
AdoptionResult: TypeAlias = AdoptionMoved | AdoptionDeclined | IdempotencyKeyReused


def shown(case: Case) -> Adoption:
    """A pair with the verdict on its next step."""
    target = case.standing.next
    found = None if target is None else verdict(case, target)
    if case.standing.state is AdoptionState.HALTED:
        found = verdict_of_staying(case)
    owner = case.known.get(Fact.OWNER_NAMED)
    return Adoption(
        standing=case.standing,
        next=found,
        owner=None if owner is None else owner.query,
        evidence_at=None if found is None else _oldest(found.gates),
    )


def _oldest(gates: Iterable[Gate]) -> datetime | None:
    return min((one.measured_at for one in gates if one.measured_at is not None), default=None)
