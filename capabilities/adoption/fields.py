"""Parts of a record that another side may answer than the rest, by the names in a standing."""

from collections.abc import Collection, Mapping
from typing import TypeVar

import msgspec

from capabilities.estate import Capability

R = TypeVar("R", bound=msgspec.Struct)

# What belongs together moves together: a status is never one side's with the words of the other.
PARTS: Mapping[Capability, Mapping[str, tuple[str, ...]]] = {
    Capability.MEMBER: {
        "profile": ("contact",),
        "points": ("points",),
        "tier": ("tier",),
        "status": ("status", "source_status"),
        "home_store": ("home_store_code",),
    },
    Capability.ORDER: {
        "status": ("status", "payment_status", "fulfillment_status", "source_status"),
        "money": ("money", "currency"),
        "lines": ("lines",),
        "payments": ("payments", "paid_at"),
    },
    Capability.PROMOTION: {
        "status": ("status", "source_status"),
        "usage": ("usage_limit", "used"),
    },
}


def with_parts(record: R, other: R | None, capability: Capability, names: Collection[str]) -> R:
    """A record with parts of another side's; where that has none they are unknown."""
    fields = [field for name in names for field in PARTS[capability].get(name, ())]
    if other is not None:
        return msgspec.structs.replace(record, **{one: getattr(other, one) for one in fields})
    unknown = {
        one.name: one.default
        for one in msgspec.structs.fields(type(record))
        if one.name in fields and one.default is not msgspec.NODEFAULT
    }
    return msgspec.structs.replace(record, **unknown)
