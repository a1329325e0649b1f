"""Answers Tmall's calls inside their time: whole, or by the code that lets it ask again."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from structlog import get_logger

from capabilities.caller import Caller, Role, Visibility
from capabilities.errors import SantongError
from capabilities.member.records import Identity
from connectors._kit.secrets import Secret
from gateway.federation.reader import GraphReader
from gateway.tmall import answers
from gateway.tmall.calls import Call, Called, TmallRefused, heard
from gateway.tmall.declared import Declared
from gateway.tmall.figures import TmallFigures
from gateway.tmall.joining import Joined, Joining, Outcome, identities_of
from gateway.tmall.standing import People, Standing, Unknown
from gateway.usage.doors import DoorUses

_log = get_logger("tmall")
# What the platform itself needs behind a system that answers late.
_OWN_SHARE = 0.25
# Clocks differ: who joined in a moment that has not come joined now.
_AHEAD = timedelta(minutes=10)


class Opened(Protocol):
    """What the gateway holds open for this desk."""

    def reader(self, caller: Caller, deadline_seconds: float) -> GraphReader:
        """Reads of one call."""

    def people(self, reader: GraphReader) -> People:
        """People, as they are looked up for one call."""

    async def changed(self) -> None:
        """Who is whom changed: the next request of this process sees it."""


class _Door:
    """One declared door with its secrets at hand."""

    def __init__(self, declared: Declared, secrets: Sequence[Secret]) -> None:
        self.declared = declared
        self.secrets = secrets


class TmallDesk:
    """Takes calls of the doors of one brand."""

    def __init__(
        self,
        brand: str,
        doors: Mapping[str, tuple[Declared, Sequence[Secret]]],
        opened: Opened,
        joined: Joined,
        now: Callable[[], datetime],
        figures: TmallFigures,
        uses: DoorUses,
    ) -> None:
        self._brand = brand
        self._uses = uses
        self._doors = {name: _Door(*one) for name, one in doors.items()}
        self._opened = opened
        self._joined = joined
        self._now = now
        self._figures = figures

    async def receive(self, name: str, called: Called) -> bytes:
        """The answer that Tmall expects; TmallRefused for what is not its own call."""
        door = self._doors.get(name)
        try:
            if door is None:  # nobody is told which doors there are
                raise TmallRefused("the signature is not this door's", "TMALL_SIGNATURE", 401)
            call = heard(called, door.declared, door.secrets, self._now())
            if call.method not in answers.METHODS:
                raise TmallRefused("there is no such question here", "TMALL_METHOD", 404)
            code, body = await self._answered(door.declared, call)
        except SantongError as exc:
            self._figures.tmall_called("" if door is None else name, "", exc.code)
            raise
        self._figures.tmall_called(name, call.method, code)
        return body

    async def _answered(self, declared: Declared, call: Call) -> tuple[str, bytes]:
        seconds = declared.deadline_ms / 1000
        try:
            async with asyncio.timeout(seconds):
                return await self._asked(declared, call, seconds)
        except (TimeoutError, Unknown):
            code = answers.AGAIN_LATER
        except SantongError as exc:
            _log.warning("call of Tmall not answered", door=declared.name, reason=exc.code)
            code = answers.AGAIN_LATER
        return code, answers.coded(call.method, code)

    async def _asked(self, declared: Declared, call: Call, seconds: float) -> tuple[str, bytes]:
        caller = Caller(
            subject=f"tmall:{declared.name}",
            visibility=Visibility(role=Role.SERVICE, brand=self._brand),
            machine=True,
        )
        reader = self._opened.reader(caller, seconds * (1 - _OWN_SHARE))
        try:
            people = self._opened.people(reader)
            if call.method == answers.QUERY:
                return await self._query(declared, call, people)
            code = await self._changed(declared, call, people, caller)
            return code, answers.coded(call.method, code)
        finally:
            self._uses.answered(caller, call.method, reader.request.reached)
            reader.abandon()

    async def _query(self, declared: Declared, call: Call, people: People) -> tuple[str, bytes]:
        identities = self._identities(declared, call)
        standing, bound = await people.standing(declared.channel, identities, call.mobile)
        if bound is not None:
            shown = await people.shown(bound)
            return answers.DONE, answers.member(shown, declared, call.nick, call.mobile)
        code = answers.UNBOUND if standing is Standing.UNBOUND else answers.NOBODY
        return code, answers.coded(call.method, code)

    async def _changed(self, declared: Declared, call: Call, people: People, caller: Caller) -> str:
        """The code of a call that makes somebody a member, or binds one."""
        number = call.number
        if number is None:
            return answers.REFUSED
        if call.method in answers.BIND and not await people.known(call.mobile):
            return answers.NOBODY
        at = min(call.joined_at or call.sent_at, self._now() + _AHEAD)
        joining = Joining(
            channel=declared.channel,
            number=number,
            at=at,
            mobile=call.mobile,
            identities=self._identities(declared, call),
        )
        outcome = await self._joined.join(joining, caller.subject)
        if outcome is Outcome.JOINED:
            await self._opened.changed()
        return answers.REFUSED if outcome is Outcome.ERASED else answers.DONE

    def _identities(self, declared: Declared, call: Call) -> tuple[Identity, ...]:
        return identities_of(self._brand, declared.channel, call.ouid, call.omid, call.nick)
