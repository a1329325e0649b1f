"""Who joins at Tmall becomes a member here, once, since the moment at which she joined there."""

from collections.abc import Sequence
from datetime import datetime
from enum import Enum

from msgspec import Struct
from msgspec.structs import replace

from capabilities.audit import Entry
from capabilities.caller import MembershipKey
from capabilities.member.changing import own_source
from capabilities.member.person import phone_identity
from capabilities.member.phone import normalise_phone
from capabilities.member.records import (
    Contact,
    Identity,
    IdentityKind,
    Membership,
    MembershipStatus,
)
from store.access.audit import audited
from store.engine import Run
from store.member.kept_memberships import KeptMemberships
from store.member.people_lock import lock_people
from store.member.taking import Intake
from store.owned import Owned
from store.privacy.tombstones import Tombstones
from store.versions import ERASURES, raise_version


class Outcome(Enum):
    """What became of somebody who joins."""

    JOINED = "JOINED"
    AGAIN = "AGAIN"
    ERASED = "ERASED"


class Joining(Struct, frozen=True, kw_only=True):
    """Somebody who joins a channel, as Tmall tells it. It never shows itself."""

    channel: str
    number: str
    at: datetime
    mobile: str | None = None
    identities: tuple[Identity, ...] = ()

    def __repr__(self) -> str:
        return "Joining(***)"


class Joined:
    """The one way in: what is brought again, late or in another order changes nothing."""

    def __init__(self, owned: Owned, intake: Intake, kept: KeptMemberships) -> None:
        self._owned = owned
        self._intake = intake
        self._kept = kept
        self._stones = Tombstones.under(owned.brand, owned.key)

    async def join(self, one: Joining, actor: str) -> Outcome:
        """Take her in, in one transaction."""
        return await self._owned.store.transaction(lambda run: self._join(run, one, actor))

    async def _join(self, run: Run, one: Joining, actor: str) -> Outcome:
        await lock_people(run, self._owned.brand)
        if not await self._admitted(run, one, actor):
            return Outcome.ERASED
        (before,) = await self._kept.of([MembershipKey(one.channel, one.number)], run=run)
        after = _merged(before, one)
        if after == before:
            return Outcome.AGAIN
        taken = await self._intake.take(run, [after], at=self._owned.now())
        if taken.erased:
            return Outcome.ERASED
        return Outcome.AGAIN if before is not None else Outcome.JOINED

    async def _admitted(self, run: Run, one: Joining, actor: str) -> bool:
        """Whether she may be let in: who joined before she was erased does not come back by it.

        Who joined after registers anew, so her tombstones are lifted.
        """
        graves = self._graves(one)
        standing = await self._stones.among(run, graves)
        if not standing:
            return True
        if await self._stones.erased_since(run, graves, one.at):
            return False
        await self._stones.lift(run, sorted(standing), self._owned.now())
        await raise_version(run, self._owned.brand, ERASURES)
        entry = Entry(action="member.readmitted", actor=actor, reason="joined at Tmall")
        await audited(run, self._owned.brand, entry)
        return True

    def _graves(self, one: Joining) -> Sequence[bytes]:
        stones = self._stones
        phone = normalise_phone(one.mobile or "")
        named = [*one.identities, *([] if phone is None else [phone_identity(phone)])]
        found = [stones.identity(each.kind.value, each.scope, each.value) for each in named]
        return [*found, stones.membership(one.channel, one.number)]


def _merged(before: Membership | None, one: Joining) -> Membership:
    """Her membership with what is told anew: what is not told stays, the earliest date stands."""
    phone = normalise_phone(one.mobile or "")
    if before is None:
        return Membership(
            channel=one.channel,
            number=one.number,
            status=MembershipStatus.ACTIVE,
            joined_at=one.at,
            contact=Contact(
                phone=phone, phone_verified=phone is not None, identities=_sorted(one.identities)
            ),
            source=own_source(one.number),
        )
    known = before.contact
    told = {each.kind for each in one.identities}
    kept = [each for each in known.identities if each.kind not in told]
    contact = replace(
        known,
        phone=phone or known.phone,
        phone_verified=True if phone is not None else known.phone_verified,
        identities=_sorted((*kept, *one.identities)),
    )
    joined_at = one.at if before.joined_at is None else min(before.joined_at, one.at)
    return replace(before, joined_at=joined_at, contact=contact)


def _sorted(identities: Sequence[Identity]) -> tuple[Identity, ...]:
    return tuple(sorted(identities, key=lambda one: (one.kind.value, one.scope, one.value)))


def identities_of(
    brand: str, channel: str, ouid: str | None, omid: str | None, nick: str | None
) -> tuple[Identity, ...]:
    """What names her at Tmall: in this shop, in the brand's shops, and her nickname."""
    told = (
        (IdentityKind.TAOBAO_OUID, channel, ouid),
        (IdentityKind.TAOBAO_OMID, brand, omid),
        (IdentityKind.TAOBAO_NICK, channel, nick),
    )
    return tuple(Identity(kind, scope, value) for kind, scope, value in told if value)
