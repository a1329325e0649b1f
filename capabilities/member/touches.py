"""Touches: every contact between the retailer and a person, sent by us or told by a channel."""

from datetime import datetime
from enum import Enum
from typing import TypeAlias

from msgspec import Struct

from capabilities.declined import Declined
from capabilities.money import Money
from capabilities.operations import IdempotencyKeyReused

SANTONG = "santong"


class TouchDirection(Enum):
    """Where a touch is known from."""

    SENT = "SENT"
    OBSERVED = "OBSERVED"


class Touch(Struct, frozen=True, kw_only=True, gc=False):
    """One touch; `kind`, `medium` and `outcome` are words of the retailer's.

    `at` is the moment that it is sorted by: when it was sent or happened, else when it is planned.
    `source` and `reference` name it where it is from.
    """

    source: str
    reference: str
    direction: TouchDirection
    kind: str
    at: datetime
    channel_code: str | None = None
    medium: str | None = None
    template: str | None = None
    campaign: str | None = None
    planned_at: datetime | None = None
    sent_at: datetime | None = None
    cost: Money | None = None
    not_sent_reason: str | None = None
    outcome: str | None = None
    score: int | None = None


class Touchpoint(Struct, frozen=True, kw_only=True, gc=False):
    """A touch as a channel tells it, with the membership that it was with."""

    source: str
    reference: str
    channel: str
    number: str
    kind: str
    at: datetime
    medium: str | None = None
    campaign: str | None = None
    outcome: str | None = None


class TouchRecorded(Struct, frozen=True, kw_only=True, tag=True):
    """A touchpoint is kept, under the reference of its source."""

    reference: str


class TouchDeclined(Declined, frozen=True, kw_only=True):
    """Nothing was kept: the membership is nobody's whom the caller may see."""


Touching: TypeAlias = TouchRecorded | TouchDeclined | IdempotencyKeyReused


def newest(*parts: tuple[Touch, ...], most: int) -> tuple[Touch, ...]:
    """The latest touches of several lists as one, the newest first."""
    every = [one for part in parts for one in part]
    ordered = sorted(every, key=lambda one: (one.at, one.source, one.reference), reverse=True)
    return tuple(ordered[:most])
