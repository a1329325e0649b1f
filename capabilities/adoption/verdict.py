"""What a gate and a verdict say; which gates there are is in `capabilities.adoption.gates`."""

from datetime import datetime

from msgspec import Struct

from capabilities.adoption.states import AdoptionState


class Gate(Struct, frozen=True, kw_only=True):
    """One condition of a step: what is required, what was observed, and whether it is met.

    `shortened` says what a profile made of a duration, such as `7 d, here 20 s`.
    """

    name: str
    required: str
    observed: str
    ok: bool
    shortened: str | None = None
    measured_at: datetime | None = None


class Verdict(Struct, frozen=True, kw_only=True):
    """Whether a pair may go to a state under a profile, and by which gates."""

    target: AdoptionState
    profile: str
    gates: tuple[Gate, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether every gate is met."""
        return all(one.ok for one in self.gates)

    @property
    def failing(self) -> tuple[Gate, ...]:
        """The gates that are not met."""
        return tuple(one for one in self.gates if not one.ok)
