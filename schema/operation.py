"""Registered operations, and why one was not registered."""

from datetime import datetime

import strawberry

from capabilities import operations
from schema.user_error import UserError
from schema.view import plain, view


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
