"""Registered operations, and why one was not registered."""

from datetime import datetime
from typing import Annotated, Union

import strawberry
from strawberry import UNSET

from capabilities import operations
from schema.context import Ask
from schema.restrict import bounded_text, clean_lines, optional_text
from schema.user_error import UserError
from schema.view import asked, plain, view


@view(operations.RegisteredOperation)
class RegisteredOperation:
    """An operation that clients may ask by its id."""

    document_id: strawberry.ID = plain("The id to ask by: `sha256:` and the hash of the text.")
    sha256: str = plain("Hash of the text, as `extensions.persistedQuery.sha256Hash` takes it.")
    text: str = plain("The text, as it was registered.")
    name: str | None = plain("What people call it.")
    registered_by: str = plain("Subject of the administrator who registered it first.")
    registered_at: datetime = plain("When it was registered first.")


@view(operations.OperationFault)
class OperationFault:
    """One thing that is wrong with a text."""

    message: str = plain("What is wrong.")
    line: int | None = plain("Line in the text, from 1.")
    column: int | None = plain("Column in the line, from 1.")


@view(operations.OperationInvalid)
class OperationInvalid(UserError):
    """The text does not fit the graph or its limits; nothing was registered."""

    faults: list[OperationFault] = plain("What is wrong with it.")


@view(operations.IdempotencyKeyReused)
class IdempotencyKeyReused(UserError):
    """The same caller used the key for another input; nothing was done."""


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


@strawberry.type
class OperationMutations:
    """What can be done with registered operations."""

    @asked(RegisterOperationResult | None)
    @staticmethod
    async def register_operation(
        info: Ask,
        input: Annotated[  # noqa: A002 - the contract's name
            RegisterOperationInput, strawberry.argument(description="What is registered.")
        ],
    ) -> operations.Registration:
        """Register an operation, so that clients may ask it by its sha256; it stays for ever."""
        return await info.context.writing.register_operation(
            clean_lines("text", input.text),
            optional_text("name", input.name),
            bounded_text("idempotencyKey", input.idempotency_key),
        )
