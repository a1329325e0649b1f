"""Steps: what was decided of a pair, by whom, why and on which evidence."""

from collections.abc import Mapping
from datetime import date, datetime

from msgspec import Struct

from capabilities.adoption.cohort import Cohorts
from capabilities.adoption.moves import Action
from capabilities.adoption.standing import ConflictPolicy, Standing
from capabilities.adoption.states import AdoptionState, Side
from capabilities.adoption.verdict import Gate
from capabilities.declined import Declined
from capabilities.estate import Capability


class Decided(Struct, frozen=True, kw_only=True):
    """Who decides a step, why, and on what: the verdict's profile and gates as they were read."""

    action: Action
    author: str
    reason: str
    role: str | None = None
    profile: str | None = None
    gates: tuple[Gate, ...] = ()


class AdoptionStep(Struct, frozen=True, kw_only=True):
    """One step as it is kept: rows are only ever added. `version` counts those of one pair."""

    channel: str
    capability: Capability
    version: int
    action: Action
    from_state: AdoptionState
    state: AdoptionState
    frozen: bool
    read_points: int
    write_points: int
    cohorts: Cohorts
    fields: Mapping[str, Side]
    conflict_policy: ConflictPolicy | None
    review_on: date | None
    author: str
    role: str | None
    reason: str
    profile: str | None
    gates: tuple[Gate, ...]
    at: datetime

    @property
    def automatic(self) -> bool:
        """Whether the platform took it by itself."""
        return self.action is Action.DEMOTE


class AdoptionDeclined(Declined, frozen=True, kw_only=True):
    """A step was not taken; `gates` are those that are not met, `detail` says what would be right.

    `standing` is how the pair stands.
    """

    detail: str = ""
    gates: tuple[Gate, ...] = ()
    standing: Standing | None = None
