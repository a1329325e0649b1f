"""Connectors that are registered through the graph, and why one was not."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, TypeAlias, Union

import strawberry
from strawberry import UNSET

from capabilities import registration
from capabilities.errors import BadInput
from capabilities.estate import ConnectorStanding
from capabilities.registration import RegistrationAction
from schema.context import Ask
from schema.operation import IdempotencyKeyReused
from schema.restrict import bounded_text, clean_lines, given
from schema.user_error import UserError
from schema.view import asked, plain, view


@view(registration.RegisteredConnector)
class RegisteredConnector:
    """A registered connector after a change: one version of its history."""

    name: str = plain("Name of the connector.")
    version: int = plain("Number of the change, from 1 for each name.")
    action: RegistrationAction = plain("What was done.")
    state: ConnectorStanding = plain("What it became.")
    definition: str = plain("Its whole definition; secrets are named there and never shown.")
    author: str = plain("Subject of the administrator who did it.")
    changed_at: datetime = plain("When it was done.")
    reason: str = plain("Why, in the author's words.")


@view(registration.DefinitionFault)
class DefinitionFault:
    """One thing that is wrong with a definition."""

    code: str = plain("Stable code; its page is among the documented errors.")
    message: str = plain("What is wrong, and what would be valid.")
    line: int | None = plain("Line in the definition, from 1.")
    column: int | None = plain("Column in the line, from 1.")
    key: str | None = plain("Way of keys in the definition, such as `channels.order`.")


@view(registration.ConnectorInvalid)
class ConnectorInvalid(UserError):
    """The definition cannot be put in force; the one before it keeps serving."""

    faults: list[DefinitionFault] = plain("What is wrong with it.")


@view(registration.ConnectorDeclined)
class ConnectorDeclined(UserError):
    """There is no such connector to change, or others stand in the way; nothing was done."""

    valid: list[str] = plain("Names of connectors that are meant by the message.")


ConnectorResult = Annotated[
    Union[RegisteredConnector, ConnectorInvalid, ConnectorDeclined, IdempotencyKeyReused],  # noqa: UP007 - a union type of the contract
    strawberry.union("ConnectorResult", description="What became of a change of a connector."),
]

_LONGEST_SECRET = 20_000  # such as a private key
_REASON = "Why, for the history; at most 200 characters."
_KEY = "Key of this one wish: the same key again answers what it did the first time."


@strawberry.input(description="A secret of a connector, sealed when it arrives and never shown.")
class ConnectorSecretInput:
    """A secret by the name that the manifest has for it."""

    name: str = strawberry.field(description="What the system's manifest calls it.")
    value: str = strawberry.field(description="The secret itself.")

    def __repr__(self) -> str:
        return f"ConnectorSecretInput({self.name!r}, ***)"


@strawberry.input(description="A connector to be registered.")
class RegisterConnectorInput:
    """What an administrator registers."""

    definition: str = strawberry.field(
        description="A connector by itself, in YAML: see the reference of the estate file."
    )
    secrets: list[ConnectorSecretInput] | None = strawberry.field(
        default=UNSET, description="Secrets that are to be kept sealed."
    )
    reason: str = strawberry.field(description=_REASON)
    idempotency_key: strawberry.ID = strawberry.field(description=_KEY)


@strawberry.input(description="A new definition of a registered connector, or new secrets.")
class UpdateConnectorInput:
    """What changes; the rest stays."""

    name: str = strawberry.field(description="Name of the connector.")
    definition: str | None = strawberry.field(
        default=UNSET, description="Its whole new definition; as it was where absent."
    )
    secrets: list[ConnectorSecretInput] | None = strawberry.field(
        default=UNSET, description="Secrets that are new; the others stay."
    )
    reason: str = strawberry.field(description=_REASON)
    idempotency_key: strawberry.ID = strawberry.field(description=_KEY)


@strawberry.input(description="A registered connector that is to be paused, resumed or removed.")
class ConnectorChangeInput:
    """Which one, and why."""

    name: str = strawberry.field(description="Name of the connector.")
    reason: str = strawberry.field(description=_REASON)
    idempotency_key: strawberry.ID = strawberry.field(description=_KEY)


def secrets_of(given_ones: Sequence[ConnectorSecretInput] | None) -> dict[str, str]:
    """Secrets by name; BadInput where one is empty, too long, or has two values."""
    found: dict[str, str] = {}
    for one in given(given_ones) or ():
        name = bounded_text("secrets.name", one.name)
        if name in found or not one.value or len(one.value) > _LONGEST_SECRET:
            raise BadInput(f"`secrets` needs one value of 1 to {_LONGEST_SECRET} characters each.")
        found[name] = clean_lines("secrets.value", one.value)
    return found


_Which: TypeAlias = Annotated[
    ConnectorChangeInput, strawberry.argument(description="Which connector, and why.")
]


@strawberry.type
class ConnectorMutations:
    """What can be done with registered connectors."""

    @asked(ConnectorResult | None)
    @staticmethod
    async def register_connector(
        info: Ask,
        input: Annotated[  # noqa: A002 - the contract's name
            RegisterConnectorInput, strawberry.argument(description="What is registered.")
        ],
    ) -> registration.ConnectorOutcome:
        """Register a connector: it is asked by every gateway within two seconds."""
        return await info.context.writing.change_connector(
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
    ) -> registration.ConnectorOutcome:
        """Change a registered connector; requests under way end on its old version."""
        definition = given(input.definition)
        return await info.context.writing.change_connector(
            RegistrationAction.UPDATE,
            bounded_text("name", input.name),
            None if definition is None else clean_lines("definition", definition),
            secrets_of(input.secrets),
            bounded_text("reason", input.reason),
            bounded_text("idempotencyKey", input.idempotency_key),
        )

    @asked(ConnectorResult | None)
    @staticmethod
    async def pause_connector(info: Ask, input: _Which) -> registration.ConnectorOutcome:  # noqa: A002 - the contract's name
        """Let a registered connector rest: it keeps its channels and is not asked."""
        return await _changed(info, RegistrationAction.PAUSE, input)

    @asked(ConnectorResult | None)
    @staticmethod
    async def resume_connector(info: Ask, input: _Which) -> registration.ConnectorOutcome:  # noqa: A002 - as above
        """Ask a paused connector again."""
        return await _changed(info, RegistrationAction.RESUME, input)

    @asked(ConnectorResult | None)
    @staticmethod
    async def remove_connector(info: Ask, input: _Which) -> registration.ConnectorOutcome:  # noqa: A002 - as above
        """Take a registered connector away, with its secrets; its history stays."""
        return await _changed(info, RegistrationAction.REMOVE, input)


async def _changed(
    info: Ask, action: RegistrationAction, which: ConnectorChangeInput
) -> registration.ConnectorOutcome:
    return await info.context.writing.change_connector(
        action,
        bounded_text("name", which.name),
        None,
        {},
        bounded_text("reason", which.reason),
        bounded_text("idempotencyKey", which.idempotency_key),
    )
