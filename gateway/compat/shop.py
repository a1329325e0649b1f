"""One request in the shop's wire, from its proof to its answer."""

import asyncio
import time
from collections.abc import Sequence
from typing import Protocol

import orjson

from capabilities.attempts import Origin
from capabilities.caller import Caller, Role
from capabilities.errors import Forbidden
from capabilities.estate import Capability
from gateway.compat.copied import Numbers
from gateway.compat.counted import Counted
from gateway.compat.legacy import Row
from gateway.compat.paging import page_headers
from gateway.compat.proof import Proof
from gateway.compat.questions import Question, question_of
from gateway.compat.routed import RoutedShop
from gateway.compat.trail import Trail
from gateway.compat.wire import CompatAnswer, CompatAsked, CompatRefused, document, no_route
from gateway.compat.writing import CustomerChange, Made
from gateway.federation.estate import Connection
from gateway.federation.reader import GraphReader
from gateway.platform.owned import CallersPlatform
from gateway.usage.doors import DoorUses

# The systems whose wire this is: by name, or by how the name of a shop's own variant begins.
_SYSTEM, _VARIANTS = "woocommerce", "woocommerce_"
_READS, _WRITES = ("GET", "HEAD"), ("PUT", "POST", "PATCH")
_FIRST_PAUSE, _LONGEST_PAUSE = 0.02, 0.2


class Opened(Protocol):
    """What the gateway holds open for this door."""

    def reader(self, caller: Caller, deadline_seconds: float) -> GraphReader:
        """Its reads."""

    def platform(self, caller: Caller, reader: GraphReader, origin: Origin) -> CallersPlatform:
        """What the platform owns."""

    async def changed(self) -> None:
        """Something was written."""

    async def waits_for(self, channel: str, number: str) -> bool:
        """Whether a system is still to be told of a change of a membership."""

    @property
    def uses(self) -> DoorUses:
        """What counts its questions."""

    @property
    def compat_numbers(self) -> Numbers:
        """The numbers of what the platform keeps of the shop."""

    @property
    def compat_trail(self) -> Trail:
        """Where it is put down that people are seen in the clear."""


class CompatShop:
    """Answers the clients of a shop as the shop would; by whom is the route's to say."""

    def __init__(self, opened: Opened, proof: Proof, seconds: float, patience: float) -> None:
        self._opened = opened
        self._proof = proof
        self._seconds = seconds
        self._patience = patience

    async def answer(self, asked: CompatAsked, origin: Origin) -> CompatAnswer:
        """The answer; SantongError where there is none."""
        caller = self._proof.caller(asked)
        reader = self._opened.reader(caller, self._seconds)
        try:
            question = question_of(asked)
            connection = self._admitted(caller, asked.channel, question, reader)
            await self._opened.compat_trail.before(caller, asked.channel, question.resource.name)
            if asked.method in _READS:
                return await self._read(asked, question, reader, connection)
            if asked.method in _WRITES and question.number and asked.resource == "customers":
                return await self._written(asked, question, reader, connection, origin)
            raise no_route()
        finally:
            word = f"{_SYSTEM} {asked.method} {asked.resource}"
            if reader.request.reached:  # what was refused asked nobody
                self._opened.uses.answered(caller, word, reader.request.reached)
            reader.abandon()

    def _admitted(
        self, caller: Caller, channel: str, question: Question, reader: GraphReader
    ) -> Connection:
        """The connection that has the shop's rows; Forbidden for a key that may not see them all.

        A list of some channels' rows alone would have another length than the shop's own.
        """
        own = caller.visibility.channels
        if (
            caller.role is not Role.SERVICE
            or not caller.machine
            or own is None
            or channel not in own
        ):
            raise Forbidden("this key may not read this shop")
        capability = question.resource.capability
        connection = reader.request.estate.route(capability, channel)
        if connection is None or not _speaks(connection.spec.system):
            raise no_route()
        if not own.issuperset(connection.channels(capability)):
            raise Forbidden("this key is not bound to every channel of this shop")
        return connection

    async def _read(
        self, asked: CompatAsked, question: Question, reader: GraphReader, connection: Connection
    ) -> CompatAnswer:
        counted = _counted(asked, reader, connection)
        await counted.named(question)
        shown, side = await self._shop(reader, connection).ask(question)
        await counted.shown(question, shown.rows)
        if question.number is not None and not shown.rows:
            raise absent(question)
        headers = page_headers(asked, question.page, shown.total, shown.pages)
        body = shown.body if question.fields is None else None
        return CompatAnswer(200, body or _body(question, shown.rows), headers, side)

    def _shop(self, reader: GraphReader, connection: Connection) -> RoutedShop:
        return RoutedShop(reader.request, connection, self._opened.compat_numbers)

    async def _written(
        self,
        asked: CompatAsked,
        question: Question,
        reader: GraphReader,
        connection: Connection,
        origin: Origin,
    ) -> CompatAnswer:
        """The customer as she is once the shop has the change; 202 where it has not, in time."""
        caller = reader.look_ups.caller
        platform = self._opened.platform(caller, reader, origin)
        change = CustomerChange(platform.changing, reader, asked)
        counted = _counted(asked, reader, connection)
        await counted.named(question)
        before, side = await self._row(reader, connection, question)
        if before is None:
            raise absent(question)
        await counted.shown(question, [before])
        made = await change.made(before)
        if made is Made.NOTHING:
            return document(before, side=side)
        await self._opened.changed()
        settled = made is Made.DONE or await self._settled(asked.channel, question.number or "")
        again = self._opened.reader(caller, self._seconds)
        try:
            after, side = await self._row(again, connection, question)
        finally:
            again.abandon()
        if settled:
            return document(after or before, side=side)
        return document(change.applied(after or before), 202, side=side)

    async def _row(
        self, reader: GraphReader, connection: Connection, question: Question
    ) -> tuple[Row | None, str]:
        shown, side = await self._shop(reader, connection).ask(question)
        return (shown.rows[0] if shown.rows else None), side

    async def _settled(self, channel: str, number: str) -> bool:
        """Whether the shop was told of all that waits for a customer, within a while."""
        ends, pause = time.monotonic() + self._patience, _FIRST_PAUSE
        while await self._opened.waits_for(channel, number):
            if time.monotonic() + pause > ends:
                return False
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)
        return True


def _speaks(system: str) -> bool:
    return system == _SYSTEM or system.startswith(_VARIANTS)


def absent(question: Question) -> CompatRefused:
    """Nothing has this number."""
    return CompatRefused(404, question.resource.absent, "Invalid ID.")


def _counted(asked: CompatAsked, reader: GraphReader, connection: Connection) -> Counted:
    """The look-ups of a request: its customers are those of the shop, in whatever channel."""
    (channel, *_) = connection.channels(Capability.MEMBER) or (asked.channel,)
    return Counted(reader.look_ups, channel)


def _body(question: Question, rows: Sequence[Row]) -> bytes:
    wanted = question.fields
    if wanted is not None:
        rows = [{key: one for key, one in row.items() if key in wanted} for row in rows]
    return orjson.dumps(rows if question.number is None else rows[0])
