"""Registered operations: GraphQL texts that a retailer has agreed to answer, by their sha256."""

import re
from datetime import datetime
from hashlib import sha256
from typing import TypeAlias

from msgspec import Struct

from capabilities.declined import Declined

_HASH = re.compile(r"[0-9a-f]{64}")


class RegisteredOperation(Struct, frozen=True, kw_only=True):
    """One text as an administrator registered it; never changed and never taken back."""

    sha256: str
    text: str
    name: str | None
    registered_by: str
    registered_at: datetime

    @property
    def document_id(self) -> str:
        """The id that clients ask it by."""
        return f"sha256:{self.sha256}"


class OperationFault(Struct, frozen=True, kw_only=True):
    """One thing that is wrong with a text, and where in it."""

    message: str
    line: int | None = None
    column: int | None = None


class OperationInvalid(Declined, frozen=True, kw_only=True):
    """The text does not fit the graph or its limits."""

    faults: tuple[OperationFault, ...]


class IdempotencyKeyReused(Declined, frozen=True, kw_only=True):
    """The same caller used the key for another input."""


Registration: TypeAlias = RegisteredOperation | OperationInvalid | IdempotencyKeyReused


def operation_hash(text: str) -> str:
    """What names a text: the sha256 of its UTF-8, in lower-case hexadecimal digits."""
    return sha256(text.encode()).hexdigest()


def is_operation_hash(text: object) -> bool:
    """Whether this is written as such a name."""
    return isinstance(text, str) and _HASH.fullmatch(text) is not None
