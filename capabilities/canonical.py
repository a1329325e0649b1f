"""One spelling for equal values, so that a hash of it names them."""

from enum import Enum
from typing import Any

import msgspec
from msgspec import Struct

_encode = msgspec.msgpack.Encoder().encode


def canonical(value: Any) -> bytes:
    """The same bytes for equal values of records, whatever the order of their sets.

    msgspec's own ordered encoding compares the members of a set, which enums do not allow.
    """
    return _encode(_plain(value))


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, frozenset):
        return {"set": sorted(_encode(_plain(one)) for one in value)}
    if isinstance(value, tuple | list):
        return [_plain(one) for one in value]
    if isinstance(value, Struct):
        fields = (_plain(getattr(value, name)) for name in value.__struct_fields__)
        return {type(value).__name__: list(fields)}
    if isinstance(value, Enum):
        return {type(value).__name__: value.name}
    return value
