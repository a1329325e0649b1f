"""The relay of commands: each told to its system once, and looked up where nobody knows."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import timedelta

import structlog
from msgspec import Struct

from capabilities.errors import CircuitOpen, Denied, Limited, Refused, SantongError
from capabilities.estate import ConnectorSpec
from capabilities.load import Cause, because
from capabilities.member.commands import Claimed
from capabilities.member.ports import MembershipSink
from capabilities.member.records import Contact, Membership, MembershipStatus
from capabilities.member.writing import WriteKind
from capabilities.sources import SourceRef
from connectors.connector import Connector
from store.commands import Commands
from store.engine import Run
from store.member.taking import Intake
from store.owned import Owned

_log = structlog.get_logger("work")
RELAY = "* * * * * */5"
# Longer than a look-up and a write take together. One is claimed at a time: of several the last
# might outlive its lease while it waits, and would be told by this process and another.
_LEASE_SECONDS = 120.0
_AT_ONCE = 1
_MOST_ATTEMPTS = 12
_FIRST_PAUSE, _LONGEST_PAUSE = timedelta(seconds=5), timedelta(hours=1)

Open = Callable[[ConnectorSpec], AbstractAsyncContextManager[Connector]]


class _End(Struct, frozen=True):
    """How an attempt ended: done with a number, or why not."""

    number: str | None = None
    reason: str | None = None
    dead: bool = False
    unsure: bool = False


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
        self._owned = owned
        self._commands = commands
        self._intake = intake
        self._spec_of = spec_of
        self._opened = opened

    async def run(self) -> None:
        """Every command that is due, until none is."""
        while claimed := await self._commands.claim(self._owned.now(), _LEASE_SECONDS, _AT_ONCE):
            for one in claimed:
                await self._carry_out(one)

    async def _carry_out(self, one: Claimed) -> None:
        spec = self._spec_of(one.connector)
        if spec is None or spec.paused:
            end = _End(reason="CONNECTOR_AWAY", unsure=one.unsure)
        else:
            try:
                with because(Cause.WRITE):
                    async with self._opened(spec) as connector:
                        end = await _told(connector, one)
            except SantongError as exc:  # it could not even be opened
                end = _End(reason=exc.code, unsure=one.unsure)
        await self._put(one, end)
        _log.info(
            "command",
            command=one.command,
            connector=one.connector,
            kind=one.write.kind.value,
            attempt=one.attempts,
            reason=end.reason,
        )

    async def _put(self, one: Claimed, end: _End) -> None:
        now = self._owned.now()
        if end.reason is None:
            await self._owned.store.transaction(lambda run: self._done(run, one, end.number))
        elif end.dead or one.attempts >= _MOST_ATTEMPTS:
            await self._commands.dead(one, end.reason, now, unsure=end.unsure)
        else:
            pause = min(_FIRST_PAUSE * 2 ** (one.attempts - 1), _LONGEST_PAUSE)
            await self._commands.later(one, end.reason, now, pause, unsure=end.unsure)

    async def _done(self, run: Run, one: Claimed, number: str | None) -> None:
        """It is done, and who was registered is a member from the same moment on."""
        now = self._owned.now()
        if not await self._commands.done(run, one, number, now):
            return
        if one.write.kind is WriteKind.REGISTER and number is not None:
            await self._intake.take(run, [_membership(one, number)], at=now)


async def _told(connector: Connector, one: Claimed) -> _End:
    """Tell the system, behind a look-up where an attempt may have arrived."""
    write = one.write
    if not isinstance(connector, MembershipSink) or write.kind not in connector.write_kinds:
        return _End(reason="NO_SINK", dead=True, unsure=one.unsure)
    if one.unsure:
        try:
            number = await connector.written_membership(write)
        except SantongError as exc:
            return _End(reason=exc.code, unsure=True)
        if number is not None:
            return _End(number=number)
    return await _written(connector, one)


async def _written(connector: MembershipSink, one: Claimed) -> _End:
    """One attempt to write."""
    write = one.write
    try:
        number = await connector.write_membership(write)
    except Refused as exc:
        return _End(reason=exc.code, dead=True)
    except (Limited, CircuitOpen, Denied) as exc:  # nothing was sent, or nobody let in
        return _End(reason=exc.code)
    except SantongError as exc:
        return _End(reason=exc.code, unsure=True)
    if number is None and write.kind is not WriteKind.ERASE:
        return _End(reason="MEMBERSHIP_UNKNOWN", dead=True)
    return _End(number=number)


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
