"""Connectors that are registered with the platform: each change as it stands in the history."""

from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from typing import TypeAlias

from msgspec import Struct

from capabilities.declined import Declined
from capabilities.estate import ConnectorStanding
from capabilities.operations import IdempotencyKeyReused


class RegistrationAction(Enum):
    """What was done to a registered connector."""

    REGISTER = "REGISTER"
    UPDATE = "UPDATE"
    PAUSE = "PAUSE"
    RESUME = "RESUME"
    REMOVE = "REMOVE"


class RegisteredConnector(Struct, frozen=True, kw_only=True):
    """One version of a registered connector: its whole definition, and what it became.

    Versions are only ever added. `definition` is the text as its author wrote it; it names secrets
    and never holds one.
    """

    name: str
    version: int
    action: RegistrationAction
    definition: str
    paused: bool
    author: str
    changed_at: datetime
    reason: str

    @property
    def removed(self) -> bool:
        """Whether nothing is left of it but its history."""
        return self.action is RegistrationAction.REMOVE

    @property
    def state(self) -> ConnectorStanding:
        """What it became."""
        if self.removed:
            return ConnectorStanding.REMOVED
        return ConnectorStanding.PAUSED if self.paused else ConnectorStanding.IN_FORCE


class ConnectorChange(Struct, frozen=True, kw_only=True):
    """A change that somebody wishes: checked before it comes to the store.

    `sealed` holds secrets that are given with it, each readable only with the key and in its place;
    `wish` is the hash by which the same wish is known again.
    """

    name: str
    action: RegistrationAction
    definition: str
    paused: bool
    author: str
    reason: str
    idempotency_key: str
    wish: bytes
    sealed: Mapping[str, bytes] = {}


class DefinitionFault(Struct, frozen=True, kw_only=True):
    """One thing that is wrong with a definition, and where in it; `key` is the way of its keys."""

    code: str
    message: str
    line: int | None = None
    column: int | None = None
    key: str | None = None


class ConnectorInvalid(Declined, frozen=True, kw_only=True):
    """The definition cannot be put in force."""

    faults: tuple[DefinitionFault, ...]


class ConnectorDeclined(Declined, frozen=True, kw_only=True):
    """There is no such connector to change, or somebody else changes it at this moment.

    `valid` are the names that could have been meant.
    """

    valid: tuple[str, ...] = ()


ConnectorOutcome: TypeAlias = (
    RegisteredConnector | ConnectorInvalid | ConnectorDeclined | IdempotencyKeyReused
)
