"""Which fields of memberships, orders and promotions are compared, how, and what they are about.

A field of a record stands in a table here or among those that say nothing, or a test fails.
"""

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

from capabilities.adoption import alike
from capabilities.adoption.alike import Written
from capabilities.adoption.difference import FieldClass
from capabilities.estate import Capability

Read = Callable[[Any], Any]


class Field(Struct, frozen=True):
    """One field: `read` takes it from a part of the record.

    `personal` says it is hers; `listed` that its values are words of a closed list, which tell
    nothing of anybody.
    """

    name: str
    read: Read
    written: Written
    of: FieldClass = FieldClass.OTHER
    personal: bool = False
    listed: bool = False


class Part(Struct, frozen=True):
    """Fields that are read from one part of a record; equal parts are looked at no further."""

    read: Read
    fields: tuple[Field, ...]


def _attribute(name: str) -> Read:
    def read(part: Any) -> Any:
        for step in name.split("."):
            part = None if part is None else getattr(part, step)
        return part

    return read


def _field(
    name: str,
    written: Written = alike.TEXT,
    of: FieldClass = FieldClass.OTHER,
    *,
    read: Read | None = None,
    personal: bool = False,
    listed: bool = False,
) -> Field:
    within = name.rpartition(".")[2]
    return Field(name, read or _attribute(within), written, of, personal, listed)


def _record(*fields: Field) -> Part:
    return Part(lambda record: record, fields)


def _within(name: str, *fields: Field) -> Part:
    return Part(_attribute(name), fields)


def _of_lines(name: str, written: Written, of: FieldClass = FieldClass.OTHER) -> Field:
    return Field(f"lines.{name}", _by_ref(_attribute(name)), alike.by_name(written), of)


def _by_ref(read: Read) -> Read:
    """A value of each line by the line's reference; equal references are told apart by place."""

    def values(lines: Any) -> Mapping[str, Any]:
        found: dict[str, Any] = {}
        for line in lines:
            name, again = line.ref.strip(), 1
            while name in found:
                again += 1
                name = f"{line.ref.strip()}#{again}"
            found[name] = read(line)
        return found

    return values


def _discounts(of: Any) -> Any:
    return [(one.amount, one.name, one.code) for one in of]


def _native(native: Any) -> Any:
    return () if native is None else native.values


_AMOUNT, _STATUS = FieldClass.AMOUNT, FieldClass.STATUS
_DISCOUNTS = alike.gathered(alike.parts(alike.MONEY, alike.TEXT, alike.TEXT))
_NATIVE = alike.gathered(alike.parts(alike.TEXT, alike.TEXT))
_IDENTITIES = alike.gathered(alike.parts(alike.WORD, alike.TEXT, alike.TEXT))
_ATTRIBUTES = alike.gathered(alike.parts(alike.TEXT, alike.TEXT, alike.NUMBER))
_SUMS = ("items", "discount", "shipping", "tax", "fees", "total", "paid", "refunded")

MEMBERSHIP: tuple[Part, ...] = (
    _record(
        _field("status", alike.WORD, _STATUS),
        _field("source_status", alike.listed(alike.TEXT)),
        _field("programme", listed=True),
        _field("joined_at", alike.MOMENT),
        _field("home_store_code", listed=True),
    ),
    _within(
        "tier",
        _field("tier.code", listed=True),
        _field("tier.name", listed=True),
        _field("tier.valid_to", alike.EXACT),
    ),
    _within(
        "points",
        _field("points.available", alike.NUMBER, FieldClass.POINTS),
        _field("points.pending", alike.NUMBER, FieldClass.POINTS),
    ),
    _within(
        "contact",
        _field("contact.name", personal=True),
        _field("contact.phone", alike.PHONE, FieldClass.PHONE, personal=True),
        _field("contact.phone_verified", alike.EXACT),
        _field("contact.email", alike.FOLDED, personal=True),
        _field("contact.email_verified", alike.EXACT),
        _field("contact.card_number", personal=True),
        _field(
            "contact.identities",
            _IDENTITIES,
            read=lambda one: [(i.kind, i.scope, i.value) for i in one.identities],
            personal=True,
        ),
        _field(
            "contact.attributes",
            _ATTRIBUTES,
            read=lambda one: [(a.key, a.value, a.confidence) for a in one.attributes],
            personal=True,
        ),
    ),
    _within("native", _field("native", _NATIVE, read=_native, personal=True)),
)
ORDER: tuple[Part, ...] = (
    _record(
        _field("kind", alike.WORD),
        _field("status", alike.WORD, _STATUS),
        _field("payment_status", alike.WORD, _STATUS),
        _field("fulfillment_status", alike.WORD, _STATUS),
        _field("source_status", alike.listed(alike.TEXT)),
        _field("customer", personal=True),
        _field("store_code", listed=True),
        _field("placed_at", alike.MOMENT),
        _field("placed_at_precision", alike.WORD),
        _field("business_date", alike.EXACT),
        _field("paid_at", alike.MOMENT),
        _field("completed_at", alike.MOMENT),
        _field("currency", alike.WORD, listed=True),
        _field("discounts", _DISCOUNTS, _AMOUNT, read=lambda one: _discounts(one.discounts)),
        _field("notes", alike.listed(alike.TEXT), personal=True),
        _field(
            "integrity_warnings",
            alike.gathered(alike.WORD),
            read=lambda one: [warning.code for warning in one.integrity_warnings],
        ),
    ),
    _within(
        "money",
        *(_field(f"money.{name}", alike.MONEY, _AMOUNT) for name in _SUMS),
        _field("money.tax_included", alike.EXACT),
    ),
    _within(
        "lines",
        _field("lines", alike.gathered(alike.TEXT), read=lambda lines: [one.ref for one in lines]),
        _of_lines("raw_sku", alike.TEXT),
        Field(
            "lines.codes",
            _by_ref(lambda line: [(one.kind, one.code) for one in line.codes]),
            alike.by_name(alike.gathered(alike.parts(alike.WORD, alike.TEXT))),
        ),
        _of_lines("name", alike.TEXT),
        _of_lines("quantity", alike.NUMBER),
        _of_lines("unit", alike.WORD),
        _of_lines("unit_price", alike.MONEY, _AMOUNT),
        _of_lines("total", alike.MONEY, _AMOUNT),
        _of_lines("tax", alike.MONEY, _AMOUNT),
        Field(
            "lines.discounts",
            _by_ref(lambda line: _discounts(line.discounts)),
            alike.by_name(_DISCOUNTS),
            _AMOUNT,
        ),
        _of_lines("gift", alike.EXACT),
    ),
    _within(
        "payments",
        _field(
            "payments",
            alike.gathered(alike.parts(alike.WORD, alike.MONEY)),
            _AMOUNT,
            read=lambda some: [(one.method, one.amount) for one in some],
        ),
        _field(
            "payments.paid_at",
            alike.gathered(alike.MOMENT),
            read=lambda some: [one.paid_at for one in some if one.paid_at is not None],
        ),
    ),
    _within("native", _field("native", _NATIVE, read=_native, personal=True)),
)
PROMOTION: tuple[Part, ...] = (
    _record(
        _field("name"),
        _field("kind", alike.WORD),
        _field("status", alike.WORD, _STATUS),
        _field("source_status", alike.listed(alike.TEXT)),
        _field("starts_at", alike.MOMENT),
        _field("ends_at", alike.MOMENT),
        _field("percent", alike.NUMBER, _AMOUNT),
        _field("amount", alike.MONEY, _AMOUNT),
        _field("minimum", alike.MONEY, _AMOUNT),
        _field("usage_limit", alike.NUMBER),
        _field("used", alike.NUMBER),
    ),
    _within("native", _field("native", _NATIVE, read=_native, personal=True)),
)
# What a record says of itself and not of what it is about, and why it is not compared.
UNCOMPARED: Mapping[Capability, Mapping[str, str]] = {
    Capability.MEMBER: {
        "channel": "both were asked for it",
        "number": "both were asked for it",
        "source": "where it came from, which is meant to differ",
        "origin": "the mark of our own last write in its system, which is no fact of hers",
        "points.authority": "who decides the balance, which adoption changes",
    },
    Capability.ORDER: {
        "channel": "both were asked for it",
        "number": "both were asked for it",
        "source": "where it came from, which is meant to differ",
        "updated_at": "the sync takes no order of which this alone changed, so a copy has it older",
        "version": "counts the changes of orders that the platform itself took",
        "mapping_version": "which mapping wrote the record",
    },
    Capability.PROMOTION: {
        "channel": "both were asked for it",
        "key": "both were asked for it",
        "source": "where it came from, which is meant to differ",
        "terms": "those that the platform decides itself have them, which no system answers",
    },
}
PARTS: Mapping[Capability, tuple[Part, ...]] = {
    Capability.MEMBER: MEMBERSHIP,
    Capability.ORDER: ORDER,
    Capability.PROMOTION: PROMOTION,
}
FIELDS: Mapping[Capability, Mapping[str, Field]] = {
    capability: {field.name: field for part in some for field in part.fields}
    for capability, some in PARTS.items()
}
_STORES: Mapping[Capability, str] = {
    Capability.MEMBER: "home_store_code",
    Capability.ORDER: "store_code",
}


def store_of(capability: Capability, record: Any) -> str:
    """The store that a record names; nothing where it names none."""
    name = _STORES.get(capability)
    return "" if name is None else getattr(record, name) or ""


def field_class(capability: Capability, name: str) -> FieldClass:
    """What a field is about; a whole record is about nothing in particular."""
    field = FIELDS.get(capability, {}).get(name)
    return FieldClass.OTHER if field is None else field.of
