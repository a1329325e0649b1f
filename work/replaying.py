"""Proof that a system takes a write again: told twice under one reference, it counts once.

A write that got no answer may be told twice. Where a step asks whether that does any harm, a write
that its system has just confirmed is told again while it is still this process's: nothing newer of
its membership is on the way. Where somebody changed there meanwhile what it wrote, it is not: that
would be undone. What stands there before and behind must be the same.
"""

from datetime import datetime, timedelta

from msgspec import Struct

from capabilities.adoption.evidence import Evidence, Fact
from capabilities.adoption.states import AdoptionState
from capabilities.errors import Refused, SantongError
from capabilities.estate import Capability
from capabilities.member.commands import Claimed
from capabilities.member.echoes import said_by, told_by
from capabilities.member.names import completed
from capabilities.member.ports import MembershipIdentitySource, MembershipSink, MembershipSource
from capabilities.member.records import Identity, IdentityKind, Membership
from capabilities.member.writing import WriteKind
from connectors.connector import Connector
from store.adoption.evidence import EvidenceRows
from store.adoption.standings import Standings
from store.member.echoes import same
from store.owned import Owned

# The state whose next step asks for it.
_ASKED_IN = AdoptionState.DUAL_WRITE_LEGACY_LEAD
# Of a channel one write in so long is told twice.
_PAUSE = timedelta(seconds=10)


class _Stands(Struct, frozen=True):
    """What a system has of a membership; `alike` counts all that have her phone or address."""

    membership: Membership
    alike: int

    def is_as(self, other: "_Stands") -> bool:
        """Whether nothing was added and nothing is otherwise."""
        mine, theirs = self.membership, other.membership
        return (
            same(mine, theirs)
            and (mine.contact, mine.origin) == (theirs.contact, theirs.origin)
            and self.alike == other.alike
        )


class Replaying:
    """Tells systems now and then what they were just told, for the evidence of one brand."""

    def __init__(self, owned: Owned) -> None:
        self._owned = owned
        self._standings = Standings(owned)
        self._evidence = EvidenceRows(owned.store, owned.brand)
        self._due: dict[str, datetime] = {}

    async def prove(self, connector: Connector, one: Claimed) -> None:
        """Tell a change again that its system has; whatever comes of it, the change is done."""
        if not is_repeatable(connector) or one.write.kind is not WriteKind.UPDATE:
            return
        try:
            if await self._is_due(one.channel):
                await self._prove(connector, one)
        except SantongError:
            return  # nobody knows; another one will tell

    async def _is_due(self, channel: str) -> bool:
        now = self._owned.now()
        if now < self._due.get(channel, now):
            return False
        self._due[channel] = now + _PAUSE
        run = self._owned.store.rows
        standing = await self._standings.one_in(run, channel, Capability.MEMBER)
        return standing.state is _ASKED_IN

    async def _prove(self, connector: Connector, one: Claimed) -> None:
        before = await _stands(connector, one)
        if before is None or not isinstance(connector, MembershipSink):
            return
        if not _is_shown(one, before.membership):
            return  # another write will tell
        try:
            again = await connector.write_membership(one.write)
        except Refused:
            await self._told(one.channel, counts_once=False, said="it refuses a write told again")
            return
        after = await _stands(connector, one)
        found = await connector.written_membership(one.write)
        once = after is not None and after.is_as(before) and again == found == one.write.number
        said = "a write told twice counts once" if once else "a write told twice counts twice"
        await self._told(one.channel, counts_once=once, said=said)

    async def _told(self, channel: str, *, counts_once: bool, said: str) -> None:
        fact = Evidence(
            fact=Fact.REPLAY_ACCEPTED,
            value=float(counts_once),
            sample=1,
            query=said,
            at=self._owned.now(),
            author="system:relay",
        )
        await self._evidence.keep(channel, Capability.MEMBER, fact)


def is_repeatable(connector: Connector) -> bool:
    """Whether a system says that a change may be told again, and shows what came of it."""
    return (
        isinstance(connector, MembershipSink)
        and isinstance(connector, MembershipSource)
        and connector.repeats(WriteKind.UPDATE)
    )


def _is_shown(one: Claimed, there: Membership) -> bool:
    """Whether a system still has what a write told it, and nothing newer of ours."""
    if there.origin not in (None, one.write.reference):
        return False
    said = said_by(there.contact)
    told = told_by(completed(one.write.person, there.contact.name))
    return all(said[name] == value for name, value in told.items())


async def _stands(connector: Connector, one: Claimed) -> _Stands | None:
    if not isinstance(connector, MembershipSource) or one.write.number is None:
        return None
    (found,) = await connector.memberships([one.write.number])
    if found is None:
        return None
    asked = _known_by(connector, found)
    if not isinstance(connector, MembershipIdentitySource) or not asked:
        return _Stands(found, 0)
    alike = await connector.memberships_by_identity(asked)
    return _Stands(found, sum(map(len, alike)))


def _known_by(connector: Connector, one: Membership) -> list[Identity]:
    """What others would be found by that a second write had made."""
    kinds = connector.identity_kinds if isinstance(connector, MembershipIdentitySource) else ()
    said = said_by(one.contact)
    values = {IdentityKind.PHONE: said["phone"], IdentityKind.EMAIL: said["email"]}
    return [Identity(kind, "", value) for kind, value in values.items() if kind in kinds and value]
