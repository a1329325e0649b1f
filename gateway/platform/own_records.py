"""Memberships that the platform itself gives out: their records, and who may have one again."""

import secrets
from datetime import datetime

from msgspec import Struct

from capabilities.member.changing import changed_contact, own_source
from capabilities.member.person import phone_identity
from capabilities.member.phone import normalise_phone
from capabilities.member.records import Contact, Membership, MembershipStatus
from capabilities.member.writing import PersonFields
from store.engine import Run
from store.owned import Owned
from store.privacy.tombstones import Tombstones
from store.versions import ERASURES, raise_version

_NUMBER_DIGITS = 12


class LetIn(Struct, frozen=True):
    """How often a person registered anew, by which her id is another; whether she does now."""

    generation: int
    lifted: bool


def new_number() -> str:
    """The number of a new membership; nobody's number is told by another."""
    return f"{secrets.randbelow(10**_NUMBER_DIGITS):0{_NUMBER_DIGITS}d}"


def own_membership(
    channel: str, number: str, person: PersonFields, joined_at: datetime
) -> Membership:
    """A membership of a channel without a system."""
    return Membership(
        channel=channel,
        number=number,
        status=MembershipStatus.ACTIVE,
        joined_at=joined_at,
        contact=changed_contact(Contact(), person),
        source=own_source(number),
    )


async def let_in(run: Run, owned: Owned, person: PersonFields, at: datetime) -> LetIn:
    """Lift the tombstone of a phone whose owner registers anew; what was erased stays erased.

    Only a phone that she proved to be hers is lifted, or anybody could who knows it.
    """
    phone = normalise_phone(person.phone or "")
    if phone is None or not person.phone_verified:
        return LetIn(0, lifted=False)
    stones, one = Tombstones.under(owned.brand, owned.key), phone_identity(phone)
    digest = stones.identity(one.kind.value, one.scope, one.value)
    lifted = bool(await stones.among(run, [digest]))
    if lifted:
        await stones.lift(run, [digest], at)
        await raise_version(run, owned.brand, ERASURES)
    generations = await stones.generations(run, [digest])
    return LetIn(generations.get(digest, 0), lifted=lifted)
