"""Adoption 接入: how far a capability of a channel is, and what its next step asks."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any

import strawberry
from strawberry import UNSET, Parent

from capabilities.adoption import evidence, history, pending, shown, verdict
from capabilities.adoption.comparison_report import Comparison, TrendPoint
from capabilities.adoption.drift import DriftSeen
from capabilities.adoption.moves import Action
from capabilities.adoption.standing import ConflictPolicy
from capabilities.adoption.states import AdoptionState, Side
from capabilities.estate import Capability
from schema.adoption_remedies import remedy_of
from schema.comparison import AdoptionComparison, ComparedStretch, between
from schema.context import Ask
from schema.dual_writes import AdoptionDrift, PendingWrite
from schema.restrict import bounded_text, given, optional_text
from schema.view import asked, plain, view

# Rows of a report's lists, about.
_MOST_COMPARED = 200


@view(verdict.Gate)
class AdoptionGate:
    """One condition of a step, computed from what was measured."""

    name: str = plain("Its name.")
    required: str = plain("What is required; a duration that a profile shortens says both.")
    observed: str = plain("What was observed, or why nothing counts.")
    ok: bool = plain("Whether it is met.")
    shortened: str | None = plain("What the profile made of a duration: `7 d, here 20 s`.")
    measured_at: datetime | None = plain("When that was measured.")

    @asked(str)
    @staticmethod
    def remedy(gate: Parent[verdict.Gate], info: Ask) -> str:
        """What to do where it is not met, in the language of `Accept-Language`: zh-CN or en."""
        return remedy_of(gate.name, info.context.language)


@view(verdict.Verdict)
class AdoptionVerdict:
    """Whether a pair may go to a state."""

    target: AdoptionState = plain("The state.")
    profile: str = plain("Under which durations it is read: production, or demo.")
    ok: bool = plain("Whether every condition is met.")
    gates: list[AdoptionGate] = plain("The conditions.")


@view(evidence.Evidence)
class AdoptionEvidence:
    """One fact of a pair as it was measured last."""

    value: float = plain("What was measured; shares are 0 to 1.")
    sample: int = plain("How many rows, calls or pairs it rests on.")
    at: datetime = plain("When it was measured.")
    since: datetime | None = plain("Since when it counts.")
    query: str = plain("What was counted, in words.")
    author: str = plain("Who measured it, or who vouches for it.")

    @asked(str)
    @staticmethod
    def name(found: Parent[evidence.Evidence]) -> str:
        """Its name."""
        return found.fact.value


@view(history.AdoptionStep)
class AdoptionStep:
    """One step of a pair; steps are only ever added."""

    version: int = plain("Its number among those of the pair.")
    action: Action = plain("What was done.")
    from_state: AdoptionState = plain("The state before.")
    state: AdoptionState = plain("The state behind it.")
    read_points: int = plain("Basis points of people whom the platform answered then.")
    write_points: int = plain("Basis points of people whose writes it led.")
    automatic: bool = plain("Whether the platform took it by itself.")
    author: str = plain("Who took it.")
    role: str | None = plain("In which role.")
    reason: str = plain("Why.")
    profile: str | None = plain("Under which profile its verdict was read.")
    gates: list[AdoptionGate] = plain("The verdict as it was read then.")
    at: datetime = plain("When.")


@view(shown.Adoption)
class Adoption:
    """How far one capability of one channel is adopted."""

    channel_code: str = plain("Code of the channel.")
    capability: Capability = plain("The capability.")
    state: AdoptionState = plain("How far it is.")
    from_state: AdoptionState | None = plain("The state before; while halted it says who leads.")
    frozen: bool = plain("Whether a halt left reads where they were.")
    reads: Side | None = plain("Who answers everybody; null where that differs by person.")
    writes: Side | None = plain("Who leads everybody's writes; null where that differs.")
    read_points: int = plain("Basis points of people whom the platform answers in a canary.")
    write_points: int = plain("Basis points of people whose writes the platform leads.")
    stores: list[str] = plain("Stores that go before the percentage.")
    members: list[str] = plain("OneIDs that go before the percentage.")
    labels: list[str] = plain("Testers' words that go before the percentage.")
    lagging_fields: list[str] = plain("Fields that the legacy answers all the same.")
    parts: list[str] = plain("Fields that may lag: parts of a record that move by themselves.")
    conflict_policy: ConflictPolicy | None = plain("What happens where both changed the same.")
    version: int = plain("How many steps it took; a mutation may name the one it looked at.")
    changed_at: datetime | None = plain("When it took the last one.")
    author: str | None = plain("Who took it.")
    reason: str | None = plain("Why.")
    automatic: bool = plain("Whether the platform took it by itself.")
    review_on: date | None = plain("When somebody looks again, where the legacy stays.")
    owner: str | None = plain("Who owns the legacy, as somebody vouched.")
    evidence_at: datetime | None = plain("When the oldest evidence of the next step was measured.")
    next: AdoptionVerdict | None = plain(
        "The verdict on its next step, while halted on going on where it was; null for none."
    )
    gates: list[AdoptionGate] = plain("The conditions of its next step.")

    @asked(AdoptionComparison | None)
    @staticmethod
    async def comparison(
        pair: Parent[shown.Adoption],
        info: Ask,
        days: Annotated[int, strawberry.argument(description="Of how many days: 1 to 90.")] = 14,
    ) -> Comparison | None:
        """What comparing both sides came to; null where nothing was compared."""
        info.context.spend(_MOST_COMPARED)
        return await info.context.platform.comparisons.report(pair, between("days", days, 90))

    @asked(list[ComparedStretch])
    @staticmethod
    async def trend(
        pair: Parent[shown.Adoption],
        info: Ask,
        hours: Annotated[int, strawberry.argument(description="Of how many: 1 to 2160.")] = 168,
    ) -> Sequence[TrendPoint]:
        """Pairs that were compared by minute up to 3 hours, by hour up to 3 days, else by day."""
        found = await info.context.platform.comparisons.trend(pair, between("hours", hours, 2160))
        info.context.spend(len(found))
        return found

    @asked(list[AdoptionStep])
    @staticmethod
    async def history(pair: Parent[shown.Adoption], info: Ask) -> Sequence[history.AdoptionStep]:
        """Its steps, the newest first, at most 100."""
        found = await info.context.platform.adoption.history(pair)
        info.context.spend(len(found))
        return found

    @asked(list[AdoptionEvidence])
    @staticmethod
    async def evidence(pair: Parent[shown.Adoption], info: Ask) -> Sequence[evidence.Evidence]:
        """What was measured of it last, by name."""
        found = await info.context.platform.adoption.evidence(pair)
        info.context.spend(len(found))
        return found

    @asked(list[PendingWrite])
    @staticmethod
    async def pending(
        pair: Parent[shown.Adoption],
        info: Ask,
        first: Annotated[int, strawberry.argument(description="How many: 1 to 100.")] = 20,
    ) -> Sequence[pending.PendingWrite]:
        """Writes that its system was not told of yet, or did not take; the stuck ones first."""
        info.context.spend(between("first", first, 100))
        return await info.context.platform.dual_writes.pending(pair, first)

    @asked(list[AdoptionDrift])
    @staticmethod
    async def drift(
        pair: Parent[shown.Adoption],
        info: Ask,
        first: Annotated[int, strawberry.argument(description="How many: 1 to 100.")] = 30,
    ) -> Sequence[DriftSeen]:
        """What the last comparisons of both sides as a whole found, the newest first."""
        info.context.spend(between("first", first, 100))
        return await info.context.platform.dual_writes.drift(pair, first)


def _input(what: str) -> Any:
    return strawberry.argument(description=what)


_Profile = Annotated[str, _input("Under which durations verdicts are read.")]


@strawberry.type
class AdoptionQueries:
    """What can be asked of adoption."""

    @asked(Adoption | None)
    @staticmethod
    async def adoption(
        info: Ask,
        channel: Annotated[str, _input("Code of the channel.")],
        capability: Annotated[Capability, _input("The capability.")],
        profile: _Profile = "production",
    ) -> shown.Adoption | None:
        """How far a capability of a channel is adopted; null where nothing answers it."""
        words = bounded_text("channel", channel), bounded_text("profile", profile)
        return await info.context.platform.adoption.one(words[0], capability, words[1])

    @asked(list[Adoption])
    @staticmethod
    async def adoptions_to_halt(
        info: Ask,
        channel: Annotated[str | None, _input("Only those of this channel.")] = UNSET,
        capability: Annotated[Capability | None, _input("Only those of this one.")] = UNSET,
    ) -> Sequence[shown.Adoption]:
        """What `haltAdoptions` would halt now; nothing is changed."""
        part = info.context.platform.adoption
        found = await part.to_halt(optional_text("channel", channel), given(capability))
        info.context.spend(len(found))
        return found

    @asked(list[Adoption])
    @staticmethod
    async def adoptions(info: Ask, profile: _Profile = "production") -> Sequence[shown.Adoption]:
        """How far every capability of every channel is adopted that something answers."""
        found = await info.context.platform.adoption.all(bounded_text("profile", profile))
        info.context.spend(len(found))
        return found
