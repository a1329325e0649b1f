"""Differences that people explain, until they expire."""

from datetime import datetime
from typing import Annotated, Any, Union

import strawberry
from strawberry import UNSET

from capabilities.adoption.acknowledging import Acknowledging
from capabilities.adoption.difference import WHOLE, DiffClass
from capabilities.estate import Capability
from schema.adoption_changes import AdoptionRefused
from schema.comparison import ExplainedDiff
from schema.comparison_part import Explaining
from schema.context import Ask
from schema.operation import IdempotencyKeyReused
from schema.restrict import bounded_text, optional_text
from schema.view import asked

AcknowledgeDiffResult = Annotated[
    Union[ExplainedDiff, AdoptionRefused, IdempotencyKeyReused],  # noqa: UP007 - a union type of the contract
    strawberry.union("AcknowledgeDiffResult", description="What became of an explanation."),
]


def _field(description: str, **options: Any) -> Any:
    return strawberry.field(description=description, **options)


@strawberry.input(description="A difference that is expected, and why.")
class AcknowledgeDiffInput:
    """Which differences, why, who answers for it, and until when."""

    channel: str = _field("Code of the channel.")
    capability: Capability = _field("The capability.")
    klass: DiffClass = _field("MISMATCH of a field, or MISSING or EXTRA records.", name="class")
    field: str | None = _field("The field; left out for whole records.", default=UNSET)
    pattern: str = _field(
        "`LEGACY -> PLATFORM`, each a glob, `*` for anything or `-` for no value; of whole records "
        "a glob of their store."
    )
    reason: str = _field("Why it is expected.")
    owner: str = _field("Who answers for it.")
    until: datetime = _field("When it ends: within 90 days.")
    idempotency_key: strawberry.ID = _field(
        "Key of this one wish: the same key again answers what it did the first time."
    )


@strawberry.type
class AcknowledgeMutations:
    """What can be done about differences."""

    @asked(AcknowledgeDiffResult | None)
    @staticmethod
    async def acknowledge_diff(
        info: Ask,
        input: Annotated[  # noqa: A002 - the contract's name
            AcknowledgeDiffInput, strawberry.argument(description="Which, why, and until when.")
        ],
    ) -> Explaining:
        """Say why a difference is expected; no difference in a critical field ever is."""
        wished = Acknowledging(
            channel=bounded_text("channel", input.channel),
            capability=input.capability,
            field=optional_text("field", input.field) or WHOLE,
            klass=input.klass,
            pattern=bounded_text("pattern", input.pattern),
            reason=bounded_text("reason", input.reason),
            owner=bounded_text("owner", input.owner),
            until=input.until,
        )
        key = bounded_text("idempotencyKey", input.idempotency_key)
        return await info.context.platform.comparisons.explain(wished, key)
