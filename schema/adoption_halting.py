"""Halting many channels or capabilities at once."""

from typing import Annotated, Any, Union

import strawberry
from strawberry import UNSET

from capabilities.adoption import shown
from capabilities.adoption.shown import HaltingResult
from capabilities.adoption.wishes import HaltWish
from capabilities.estate import Capability
from schema.adoption import Adoption
from schema.adoption_changes import AdoptionRefused
from schema.context import Ask
from schema.operation import IdempotencyKeyReused
from schema.restrict import bounded_text, given, optional_text
from schema.view import asked, plain, view


@view(shown.AdoptionsHalted)
class AdoptionsHalted:
    """All were halted in one transaction, in force in every process within two seconds."""

    halted: list[Adoption] = plain("How they stand now; empty where none could be halted.")


HaltingOutcome = Annotated[
    Union[AdoptionsHalted, AdoptionRefused, IdempotencyKeyReused],  # noqa: UP007 - a union type of the contract
    strawberry.union("HaltAdoptionsResult", description="What became of halting many pairs."),
]


def _field(description: str, **options: Any) -> Any:
    return strawberry.field(description=description, **options)


@strawberry.input(description="Which pairs: all, or those of a channel, of a capability, or both.")
class HaltAdoptionsInput:
    """Which, and why."""

    channel: str | None = _field("Only those of this channel.", default=UNSET)
    capability: Capability | None = _field("Only those of this one.", default=UNSET)
    reason: str = _field("Why, for the history of each.")
    idempotency_key: strawberry.ID = _field(
        "Key of this one wish: the same key again answers what it did the first time."
    )


@strawberry.type
class HaltingMutations:
    """The kill switch of many pairs."""

    @asked(HaltingOutcome | None)
    @staticmethod
    async def halt_adoptions(
        info: Ask,
        input: Annotated[HaltAdoptionsInput, strawberry.argument(description="Which pairs.")],  # noqa: A002 - the contract's name
    ) -> HaltingResult:
        """Halt them together, all or none; whoever leads each answers until a person resumes it."""
        wish = HaltWish(
            channel=optional_text("channel", input.channel),
            capability=given(input.capability),
            reason=bounded_text("reason", input.reason),
            key=bounded_text("idempotencyKey", input.idempotency_key),
        )
        found = await info.context.platform.adoption.halt_all(wish)
        if isinstance(found, shown.AdoptionsHalted):
            info.context.spend(len(found.halted))
        return found
