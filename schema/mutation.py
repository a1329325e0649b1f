"""Mutation: everything that the graph is told to do."""

from typing import Annotated, TypeAlias, Union

import strawberry
from strawberry import UNSET

from capabilities import operations
from capabilities.errors import Forbidden
from capabilities.purging import Purged
from capabilities.registration import ConnectorOutcome, RegistrationAction
from schema.context import Ask, Context, Writer
from schema.operation import IdempotencyKeyReused, OperationInvalid, RegisteredOperation
from schema.purging import CachePurged, NothingPurged, PurgeCacheInput
from schema.registration import (
    ConnectorChangeInput,
    ConnectorResult,
    RegisterConnectorInput,
    UpdateConnectorInput,
    secrets_of,
)
from schema.restrict import bounded_text, clean_lines, given, optional_text
from schema.view import asked

RegisterOperationResult = Annotated[
    Union[RegisteredOperation, OperationInvalid, IdempotencyKeyReused],  # noqa: UP007 - a union type of the contract
    strawberry.union("RegisterOperationResult", description="What became of a registration."),
]


PurgeCacheResult = Annotated[
    Union[CachePurged, NothingPurged],  # noqa: UP007 - a union type of the contract
    strawberry.union("PurgeCacheResult", description="What became of a purge."),
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


_Which: TypeAlias = Annotated[
    ConnectorChangeInput, strawberry.argument(description="Which connector, and why.")
]


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

    @asked(PurgeCacheResult | None)
    @staticmethod
    async def purge_cache(
        info: Ask,
        input: Annotated[  # noqa: A002 - the contract's name
            PurgeCacheInput, strawberry.argument(description="What is purged.")
        ],
    ) -> Purged:
        """Purge what is kept of the systems' answers: the next question asks them."""
        bounded_text("idempotencyKey", input.idempotency_key)
        return await _writer(info.context).purge_cache(
            optional_text("connector", input.connector),
            given(input.capability),
            optional_text("channel", input.channel),
            optional_text("key", input.key),
        )

    @asked(ConnectorResult | None)
    @staticmethod
    async def register_connector(
        info: Ask,
        input: Annotated[  # noqa: A002 - the contract's name
            RegisterConnectorInput, strawberry.argument(description="What is registered.")
        ],
    ) -> ConnectorOutcome:
        """Register a connector: it is asked by every gateway within two seconds."""
        return await _writer(info.context).change_connector(
            RegistrationAction.REGISTER,
            None,
            clean_lines("definition", input.definition),
            secrets_of(input.secrets),
            bounded_text("reason", input.reason),
            bounded_text("idempotencyKey", input.idempotency_key),
        )

    @asked(ConnectorResult | None)
    @staticmethod
    async def update_connector(
        info: Ask,
        input: Annotated[  # noqa: A002 - the contract's name
            UpdateConnectorInput, strawberry.argument(description="What changes.")
        ],
    ) -> ConnectorOutcome:
        """Change a registered connector; requests under way end on its old version."""
        definition = given(input.definition)
        return await _writer(info.context).change_connector(
            RegistrationAction.UPDATE,
            bounded_text("name", input.name),
            None if definition is None else clean_lines("definition", definition),
            secrets_of(input.secrets),
            bounded_text("reason", input.reason),
            bounded_text("idempotencyKey", input.idempotency_key),
        )

    @asked(ConnectorResult | None)
    @staticmethod
    async def pause_connector(info: Ask, input: _Which) -> ConnectorOutcome:  # noqa: A002 - the contract's name
        """Let a registered connector rest: it keeps its channels and is not asked."""
        return await _changed(info, RegistrationAction.PAUSE, input)

    @asked(ConnectorResult | None)
    @staticmethod
    async def resume_connector(info: Ask, input: _Which) -> ConnectorOutcome:  # noqa: A002 - as above
        """Ask a paused connector again."""
        return await _changed(info, RegistrationAction.RESUME, input)

    @asked(ConnectorResult | None)
    @staticmethod
    async def remove_connector(info: Ask, input: _Which) -> ConnectorOutcome:  # noqa: A002 - as above
        """Take a registered connector away, with its secrets; its history stays."""
        return await _changed(info, RegistrationAction.REMOVE, input)


async def _changed(
    info: Ask, action: RegistrationAction, which: ConnectorChangeInput
) -> ConnectorOutcome:
    return await _writer(info.context).change_connector(
        action,
        bounded_text("name", which.name),
        None,
        {},
        bounded_text("reason", which.reason),
        bounded_text("idempotencyKey", which.idempotency_key),
    )


def _writer(context: Context) -> Writer:
    if context.writer is None:
        raise Forbidden("This way in only reads.")
    return context.writer
