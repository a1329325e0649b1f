"""What is kept: the questions of the ports, what they answer, and whom each answer concerns.

A subject is what a drop can name: a number, an identity, or `LISTS` for pages of whole channels.
"""

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

from capabilities.estate import Capability
from capabilities.member.records import Identity, Membership
from capabilities.order.records import Order, Store
from capabilities.page import PageAsk, SourcePage
from capabilities.promotion.records import Coupon, Promotion

LISTS = ""


class Question(Struct, frozen=True, kw_only=True):
    """One question of a port.

    `subject` says whom a key concerns. `found` names whom an answer concerns besides, which nobody
    knows before it is there. The key of a list is a tuple that ends with its `PageAsk`.
    """

    capability: Capability
    kind: Any
    subject: Callable[[Any], str]
    found: Callable[[Any], tuple[str, ...]] | None = None


def channels_of(key: object) -> tuple[str, ...] | None:
    """The channels that a key asks for; None where only the answer says."""
    if isinstance(key, tuple) and isinstance(key[-1], PageAsk):
        return key[-1].channels
    return None


def _itself(key: str) -> str:
    return key


def _value(key: Identity) -> str:
    return key.value


def _number(key: Membership) -> str:
    return key.number


def _first(key: tuple[Any, ...]) -> str:
    return str(key[0])


def _lists(_: object) -> str:
    return LISTS


def _numbers(found: tuple[Membership, ...]) -> tuple[str, ...]:
    return tuple(one.number for one in found)


def _keys(found: tuple[Coupon, ...]) -> tuple[str, ...]:
    return tuple(one.key for one in found)


def _of(capability: Capability, kind: Any, subject: Any, found: Any = None) -> Question:
    return Question(capability=capability, kind=kind, subject=subject, found=found)


_MEMBER, _ORDER, _PROMOTION = Capability.MEMBER, Capability.ORDER, Capability.PROMOTION

QUESTIONS: Mapping[str, Question] = {
    "memberships": _of(_MEMBER, Membership | None, _itself),
    "memberships_by_identity": _of(_MEMBER, tuple[Membership, ...], _value, _numbers),
    "search_memberships": _of(_MEMBER, SourcePage[Membership], _lists),
    "orders": _of(_ORDER, Order | None, _itself),
    "order_mirrors": _of(_ORDER, Order | None, _itself),
    "orders_by_customer": _of(_ORDER, SourcePage[Order], _first),
    "search_orders": _of(_ORDER, SourcePage[Order], _lists),
    "stores": _of(_ORDER, Store | None, _itself),
    "search_stores": _of(_ORDER, SourcePage[Store], _lists),
    "promotions": _of(_PROMOTION, Promotion | None, _itself),
    "search_promotions": _of(_PROMOTION, SourcePage[Promotion], _lists),
    "coupons": _of(_PROMOTION, Coupon | None, _itself),
    "coupons_by_membership": _of(_PROMOTION, tuple[Coupon, ...], _number, _keys),
    "search_coupons": _of(_PROMOTION, SourcePage[Coupon], _lists),
}
