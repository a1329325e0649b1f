"""Mutation: everything that the graph is told to do."""

from typing import Annotated, Union

import strawberry
from strawberry import UNSET

from capabilities import operations
from capabilities.errors import Forbidden
from schema.context import Ask, Context, Writer
from schema.operation import IdempotencyKeyReused, OperationInvalid, RegisteredOperation
from schema.restrict import bounded_text, clean_lines, optional_text
from schema.view import asked

RegisterOperationResult = Annotated[
    Union[RegisteredOperation, OperationInvalid, IdempotencyKeyReused],  # noqa: UP007 - a union type of the contract
    strawberry.union("RegisterOperationResult", description="What became of a registration."),
]


@strawberry.input(description="An operation to be registered.")
class RegisterOperationInput:
    """What an administrator registers."""

    text: str = strawberry.field(description="Text of the document, exactly as clients send it.")
    name: str | None = strawberry.field(
        default=UNSET, description="What people call it; at most 200 characters."
    )
    idempotency_key: strawberry.ID = strawberry.field(
        description="Key of this one wish: the same key again answers what it did the first time."
    )


@strawberry.type(description="Everything that the graph is told to do.")
class Mutation:
    """The root of all writes; who may ask what stands in `capabilities.visibility`."""

    @asked(RegisterOperationResult | None)
    @staticmethod
    async def register_operation(
        info: Ask,
        input: Annotated[  # noqa: A002 - the contract's name
            RegisterOperationInput, strawberry.argument(description="What is registered.")
        ],
    ) -> operations.Registration:
        """Register an operation, so that clients may ask it by its sha256; it stays for ever."""
        return await _writer(info.context).register_operation(
            clean_lines("text", input.text),
            optional_text("name", input.name),
            bounded_text("idempotencyKey", input.idempotency_key),
        )


def _writer(context: Context) -> Writer:
    if context.writer is None:
        raise Forbidden("This way in only reads.")
    return context.writer
