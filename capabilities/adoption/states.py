"""The states of adoption: how far a capability of a channel has come, and which steps are legal."""

from collections.abc import Mapping
from enum import Enum


class Side(Enum):
    """Who answers a read, or takes a write first."""

    LEGACY = "LEGACY"
    PLATFORM = "PLATFORM"

    @property
    def other(self) -> "Side":
        """The one that this is not."""
        return Side.PLATFORM if self is Side.LEGACY else Side.LEGACY


class Share(Enum):
    """Of people: those whom the platform answers, or those whose writes it leads."""

    READ = "READ"
    WRITE = "WRITE"


class AdoptionState(Enum):
    """How far one capability of one channel is adopted; two states are no step of the way."""

    UNREGISTERED = "UNREGISTERED"
    REGISTERED = "REGISTERED"
    CONTRACT_OK = "CONTRACT_OK"
    FEDERATED_READ = "FEDERATED_READ"
    SHADOW_READ = "SHADOW_READ"
    CANARY_READ = "CANARY_READ"
    MIDDLE_READ = "MIDDLE_READ"
    DUAL_WRITE_LEGACY_LEAD = "DUAL_WRITE_LEGACY_LEAD"
    DUAL_WRITE_MIDDLE_LEAD = "DUAL_WRITE_MIDDLE_LEAD"
    MIDDLE_OWNED = "MIDDLE_OWNED"
    LEGACY_RETIRED = "LEGACY_RETIRED"
    STAYS_LEGACY = "STAYS_LEGACY"
    HALTED = "HALTED"

    @property
    def step(self) -> int | None:
        """Its number on the way, 0 to 10; None for STAYS_LEGACY and HALTED."""
        return _STEPS.get(self)

    @property
    def next(self) -> "AdoptionState | None":
        """The one step up; of STAYS_LEGACY and HALTED, and at the end, there is none."""
        step = self.step
        return None if step is None or step + 1 == len(WAY) else WAY[step + 1]


# The way, from its beginning to its end.
WAY = tuple(
    state
    for state in AdoptionState
    if state not in (AdoptionState.STAYS_LEGACY, AdoptionState.HALTED)
)
_STEPS: Mapping[AdoptionState, int] = {state: step for step, state in enumerate(WAY)}


def at_least(state: AdoptionState, other: AdoptionState) -> bool:
    """Whether a state of the way has come as far as another; STAYS_LEGACY and HALTED have not."""
    return state.step is not None and other.step is not None and state.step >= other.step
