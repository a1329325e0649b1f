"""What generated mappings call: a source's raw value → a value of a record.

A blank is None everywhere: SAP's initial value, a web shop's empty string, SQL's NULL. ValueError
for a value that is not what the manifest says; its message never holds the value.
"""

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import replace

from capabilities.member.records import Contact, Identity, IdentityKind
from capabilities.money import Money, Rounding, money
from capabilities.native import Native, spelt
from capabilities.order.records import ProductRef
from capabilities.product.codes import canonical_code

E = TypeVar("E")

# Powers of ten beyond which a number is a bomb: written out it would be as long as it says.
_FURTHEST = 30
_TRUTHS = {"true": True, "1": True, "y": True, "x": True}
_LIES = {"false": False, "0": False, "n": False}


class At(Struct, frozen=True, kw_only=True):
    """Whose rows are mapped: the part of a connector that a mapping needs.

    `channels` are the source's words for our channels in this section; `"*"` means every row.
    """

    connector: str
    system: str
    version: str
    channels: Mapping[str, str]
    zone: ZoneInfo
    settings: Mapping[str, str]
    unknown: Callable[[str, str], None]


def text(value: Any, none: tuple[str, ...] = ()) -> str | None:
    """The text of a scalar, stripped; None for a blank and for the words that mean none."""
    if value is None:
        return None
    if type(value) is not str:
        if isinstance(value, (dict, list, float)):
            raise TypeError("not a text")
        value = str(value)
    found: str = value.strip()
    return None if not found or found in none else found


def integer(value: Any, none: tuple[str, ...] = ()) -> int | None:
    """A whole number."""
    number = decimal(value, none)
    if number is None:
        return None
    if number != number.to_integral_value():
        raise ValueError("not a whole number")
    return int(number)


def decimal(value: Any, none: tuple[str, ...] = ()) -> Decimal | None:
    """A finite decimal number, from its text."""
    if type(value) is Decimal and not none:
        number = value  # as its decoder read it from its text
    else:
        found = text(value, none)
        if found is None:
            return None
        try:
            number = Decimal(found)
        except InvalidOperation as exc:
            raise ValueError("not a number") from exc
    if not number.is_finite() or abs(number.adjusted()) > _FURTHEST:
        raise ValueError("not a number")
    return number


def flag(value: Any, none: tuple[str, ...] = ()) -> bool | None:
    """Yes or no in the ways that systems write it; SAP's blank is None."""
    found = text(value, none)
    if found is None:
        return None
    word = found.lower()
    if word in _TRUTHS:
        return True
    if word in _LIES:
        return False
    raise ValueError("neither yes nor no")


def cash(
    value: Any,
    currency: str | None,
    rounding: Rounding = Rounding.HALF_UP,
    none: tuple[str, ...] = (),
) -> Money | None:
    """Money of a currency that the row or the manifest names."""
    if (
        currency is not None
        and type(value) is Decimal
        and not none
        and -_FURTHEST <= value.adjusted() <= _FURTHEST
    ):
        return money(value, currency, rounding)
    amount = decimal(value, none)
    if amount is None:
        return None
    if currency is None:
        raise ValueError("an amount without a currency")
    return money(amount, currency, rounding)


def pick(table: Mapping[str, E], value: Any, blank: E, unknown: E, field: str, at: At) -> E:
    """Our word for the source's; an unknown one becomes UNKNOWN and is counted."""
    raw = text(value)
    if raw is None:
        return blank
    try:
        return table[raw]
    except KeyError:
        at.unknown(field, raw[:64])
        return unknown


def joined(by: str, parts: Iterable[Any]) -> str | None:
    """Texts as one; None as soon as a part is missing."""
    texts = [text(part) for part in parts]
    return by.join(part for part in texts if part) if all(texts) else None


def first_of(*values: Any) -> Any:
    """The first value that is there."""
    return next((value for value in values if value is not None), None)


def dig(value: Any, steps: tuple[str | int, ...]) -> Any:
    """What lies below a value: fields of objects and places in lists, None where a step is not."""
    for step in steps:
        if isinstance(step, str):
            value = value.get(step) if isinstance(value, dict) else None
        elif not isinstance(value, list) or not -len(value) <= step < len(value):
            return None
        else:
            value = value[step]
    return value


def need(value: E | None) -> E:
    """A value without which the record is none."""
    if value is None:
        raise ValueError("missing")
    return value


def code_ref(kind: str, form: str, value: Any, none: tuple[str, ...]) -> ProductRef | None:
    """One product code in its canonical form."""
    code = canonical_code(form, text(value, none))
    return ProductRef(kind, code) if code is not None else None


def present(*values: E | None) -> tuple[E, ...]:
    """What is there, in order."""
    return tuple([value for value in values if value is not None])


def labelled(labels: tuple[str, ...], *values: Any) -> tuple[str, ...]:
    """`Field=value` of what is there, where several raw words stand side by side."""
    words = zip(labels, map(text, values), strict=True)
    return tuple([f"{label}={word}" for label, word in words if word is not None])


def showing(contact: Contact | None, channel: str, kinds: tuple[str, ...], *values: Any) -> Contact:
    """The contact with the ids that systems gave to the person, which hold inside our channel."""
    words = zip(kinds, map(text, values), strict=True)
    found = tuple([Identity(IdentityKind[kind], channel, word) for kind, word in words if word])
    return replace(contact or Contact(), identities=found)


def own(channels: Mapping[str, str], raw: Any) -> str | None:
    """Our channel for the source's word; None when the row is not ours to answer."""
    return channels.get("*") or channels.get(text(raw) or "")


def native(kind: str, values: Mapping[str, Any]) -> Native:
    """The native values of a row, without those that it has not."""
    return Native(kind, tuple((k, spelt(v)) for k, v in values.items() if v is not None))
