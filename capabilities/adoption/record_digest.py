"""What names the shape of a capability's records: another shape was compared otherwise."""

from collections.abc import Iterator, Mapping
from functools import cache
from hashlib import sha256
from typing import Any, get_args

from msgspec import Struct
from msgspec.structs import fields

from capabilities.estate import Capability
from capabilities.member.records import Membership
from capabilities.order.records import Order
from capabilities.promotion.records import Promotion

_RECORDS: Mapping[Capability, type[Struct]] = {
    Capability.MEMBER: Membership,
    Capability.ORDER: Order,
    Capability.PROMOTION: Promotion,
}


def record_digest(capability: Capability) -> str:
    """Sixteen digits that change with any field of the records of a capability."""
    return shape_digest(_RECORDS[capability])


@cache
def shape_digest(record: type[Struct]) -> str:
    """Sixteen digits that change with any field of a record, also of one inside it."""
    return sha256("\n".join(_told(record)).encode()).hexdigest()[:16]


def _told(record: type[Struct]) -> Iterator[str]:
    """Every field of every record that is reached, in a fixed order."""
    waiting, seen = [record], {record}
    while waiting:
        record = waiting.pop(0)
        for field in fields(record):
            yield f"{record.__name__}.{field.name}: {field.type}"
            for one in _structs(field.type):
                if one not in seen:
                    seen.add(one)
                    waiting.append(one)


def _structs(of: Any) -> Iterator[type[Struct]]:
    if isinstance(of, type) and issubclass(of, Struct):
        yield of
    for part in get_args(of):
        yield from _structs(part)
