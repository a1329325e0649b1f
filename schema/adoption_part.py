"""What a resolver may ask of adoption."""

from collections.abc import Sequence
from datetime import date
from typing import Protocol

from capabilities.adoption.deciding import Routing
from capabilities.adoption.evidence import Evidence, Fact
from capabilities.adoption.history import AdoptionStep
from capabilities.adoption.shown import Adoption, AdoptionResult, HaltingResult
from capabilities.adoption.states import AdoptionState, Share
from capabilities.adoption.wishes import HaltWish, PairWish
from capabilities.estate import Capability


class AdoptionPart(Protocol):
    """How far pairs of channel and capability are, and their steps.

    A `profile` names under which durations a verdict is read; BadInput for one that is none here.
    """

    async def all(self, profile: str) -> Sequence[Adoption]:
        """Every pair that a route answers or that ever took a step."""

    async def one(self, channel: str, capability: Capability, profile: str) -> Adoption | None:
        """One of them."""

    async def history(self, pair: Adoption) -> Sequence[AdoptionStep]:
        """The steps of one, the newest first."""

    async def evidence(self, pair: Adoption) -> Sequence[Evidence]:
        """What was measured of one, by name."""

    async def promote(
        self, wish: PairWish, target: AdoptionState | None, profile: str
    ) -> AdoptionResult:
        """One step up; the next where none is named."""

    async def rollback(self, wish: PairWish, target: AdoptionState | None) -> AdoptionResult:
        """Any step down; the one below where none is named."""

    async def halt(self, wish: PairWish) -> AdoptionResult:
        """Whoever leads answers, until a person resumes."""

    async def to_halt(
        self, channel: str | None, capability: Capability | None
    ) -> Sequence[Adoption]:
        """The pairs of a channel, of a capability, of both, or all, that can be halted now."""

    async def halt_all(self, wish: HaltWish) -> HaltingResult:
        """Halt those together, all or none."""

    async def resume(self, wish: PairWish, target: AdoptionState, profile: str) -> AdoptionResult:
        """Out of a halt."""

    async def keep_legacy(self, wish: PairWish, review_on: date) -> AdoptionResult:
        """The legacy keeps it."""

    async def share(self, wish: PairWish, of: Share, points: int, profile: str) -> AdoptionResult:
        """Another percentage."""

    async def route(self, wish: PairWish, routing: Routing) -> AdoptionResult:
        """Other lists, fields, or what happens where both sides changed the same."""

    async def sign(self, wish: PairWish, fact: Fact) -> AdoptionResult:
        """Vouch for what nobody can measure."""
