"""Consents: what a person answered to being written to, profiled or passed on.

An answer belongs to a membership, or to a person who has none, and is never changed: a new one is
added. What holds for a person is the most restrictive of what her parts answered.
"""

from collections.abc import Sequence
from datetime import datetime
from enum import Enum
from typing import TypeAlias

from msgspec import Struct, structs

from capabilities.caller import MembershipKey
from capabilities.declined import Declined
from capabilities.operations import IdempotencyKeyReused


class ConsentPurpose(Enum):
    """What for; data that goes to another company needs an answer of its own."""

    MARKETING = "MARKETING"
    PROFILING = "PROFILING"
    DATA_SHARING = "DATA_SHARING"
    SERVICE = "SERVICE"


class ConsentMedium(Enum):
    """By which way; ANY is an answer for all of them."""

    ANY = "ANY"
    SMS = "SMS"
    WECHAT = "WECHAT"
    PHONE = "PHONE"
    EMAIL = "EMAIL"
    PUSH = "PUSH"


class ConsentStatus(Enum):
    """What was answered; EXPIRED is a grant whose time is over."""

    GRANTED = "GRANTED"
    DENIED = "DENIED"
    REVOKED = "REVOKED"
    EXPIRED = "EXPIRED"


class Consent(Struct, frozen=True, kw_only=True):
    """An answer, with its proof: the version of the words, when, and where it was given.

    `source` is a word for the place, such as `web:checkout` or `store:0017`. `membership` is the
    part of the person that it belongs to; None for what holds for her, and without a membership.
    """

    purpose: ConsentPurpose
    medium: ConsentMedium
    status: ConsentStatus
    text_version: str | None
    source: str
    at: datetime
    expires_at: datetime | None = None
    membership: MembershipKey | None = None
    recorded_at: datetime | None = None
    author: str | None = None


class ConsentText(Struct, frozen=True, kw_only=True):
    """A version of the words that people consent to."""

    purpose: ConsentPurpose
    version: str
    text: str
    sha256: str
    added_at: datetime
    added_by: str


class ConsentAnswer(Struct, frozen=True, kw_only=True):
    """What is to be recorded, of a person by her one_id or of one membership; now without `at`."""

    one_id: str | None
    membership: MembershipKey | None
    purpose: ConsentPurpose
    medium: ConsentMedium
    status: ConsentStatus
    text_version: str | None
    source: str
    at: datetime | None = None
    expires_at: datetime | None = None


class ConsentRecorded(Struct, frozen=True, kw_only=True, tag=True):
    """An answer was recorded; `one_id` is the person's id now, `allowed` what holds for her now."""

    one_id: str
    allowed: bool


class ConsentDeclined(Declined, frozen=True, kw_only=True, tag=True):
    """Nobody is known by this, or the words are of no version; `valid` lists the versions."""

    valid: tuple[str, ...] = ()


def deciding(
    history: Sequence[Consent],
    purpose: ConsentPurpose,
    medium: ConsentMedium,
    at: datetime,
    *,
    allowed: bool,
) -> Consent:
    """The newest answer that says what holds for a purpose and a way, as it is to be shown."""
    about = [
        structs.replace(one, medium=medium, membership=None, status=_status(one, at))
        for one in history
        if one.purpose is purpose and one.medium in (medium, ConsentMedium.ANY)
    ]
    agreeing = [one for one in about if (one.status is ConsentStatus.GRANTED) is allowed]
    # A yes that was given for several people at once holds for none of them.
    void = structs.replace(about[0], status=ConsentStatus.EXPIRED)
    return max(agreeing, key=lambda one: one.at, default=void)


def _status(one: Consent, at: datetime) -> ConsentStatus:
    over = one.expires_at is not None and one.expires_at <= at
    granted = one.status is ConsentStatus.GRANTED
    return ConsentStatus.EXPIRED if granted and over else one.status


ConsentOutcome: TypeAlias = ConsentRecorded | ConsentDeclined | IdempotencyKeyReused
