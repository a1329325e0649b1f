"""Registrations on their way to a system, as memberships: known by their reference until then."""

import re
from datetime import datetime

from capabilities.member.changing import own_source
from capabilities.member.records import Contact, Membership, MembershipStatus
from capabilities.member.writing import PersonFields
from capabilities.page import SortKey
from capabilities.time import micros

# Where they stand in lists, beside the channels: what systems answer for these is another's.
PENDING_PLACE = "platform/pending"
_REFERENCE = re.compile(r"[0-9a-f]{32}")


def pending_membership(
    channel: str, reference: str, at: datetime, person: PersonFields
) -> Membership:
    """What a person is in a channel from her registration until its system has her."""
    name = "".join(filter(None, (person.family_name, person.given_name)))
    return Membership(
        channel=channel,
        number=reference,
        status=MembershipStatus.PENDING,
        joined_at=at,
        contact=Contact(
            name=name or None,
            phone=person.phone,
            phone_verified=person.phone_verified,
            email=person.email,
        ),
        source=own_source(reference),
    )


def is_pending(membership: Membership) -> bool:
    """Whether no system has it yet."""
    return membership.status is MembershipStatus.PENDING and is_reference(membership.number)


def is_reference(number: str) -> bool:
    """Whether a number may be a reference of ours."""
    return _REFERENCE.fullmatch(number) is not None


def place_of(membership: Membership) -> SortKey:
    """The place of a membership in lists."""
    if not is_pending(membership):
        return membership.sort_key
    return pending_place(membership.number, membership.joined_at)


def pending_place(reference: str, at: datetime | None) -> SortKey:
    """The place of a registration in lists."""
    return SortKey(micros(at) if at else 0, PENDING_PLACE, reference)


def unreplaced(memberships: tuple[Membership, ...]) -> tuple[Membership, ...]:
    """Without registrations of channels whose system has the person by now."""
    there = {one.channel for one in memberships if not is_pending(one)}
    return tuple(one for one in memberships if one.channel not in there or not is_pending(one))
