"""What one request decides of who answers: each thing once, by the standings it began with."""

import asyncio
from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from capabilities.adoption.standing import Standing
from capabilities.adoption.states import AdoptionState, Side
from capabilities.caller import MembershipKey, Role
from capabilities.errors import StoreUnavailable
from capabilities.estate import Capability
from gateway.federation.adopted import AdoptedPart
from gateway.federation.adopted_figures import Reading
from gateway.federation.asking import Request
from gateway.federation.compared import Compared, Shadow
from gateway.federation.estate import broken
from gateway.federation.loaded import Loaded
from gateway.federation.stored_people import StoredPeople

_SHARE = 0.4
# A part below this says nothing of the platform's side: callers choose their own deadline.
_FAIR_SECONDS = 0.5


def natural(channel: str, number: str) -> str:
    """What is decided by, where the store knows nobody."""
    return f"{channel}:{number}"


class Deciding:
    """The decisions of one request, and its questions to the platform's side."""

    def __init__(
        self,
        request: Request,
        people: StoredPeople,
        labels: frozenset[str] = frozenset(),
        shadow: Shadow | None = None,
    ) -> None:
        self._request = request
        self._people = people
        self._labels = labels
        self._shadow = shadow
        self._pinned: dict[tuple[Capability, str, str], Side] = {}

    def pin(self, part: AdoptedPart, channel: str, number: str, side: Side) -> Side:
        """The side that a key has in this request, from the first time it was decided."""
        return self._pinned.setdefault((part.capability, channel, number), side)

    def answered(self, part: AdoptedPart, channel: str, side: Side) -> None:
        """Note who answered something of a channel: usage is counted by it."""
        self._request.reached.add((part.connection.name, channel, part.capability, side))

    def pinned(self, part: AdoptedPart, channel: str, number: str) -> Side | None:
        """The side that was decided before; None where none was."""
        return self._pinned.get((part.capability, channel, number))

    def reads(self, standing: Standing, subject: str, store: str | None = None) -> Side:
        """Who answers a subject."""
        return standing.reads(subject, labels=self._labels, store=store)

    async def sides_of(
        self, part: AdoptedPart, keys: Iterable[MembershipKey]
    ) -> Mapping[MembershipKey, Side]:
        """The side of each membership that the store knows; one question for all of them.

        StoreUnavailable where nobody can tell whose they are.
        """
        wanted = list(keys)
        found = {
            key: side
            for key in wanted
            if (side := self.pinned(part, key.channel, key.number)) is not None
        }
        asked = [key for key in wanted if key not in found]
        async with self._in_time():
            people = await self._people.of(asked) if asked else {}
        if people is None:
            raise StoreUnavailable("the platform's store is away")
        homes = await self._homes(part, people)
        for key, person in people.items():
            side = self.reads(part.standings[key.channel], person.one_id, homes.get(key))
            found[key] = self.pin(part, key.channel, key.number, side)
        return found

    async def _homes(
        self, part: AdoptedPart, keys: Collection[MembershipKey]
    ) -> Mapping[MembershipKey, str | None]:
        """The home stores of memberships, where somebody goes first by her store."""
        if not keys or not any(one.cohorts.stores for one in part.standings.values()):
            return {}
        records = await self.copied(part, "memberships", [one.number for one in keys])
        return {one.key: one.home_store_code for one in records.values() if one is not None}

    async def copied(
        self, part: AdoptedPart, port: str, keys: Sequence[Any], *, live: bool = False
    ) -> dict[Any, Any]:
        """What the platform's side says of each key; keys of all requests travel together."""
        if not keys:
            return {}
        name, ask = (port, "copy", part.connection.name, live), getattr(part.copy, port)
        async with self.reading(part):
            loads = {key: self._request.load_with(name, ask, key) for key in keys}
            return {key: await load for key, load in loads.items()}

    @asynccontextmanager
    async def reading(self, part: AdoptedPart) -> AsyncIterator[Reading]:
        """One question to the platform's side; StoreUnavailable where it takes too long."""
        with part.figures.reading() as reading:
            left = self._request.allowance.remaining()
            reading.hurried = left is not None and left * _SHARE < _FAIR_SECONDS
            async with self._in_time():
                yield reading

    @asynccontextmanager
    async def _in_time(self) -> AsyncIterator[None]:
        """Of the request's time the platform may take a part: its system still has the rest."""
        left = self._request.allowance.remaining()
        try:
            async with asyncio.timeout(None if left is None else left * _SHARE):
                yield
        except TimeoutError as exc:
            raise StoreUnavailable("the platform's copy did not answer in time") from exc

    def closed(self, standing: Standing) -> bool:
        """Whether a channel is not answered yet, but to who runs this."""
        return not standing.answered and self._request.visibility.role is not Role.ADMIN

    async def said(self, part: AdoptedPart, port: str, keys: Sequence[Any]) -> dict[Any, Any]:
        """What the system says of each key, whoever answers it otherwise."""
        connection = part.connection
        if connection.connector is None:
            raise broken(connection)
        ask = getattr(connection.connector, port)
        loads = {key: self._request.load_said(connection, port, ask, key) for key in keys}
        return {key: (await load).value for key, load in loads.items()}

    def other_parts(self, part: AdoptedPart, record: Any) -> Sequence[str]:
        """Names of parts of a record that the other side answers than the one it is from."""
        standing = part.standings.get(record.channel)
        if standing is None or not standing.fields or standing.one_side is not None:
            return ()
        if standing.state is AdoptionState.HALTED:
            return ()
        side = Side.PLATFORM if record.source.copied else Side.LEGACY
        return [name for name, wanted in standing.fields.items() if wanted is not side]

    def show(self, part: AdoptedPart, found: Mapping[str, Loaded]) -> None:
        """Show what was just asked to whoever compares, channel by channel; nobody waits for that.

        What was kept was seen before. What nobody has is of the one channel there is, if there is
        only one.
        """
        if self._shadow is None:
            return
        only = part.channels[0] if len(part.channels) == 1 else None
        grouped: dict[tuple[str, Side], dict[str, Any]] = {}
        for key, loaded in found.items():
            if loaded.latency_ms is None or loaded.error:
                continue
            record = loaded.value
            channel = only if record is None else record.channel
            standing = part.standings.get(channel or "")
            if channel is None or standing is None or not standing.compares:
                continue
            copied = record is not None and record.source.copied
            side = Side.PLATFORM if copied else Side.LEGACY
            grouped.setdefault((channel, side), {})[key] = record
        for (channel, side), records in grouped.items():
            self._shadow.offer(
                Compared(
                    channel=channel,
                    capability=part.capability,
                    keys=tuple(records),
                    answers=tuple(records.values()),
                    answered=side,
                    ask=part.asks,
                    version=part.version,
                    feed=part.feed,
                    in_force=part.in_force,
                )
            )
