"""Events: that something changed at the platform, never what it is now.

An event names what changed by its business key and holds no personal data. Who is told of it reads
the present state, so a repeated event does no harm and one event stands for many.
"""

from datetime import datetime
from enum import Enum

from msgspec import Struct


class Topic(Enum):
    """What an event is about; the value is what the store keeps."""

    ORDER_CHANGED = "order.changed"
    MEMBER_CHANGED = "member.changed"
    CONSENT_CHANGED = "consent.changed"
    PROMOTION_CHANGED = "promotion.changed"
    FLASH_RESERVED = "flash.reserved"
    FLASH_SETTLED = "flash.settled"
    FLASH_PAID_LATE = "flash.paid_late"
    ADOPTION_CHANGED = "adoption.changed"


class Subject(Struct, frozen=True, gc=False):
    """What changed: the key of an order in its channel, or a OneID (then without a channel).

    Of a flash sale the number of a batch of reservations, or a reservation; `channel` is the sale.
    Of adoption a capability in its channel.
    """

    key: str
    channel: str = ""


class Event(Struct, frozen=True, kw_only=True, gc=False):
    """One change; `at` is when its transaction began."""

    topic: Topic
    subject: Subject
    at: datetime
