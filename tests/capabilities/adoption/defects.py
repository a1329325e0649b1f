"""Defects of every kind, each put into a field that is drawn: where it is and what it does."""

import random
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from enum import Enum
from typing import Any

from msgspec.structs import replace

from capabilities.money import Money

# A step of a path: an attribute, or a place of a tuple.
Path = Sequence[str | int]


def change(value: Any, path: Path, made: Callable[[Any], Any]) -> Any:
    """The value with what lies at a path made otherwise."""
    if not path:
        return made(value)
    step, *rest = path
    if isinstance(step, int):
        return (*value[:step], change(value[step], rest, made), *value[step + 1 :])
    return replace(value, **{step: change(getattr(value, step), rest, made)})


def _other_word(chance: random.Random) -> Callable[[Any], Any]:
    def made(value: Enum) -> Enum:
        return chance.choice([one for one in type(value) if one is not value])

    return made


def _more(chance: random.Random) -> Callable[[Any], Any]:
    return lambda value: value + chance.choice([-1, 1, 100])


def _more_money(chance: random.Random) -> Callable[[Any], Any]:
    return lambda money: Money(money.minor + chance.choice([-1, 1, 100]), money.currency)


def _later(chance: random.Random) -> Callable[[Any], Any]:
    return lambda at: at + timedelta(seconds=chance.choice([2, -2, 8 * 3600]))


def _other_digit(chance: random.Random) -> Callable[[Any], Any]:
    del chance
    return lambda phone: phone[:-1] + str((int(phone[-1]) + 1) % 10)


def _longer(chance: random.Random) -> Callable[[Any], Any]:
    return lambda text: text + chance.choice(["x", " 2", "号"])


def _one_less(chance: random.Random) -> Callable[[Any], Any]:
    return lambda some: tuple(chance.sample(some, len(some) - 1))


def _turned(chance: random.Random) -> Callable[[Any], Any]:
    del chance
    return lambda some: some[::-1]


def _none(chance: random.Random) -> Callable[[Any], Any]:
    del chance
    return lambda _: None


Defect = Callable[[random.Random], Callable[[Any], Any]]
Places = Mapping[str, Path]


class Kind(Enum):
    """One kind of defect for each way in which values are compared, and one for none at all."""

    WORD = "WORD"
    NUMBER = "NUMBER"
    MONEY = "MONEY"
    MOMENT = "MOMENT"
    PHONE = "PHONE"
    TEXT = "TEXT"
    SET = "SET"
    ORDER = "ORDER"
    GONE = "GONE"


MADE: Mapping[Kind, Defect] = {
    Kind.WORD: _other_word,
    Kind.NUMBER: _more,
    Kind.MONEY: _more_money,
    Kind.MOMENT: _later,
    Kind.PHONE: _other_digit,
    Kind.TEXT: _longer,
    Kind.SET: _one_less,
    Kind.ORDER: _turned,
    Kind.GONE: _none,
}
IN_MEMBERSHIPS: Mapping[Kind, Places] = {
    Kind.WORD: {"status": ["status"]},
    Kind.NUMBER: {
        "points.available": ["points", "available"],
        "points.pending": ["points", "pending"],
    },
    Kind.MONEY: {},
    Kind.MOMENT: {"joined_at": ["joined_at"]},
    Kind.PHONE: {"contact.phone": ["contact", "phone"]},
    Kind.TEXT: {
        "programme": ["programme"],
        "tier.code": ["tier", "code"],
        "tier.name": ["tier", "name"],
        "home_store_code": ["home_store_code"],
        "contact.name": ["contact", "name"],
        "contact.email": ["contact", "email"],
        "contact.card_number": ["contact", "card_number"],
    },
    Kind.SET: {
        "contact.identities": ["contact", "identities"],
        "contact.attributes": ["contact", "attributes"],
        "native": ["native", "values"],
    },
    Kind.ORDER: {"source_status": ["source_status"]},
    Kind.GONE: {
        "tier.valid_to": ["tier", "valid_to"],
        "joined_at": ["joined_at"],
        "contact.phone": ["contact", "phone"],
        "contact.email": ["contact", "email"],
    },
}
_SUMS = ("items", "discount", "shipping", "tax", "fees", "total", "paid", "refunded")
IN_ORDERS: Mapping[Kind, Places] = {
    Kind.WORD: {
        name: [name] for name in ("kind", "status", "payment_status", "fulfillment_status")
    },
    Kind.NUMBER: {"lines.quantity": ["lines", 1, "quantity"]},
    Kind.MONEY: {
        **{f"money.{name}": ["money", name] for name in _SUMS},
        "lines.unit_price": ["lines", 0, "unit_price"],
        "lines.total": ["lines", 1, "total"],
        "lines.tax": ["lines", 2, "tax"],
        "lines.discounts": ["lines", 2, "discounts", 0, "amount"],
        "payments": ["payments", 0, "amount"],
        "discounts": ["discounts", 1, "amount"],
    },
    Kind.MOMENT: {
        **{name: [name] for name in ("placed_at", "paid_at", "completed_at")},
        "payments.paid_at": ["payments", 1, "paid_at"],
    },
    Kind.PHONE: {},
    Kind.TEXT: {
        "customer": ["customer"],
        "store_code": ["store_code"],
        "currency": ["currency"],
        "lines.raw_sku": ["lines", 0, "raw_sku"],
        "lines.name": ["lines", 1, "name"],
        "lines.unit": ["lines", 2, "unit"],
        "notes": ["notes", 0],
    },
    Kind.SET: {
        "lines": ["lines"],
        "lines.codes": ["lines", 0, "codes"],
        "payments": ["payments"],
        "discounts": ["discounts"],
        "integrity_warnings": ["integrity_warnings"],
        "native": ["native", "values"],
    },
    Kind.ORDER: {"source_status": ["source_status"], "notes": ["notes"]},
    Kind.GONE: {"business_date": ["business_date"], "money.total": ["money", "total"]},
}
IN_PROMOTIONS: Mapping[Kind, Places] = {
    Kind.WORD: {"kind": ["kind"], "status": ["status"]},
    Kind.NUMBER: {name: [name] for name in ("percent", "usage_limit", "used")},
    Kind.MONEY: {"amount": ["amount"], "minimum": ["minimum"]},
    Kind.MOMENT: {"starts_at": ["starts_at"], "ends_at": ["ends_at"]},
    Kind.PHONE: {},
    Kind.TEXT: {"name": ["name"]},
    Kind.SET: {"native": ["native", "values"]},
    Kind.ORDER: {"source_status": ["source_status"]},
    Kind.GONE: {"ends_at": ["ends_at"], "percent": ["percent"], "amount": ["amount"]},
}
