"""Points that a platform outside gives or takes: decided once, by our ledger, and kept so."""

from datetime import datetime
from datetime import time as clock
from zoneinfo import ZoneInfo

from msgspec import Struct

from capabilities.caller import MembershipKey
from capabilities.member.person import identity_hash
from capabilities.member.records import Identity, IdentityKind, PointsAuthority
from capabilities.points import ledger
from capabilities.points.ledger import Posted
from capabilities.points.policy import PolicyVersion, programme_of
from capabilities.points.records import (
    Account,
    AccountKey,
    EntryType,
    InsufficientPoints,
    Told,
)
from capabilities.points.told_outside import PointsAnswered, PointsTold
from store.engine import Run
from store.member.members import Members
from store.owned import Owned
from store.points.ledger import PointsLedger
from store.points.programmes import Programmes
from store.wishes import once


class _Ours(Struct, frozen=True):
    """The policy that decides a channel's points today, and when those that come now end."""

    version: PolicyVersion
    ends: datetime | None


class PointChanges:
    """Applies what platforms tell to the accounts of one brand."""

    def __init__(self, owned: Owned) -> None:
        self._owned = owned
        self._members = Members(owned.store, owned.brand)
        self._programmes = Programmes(owned.store, owned.brand, owned.now)
        self._ledger = PointsLedger(owned.store, owned.brand, owned.now)

    async def apply(self, connector: str, channel: str, told: PointsTold) -> PointsAnswered:
        """What became of a change; of one record it is the same for ever, also a refusal.

        A platform that was told no has given its own back: what comes again finds the same no.
        """
        author = f"platform:{connector}"
        who = (self._owned.brand, author, f"points:{told.record}")
        wish = [told.record, told.amount]

        async def work(run: Run) -> PointsAnswered:
            return await once(
                run, who, wish, PointsAnswered, lambda: self._decided(run, channel, author, told)
            )

        return await self._owned.store.transaction(work)

    async def _decided(
        self, run: Run, channel: str, author: str, told: PointsTold
    ) -> PointsAnswered:
        if told.amount == 0:
            return PointsAnswered(done=False, error="AMOUNT_INVALID")
        membership = await self._whose(channel, told)
        if membership is None:
            return PointsAnswered(done=False, error="MEMBER_UNKNOWN")
        ours = await self._ours(channel)
        if ours is None:
            return PointsAnswered(done=False, error="POINTS_NOT_OURS")
        key = AccountKey.of(membership)
        held = await self._ledger.hold_in(run, [key])
        now = self._owned.now()
        posted = self._posted(held[key], ours, author, told)
        if isinstance(posted, InsufficientPoints):
            return PointsAnswered(done=False, balance=posted.available, error=posted.code)
        await self._ledger.write_in(run, held, [posted])
        return PointsAnswered(done=True, balance=posted.account.available(now))

    def _posted(
        self, account: Account, ours: _Ours, author: str, told: PointsTold
    ) -> Posted | InsufficientPoints:
        now = self._owned.now()
        why = Told(
            source=author,
            author=author,
            idempotency_key=told.record,
            occurred_at=now,
            policy=ours.version.ref,
        )
        if told.amount < 0:
            return ledger.spend(account, EntryType.SPEND, -told.amount, why, now)
        return ledger.credit(account, EntryType.EARN, told.amount, why, now, expires_at=ours.ends)

    async def _whose(self, channel: str, told: PointsTold) -> MembershipKey | None:
        """The membership of the channel that shows one of the ids."""
        for kind, value in told.identities:
            scope = self._owned.brand if kind is IdentityKind.TAOBAO_OMID else channel
            identity = Identity(kind, scope, value)
            digest = identity_hash(self._owned.key, self._owned.brand, identity)
            (person,) = await self._members.by_identity([digest])
            own = [one for one in (person.links if person else ()) if one.channel == channel]
            named = [one for one in own if one.number == value]
            if own:
                return (named or own)[0]
        return None

    async def _ours(self, channel: str) -> _Ours | None:
        now = self._owned.now()
        for programme in await self._programmes.all():
            zone = ZoneInfo(programme.versions[-1].policy.time_zone)
            today = now.astimezone(zone).date()
            found = programme_of([programme], channel, today)
            if found is not None and found[1].policy.authority is PointsAuthority.PLATFORM:
                valid = found[1].policy.earn.valid
                ends = None
                if valid is not None:
                    ends = datetime.combine(valid.after(today), clock.max, tzinfo=zone)
                return _Ours(found[1], ends)
        return None
