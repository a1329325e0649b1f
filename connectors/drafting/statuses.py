"""What a system's word for a status most likely means."""

from collections.abc import Mapping
from enum import Enum

from capabilities.member.records import MembershipStatus
from capabilities.order.records import OrderStatus
from capabilities.promotion.records import CouponStatus, PromotionStatus
from connectors.drafting.guess import words_of

STATUSES: Mapping[str, type[Enum]] = {
    "orders": OrderStatus,
    "memberships": MembershipStatus,
    "promotions": PromotionStatus,
    "coupons": CouponStatus,
}
_ALIKE: Mapping[str, tuple[str, ...]] = {
    "CANCELLED": ("canceled", "cancelled", "void", "closed"),
    "COMPLETED": ("complete", "completed", "done", "finished", "success"),
    "PENDING_PAYMENT": ("pending", "unpaid", "wait pay", "awaiting payment", "new"),
    "CONFIRMED": ("confirmed", "paid", "accepted", "open"),
    "SHIPPED": ("shipped", "sent", "in transit"),
    "DELIVERED": ("delivered", "received"),
    "DRAFT": ("draft", "quotation", "quote"),
    "ON_HOLD": ("on hold", "hold", "blocked"),
    "ACTIVE": ("active", "enabled", "published", "valid", "normal"),
    "SUSPENDED": ("suspended", "blocked", "frozen", "locked"),
    "CLOSED": ("closed", "deleted", "inactive", "archived"),
    "AVAILABLE": ("available", "active", "unused", "valid"),
    "REDEEMED": ("redeemed", "used", "spent"),
    "EXPIRED": ("expired",),
    "VOID": ("void", "deleted", "disabled"),
}


def meant(kind: type[Enum], word: str) -> Enum:
    """The member that a word names or is like; UNKNOWN where none is."""
    spoken = words_of(word)
    for member in kind:
        if spoken == words_of(member.name) or spoken in _ALIKE.get(member.name, ()):
            return member
    return kind["UNKNOWN"]
