"""Commands of memberships: told to their system, and who was registered is a member."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from capabilities.caller import MembershipKey
from capabilities.errors import CircuitOpen, Denied, Limited, Refused, SantongError
from capabilities.estate import ConnectorSpec
from capabilities.member.commands import Claimed
from capabilities.member.ports import MembershipSink
from capabilities.member.records import Contact, Membership, MembershipStatus
from capabilities.member.writing import WriteKind
from capabilities.sources import SourceRef
from connectors.connector import Connector
from store.commands import Commands
from store.engine import Run
from store.member.led_writes import LedWrites
from store.member.resolved_ids import lead_on
from store.member.taking import Intake
from store.owned import Owned
from store.privacy.data_keys import DataKeys
from work.relaying import End, Open, Relaying
from work.replaying import Replaying


class Relay:
    """Carries out the commands of one brand; `spec_of` gives a connector that is in force."""

    def __init__(
        self,
        owned: Owned,
        commands: Commands,
        intake: Intake,
        spec_of: Callable[[str], ConnectorSpec | None],
        opened: Open,
    ) -> None:
        ends, replaying = _Ends(owned, commands, intake), Replaying(owned)

        async def told(connector: Connector, one: Claimed) -> End:
            return await _told(replaying, connector, one)

        self._relaying = Relaying(owned, ends, told, spec_of, opened)

    async def run(self) -> None:
        """Every command that is due, until none is."""
        await self._relaying.run()


class _Ends:
    """What becomes of commands of memberships."""

    def __init__(self, owned: Owned, commands: Commands, intake: Intake) -> None:
        self._owned = owned
        self._commands = commands
        self._intake = intake
        self._led = LedWrites(owned, DataKeys(owned.brand, owned.sealer), intake)

    async def claim(
        self, at: datetime, lease_seconds: float, most: int, without: Sequence[str]
    ) -> Sequence[Claimed]:
        """Commands that are due, this process's until the lease ends."""
        return await self._commands.claim(at, lease_seconds, most, without)

    async def done(self, one: Claimed, end: End) -> None:
        """It is done, and who was registered is a member from the same moment on."""
        await self._owned.store.transaction(lambda run: self._done(run, one, end.number))

    async def _done(self, run: Run, one: Claimed, number: str | None) -> None:
        now = self._owned.now()
        if not await self._commands.done(run, one, number, now):
            return
        if one.write.kind is WriteKind.UPDATE:
            await self._led.confirmed_in(run, one, now)
        if one.write.kind is WriteKind.REGISTER and number is not None:
            await self._intake.take(run, [_membership(one, number)], at=now)
            await lead_on(run, self._owned.brand, one.one_id, MembershipKey(one.channel, number))

    async def later(
        self, one: Claimed, reason: str, at: datetime, pause: timedelta, *, unsure: bool
    ) -> None:
        """It is tried again after a pause."""
        await self._commands.later(one, reason, at, pause, unsure=unsure)

    async def dead(self, one: Claimed, reason: str, at: datetime, *, unsure: bool) -> None:
        """It waits for a person."""
        await self._commands.dead(one, reason, at, unsure=unsure)


async def _told(replaying: Replaying, connector: Connector, one: Claimed) -> End:
    """Tell the system, behind a look-up where an attempt may have arrived."""
    write = one.write
    if not isinstance(connector, MembershipSink) or write.kind not in connector.write_kinds:
        return End(reason="NO_SINK", dead=True, unsure=one.unsure)
    if one.unsure:
        try:
            number = await connector.written_membership(write)
        except SantongError as exc:
            return End(reason=exc.code, unsure=True)
        if number is not None:
            return End(number=number)
    end = await _written(connector, one)
    if end.reason is None:
        await replaying.prove(connector, one)
    return end


async def _written(connector: MembershipSink, one: Claimed) -> End:
    """One attempt to write."""
    write = one.write
    try:
        number = await connector.write_membership(write)
    except Refused as exc:
        return End(reason=exc.code, dead=True)
    except (Limited, CircuitOpen, Denied) as exc:  # nothing was sent, or nobody let in
        return End(reason=exc.code)
    except SantongError as exc:
        return End(reason=exc.code, unsure=True)
    if number is None and write.kind is not WriteKind.ERASE:
        return End(reason="MEMBERSHIP_UNKNOWN", dead=True)
    return End(number=number)


def _membership(one: Claimed, number: str) -> Membership:
    person = one.write.person
    return Membership(
        channel=one.channel,
        number=number,
        status=MembershipStatus.ACTIVE,
        contact=Contact(
            name="".join(filter(None, (person.family_name, person.given_name))) or None,
            phone=person.phone,
            phone_verified=person.phone_verified,
            email=person.email,
        ),
        source=SourceRef(connector=one.connector, system=one.connector, external_id=number),
    )
