"""The records that a manifest fills, and what kind of field each of their fields is."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Struct

from capabilities.member.records import Membership
from capabilities.money import Money
from capabilities.order.records import Order, ProductRef, Store
from capabilities.promotion.records import Coupon, Promotion
from capabilities.time import Precision


class Kind(Enum):
    """What a field of a record holds, and so how it is made."""

    TEXT = "text"
    INTEGER = "integer"
    FLAG = "flag"
    DECIMAL = "decimal"
    MONEY = "money"
    MOMENT = "moment"
    DAY = "day"
    ENUM = "enum"
    TEXTS = "texts"
    CODES = "codes"
    RECORD = "record"
    RECORDS = "records"


class Target(Struct, frozen=True):
    """One field of a record: its kind, the type inside, and whether it must be there."""

    kind: Kind
    inner: type[Any]
    required: bool


# A section of the manifest makes records of this class, whose natural key is this field.
RECORDS: Mapping[str, type[Struct]] = {
    "memberships": Membership,
    "orders": Order,
    "order_mirrors": Order,
    "stores": Store,
    "promotions": Promotion,
    "coupons": Coupon,
}
KEYS: Mapping[str, str] = {
    "memberships": "number",
    "orders": "number",
    "order_mirrors": "number",
    "stores": "code",
    "promotions": "key",
    "coupons": "key",
}

# Made by the compiler itself: the channel of a row, its provenance, and what a rule decides.
_OWN = frozenset(
    {
        *("channel", "source", "mapping_version", "integrity_warnings", "placed_at_precision"),
        *("native", "identities", "attributes"),
    }
)
_KINDS: Mapping[type[Any], Kind] = {
    str: Kind.TEXT,
    int: Kind.INTEGER,
    bool: Kind.FLAG,
    Decimal: Kind.DECIMAL,
    Money: Kind.MONEY,
    datetime: Kind.MOMENT,
    date: Kind.DAY,
}


def targets(record: Any) -> Mapping[str, Target]:
    """The fields of a record that a manifest may fill."""
    hints = get_type_hints(record)
    return {
        item.name: _target(hints[item.name], required=item.required)
        for item in msgspec.structs.fields(record)
        if item.name not in _OWN
    }


def _target(hint: Any, *, required: bool) -> Target:
    plain = _without_none(hint)
    if get_origin(plain) is tuple:
        return _many(get_args(plain)[0], required=required)
    if issubclass(plain, Enum) and plain is not Precision:
        return Target(Kind.ENUM, plain, required)
    return Target(_KINDS.get(plain, Kind.RECORD), plain, required)


def _many(inner: Any, *, required: bool) -> Target:
    if inner is str:
        return Target(Kind.TEXTS, str, required)
    if inner is ProductRef:
        return Target(Kind.CODES, ProductRef, required)
    return Target(Kind.RECORDS, inner, required)


def _without_none(hint: Any) -> Any:
    if get_origin(hint) in (Union, UnionType):
        return next(arm for arm in get_args(hint) if arm is not NoneType)
    return hint
