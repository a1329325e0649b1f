"""The words of one enum."""

from collections.abc import Mapping
from enum import Enum

from msgspec import Struct


class Words(Struct, frozen=True):
    """An enum's description, and those of the values that need one; `name` in the contract."""

    enum: type[Enum]
    description: str
    values: Mapping[str, str] = {}
    name: str | None = None
