"""Steps of adoption: up on evidence, down at once, halted and resumed."""

from datetime import date
from typing import Annotated, Any, Union

import strawberry
from strawberry import UNSET

from capabilities.adoption import history, shown
from capabilities.adoption.deciding import Routing
from capabilities.adoption.shown import AdoptionResult
from capabilities.adoption.standing import ConflictPolicy
from capabilities.adoption.states import AdoptionState, Share, Side
from capabilities.adoption.wishes import AdoptionSignature, PairWish
from capabilities.estate import Capability
from schema.adoption import Adoption, AdoptionGate
from schema.context import Ask
from schema.operation import IdempotencyKeyReused
from schema.restrict import bounded_text, chosen, given
from schema.user_error import UserError
from schema.view import asked, plain, view


@view(shown.AdoptionMoved)
class AdoptionMoved:
    """The step was taken, in force in every process within two seconds."""

    adoption: Adoption = plain("How the pair stands now.")


@view(history.AdoptionDeclined)
class AdoptionRefused(UserError):
    """The step was not taken."""

    detail: str = plain("What exactly stands against it.")
    gates: list[AdoptionGate] = plain("The conditions that are not met.")


AdoptionOutcome = Annotated[
    Union[AdoptionMoved, AdoptionRefused, IdempotencyKeyReused],  # noqa: UP007 - a union type of the contract
    strawberry.union("AdoptionResult", description="What became of a step of adoption."),
]


def _field(description: str, **options: Any) -> Any:
    return strawberry.field(description=description, **options)


@strawberry.input(description="A pair of channel and capability, and why.")
class AdoptionInput:
    """What every step names."""

    channel: str = _field("Code of the channel.")
    capability: Capability = _field("The capability.")
    reason: str = _field("Why, for the history.")
    version: int | None = _field("Refuse where it took more steps than this.", default=UNSET)
    idempotency_key: strawberry.ID = _field(
        "Key of this one wish: the same key again answers what it did the first time."
    )


@strawberry.input(description="One step up.")
class PromoteAdoptionInput(AdoptionInput):
    """Where to, and under which durations the verdict is read."""

    target: AdoptionState | None = _field("The next state; the one step up.", default=UNSET)
    profile: str = _field("Under which durations the verdict is read.", default="production")


@strawberry.input(description="Any step down.")
class RollbackAdoptionInput(AdoptionInput):
    """Where to."""

    target: AdoptionState | None = _field("The state; the one below.", default=UNSET)


@strawberry.input(description="Out of a halt, to a named state.")
class ResumeAdoptionInput(AdoptionInput):
    """Where to, and under which durations the verdict is read."""

    target: AdoptionState = _field("The state, as far as it was at most.")
    profile: str = _field("Under which durations the verdict is read.", default="production")


@strawberry.input(description="Another percentage of people.")
class SetAdoptionPercentInput(AdoptionInput):
    """Of what, and how many."""

    side: Share = _field("Those whom the platform answers, or whose writes it leads.")
    points: int = _field("Basis points of people: 0 to 10000.")
    profile: str = _field("Under which durations the verdict is read.", default="production")


@strawberry.input(description="The legacy keeps it.")
class KeepLegacyInput(AdoptionInput):
    """Until when nobody needs to look."""

    review_on: date = _field("The day on which somebody looks again.")


@strawberry.input(description="Who goes first, what lags, and whose change wins.")
class RouteAdoptionInput(AdoptionInput):
    """Lists stand in place of those before; what is absent stays."""

    stores: list[str] | None = _field("Stores that go before the percentage.", default=UNSET)
    members: list[str] | None = _field("OneIDs that go before the percentage.", default=UNSET)
    labels: list[str] | None = _field(
        "Testers' words that go before the percentage.", default=UNSET
    )
    lagging_fields: list[str] | None = _field(
        "Fields that the legacy answers though the platform answers the rest.", default=UNSET
    )
    conflict_policy: ConflictPolicy | None = _field(
        "What happens where both sides changed the same.", default=UNSET
    )


@strawberry.input(description="A person vouches for what nobody can measure.")
class SignAdoptionInput(AdoptionInput):
    """What."""

    signature: AdoptionSignature = _field("What; `reason` says the rest, such as who the owner is.")


def _wish(wanted: AdoptionInput) -> PairWish:
    return PairWish(
        channel=bounded_text("channel", wanted.channel),
        capability=wanted.capability,
        reason=bounded_text("reason", wanted.reason),
        key=bounded_text("idempotencyKey", wanted.idempotency_key),
        version=given(wanted.version),
    )


def _routing(wanted: RouteAdoptionInput) -> Routing:
    lagging = chosen("laggingFields", wanted.lagging_fields)
    return Routing(
        stores=chosen("stores", wanted.stores),
        members=chosen("members", wanted.members),
        labels=chosen("labels", wanted.labels),
        fields=None if lagging is None else dict.fromkeys(sorted(lagging), Side.LEGACY),
        conflict_policy=given(wanted.conflict_policy),
    )


def _input(what: str) -> Any:
    return strawberry.argument(description=what)


@strawberry.type
class AdoptionMutations:
    """What can be done about adoption."""

    @asked(AdoptionOutcome | None)
    @staticmethod
    async def promote_adoption(
        info: Ask,
        input: Annotated[PromoteAdoptionInput, _input("Which pair.")],  # noqa: A002 - the contract's name
    ) -> AdoptionResult:
        """Take one step up where all its conditions are met; else they are listed."""
        target, profile = given(input.target), bounded_text("profile", input.profile)
        return await info.context.platform.adoption.promote(_wish(input), target, profile)

    @asked(AdoptionOutcome | None)
    @staticmethod
    async def rollback_adoption(
        info: Ask,
        input: Annotated[RollbackAdoptionInput, _input("Which pair.")],  # noqa: A002 - as above
    ) -> AdoptionResult:
        """Take any step down; what the platform leads is told to the legacy first."""
        return await info.context.platform.adoption.rollback(_wish(input), given(input.target))

    @asked(AdoptionOutcome | None)
    @staticmethod
    async def halt_adoption(
        info: Ask,
        input: Annotated[AdoptionInput, _input("Which pair.")],  # noqa: A002 - as above
    ) -> AdoptionResult:
        """Let whoever leads answer at once, until a person resumes."""
        return await info.context.platform.adoption.halt(_wish(input))

    @asked(AdoptionOutcome | None)
    @staticmethod
    async def resume_adoption(
        info: Ask,
        input: Annotated[ResumeAdoptionInput, _input("Which pair.")],  # noqa: A002 - as above
    ) -> AdoptionResult:
        """Go out of a halt: where it was, if its conditions for staying hold, or further down."""
        profile = bounded_text("profile", input.profile)
        return await info.context.platform.adoption.resume(_wish(input), input.target, profile)

    @asked(AdoptionOutcome | None)
    @staticmethod
    async def set_adoption_percent(
        info: Ask,
        input: Annotated[SetAdoptionPercentInput, _input("Which pair.")],  # noqa: A002 - as above
    ) -> AdoptionResult:
        """Move more people to the platform where its conditions are met, or fewer at once."""
        profile = bounded_text("profile", input.profile)
        return await info.context.platform.adoption.share(
            _wish(input), input.side, input.points, profile
        )

    @asked(AdoptionOutcome | None)
    @staticmethod
    async def keep_legacy(
        info: Ask,
        input: Annotated[KeepLegacyInput, _input("Which pair.")],  # noqa: A002 - as above
    ) -> AdoptionResult:
        """Leave a capability with its legacy: a valid end, looked at again on a day."""
        return await info.context.platform.adoption.keep_legacy(_wish(input), input.review_on)

    @asked(AdoptionOutcome | None)
    @staticmethod
    async def route_adoption(
        info: Ask,
        input: Annotated[RouteAdoptionInput, _input("Which pair.")],  # noqa: A002 - as above
    ) -> AdoptionResult:
        """Say who goes first, which fields lag, and whose change wins."""
        return await info.context.platform.adoption.route(_wish(input), _routing(input))

    @asked(AdoptionOutcome | None)
    @staticmethod
    async def sign_adoption(
        info: Ask,
        input: Annotated[SignAdoptionInput, _input("Which pair.")],  # noqa: A002 - as above
    ) -> AdoptionResult:
        """Vouch for what nobody can measure, such as a rehearsed runbook."""
        return await info.context.platform.adoption.sign(_wish(input), input.signature.fact)
