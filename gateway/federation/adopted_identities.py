"""Look-ups of people by an identity that either side may answer."""

from collections.abc import Awaitable, Mapping, Sequence
from time import perf_counter
from typing import Any

from msgspec.structs import replace

from capabilities.adoption.states import Side
from capabilities.caller import MembershipKey
from capabilities.errors import ChannelError, StoreUnavailable, Unavailable
from capabilities.member.changing import PLATFORM
from capabilities.member.records import Membership
from capabilities.sources import SourceReport, SourceStatus, failed
from gateway.federation.adopted import AdoptedPart, is_owned, is_retired
from gateway.federation.adopted_keys import instead, not_answered
from gateway.federation.adopted_line import Legacy, Outcome
from gateway.federation.adopted_parts import with_other_parts
from gateway.federation.deciding import Deciding
from gateway.federation.estate import broken
from gateway.federation.loaded import Loaded, report_of

_PORT = "memberships_by_identity"


class MembersByIdentity:
    """Who has an identity, of one connection: every membership from the side of its person.

    The system is asked unless all whom the platform knows by the identity are the platform's; of
    its answer only those are taken that are its own to answer.
    """

    def __init__(self, part: AdoptedPart, deciding: Deciding, live: bool = False) -> None:
        self._part = part
        self._deciding = deciding
        self._live = live

    async def answers(self, keys: Sequence[Any], legacy: Legacy) -> Mapping[Any, Outcome]:
        """The outcome of every identity."""
        began, part = perf_counter(), self._part
        if part.whole and all(map(self._deciding.closed, part.standings.values())):
            return dict.fromkeys(keys, not_answered(part))
        try:
            ours, sides = await self._ours(keys)
        except StoreUnavailable as exc:
            return {key: await self._instead(key, legacy, exc) for key in keys}
        took = round((perf_counter() - began) * 1000)
        connector = self._part.connection.connector
        there = connector is not None
        if there and not hasattr(connector, _PORT):
            return {key: await self._alone(ours[key], sides, took) for key in keys}
        waits = {  # all are asked before one is waited for
            key: legacy(key) if there else None
            for key in keys
            if self._asks_legacy(ours[key], sides)
        }
        found: dict[Any, Outcome] = {}
        for key in keys:
            own = [one for one in ours[key] if _is_ours(one, sides)]
            for channel in {one.channel for one in own}:
                self._deciding.answered(self._part, channel, Side.PLATFORM)
            here = self._told(own, took)
            one = await self._both(here, waits[key], sides) if key in waits else here
            found[key] = await self._parted(one)
        return found

    async def _alone(
        self, ours: Sequence[Membership], sides: Mapping[MembershipKey, Side], took: int
    ) -> Outcome:
        """What the platform answers where the system cannot look anybody up."""
        here = self._told([one for one in ours if _is_ours(one, sides)], took)
        if not self._asks_legacy(ours, sides):
            return await self._parted(here)
        skipped = SourceReport(
            name=self._part.connection.name,
            status=SourceStatus.SKIPPED,
            message="cannot look up by an identity",
            channels=self._part.channels,
        )
        return await self._parted(replace(here, told=(*here.told, skipped)))

    async def _parted(self, outcome: Outcome) -> Outcome:
        if not isinstance(outcome, Loaded):
            return outcome
        rows, error = await with_other_parts(self._deciding, self._part, outcome.value)
        return replace(outcome, value=tuple(rows), error=outcome.error or error)

    async def _ours(
        self, keys: Sequence[Any]
    ) -> tuple[Mapping[Any, Sequence[Membership]], Mapping[MembershipKey, Side]]:
        """What the platform knows by each identity, and whose each of them is to answer."""
        rows = await self._deciding.copied(self._part, _PORT, keys, live=self._live)
        known = list({one.key: None for some in rows.values() for one in some})
        one_side = self._part.one_side
        if one_side is not None:
            sides: Mapping[MembershipKey, Side] = {
                key: self._deciding.pin(self._part, key.channel, key.number, one_side)
                for key in known
            }
        else:
            sides = await self._deciding.sides_of(self._part, known)
        return rows, sides

    def _asks_legacy(self, ours: Sequence[Membership], sides: Mapping[MembershipKey, Side]) -> bool:
        if not self._part.whole or (not ours and not self._part.owned):
            return True
        return not all(_is_ours(one, sides) for one in ours)

    def _told(self, ours: Sequence[Membership], took: int) -> Loaded:
        report = SourceReport(
            name=PLATFORM,
            status=SourceStatus.OK,
            latency_ms=took,
            age_ms=0,
            count=len(ours),
            channels=tuple(sorted(self._part.standings)),
        )
        return Loaded(tuple(ours), took, told=(report,))

    async def _both(
        self, here: Loaded, wait: Awaitable[Loaded] | None, sides: Mapping[MembershipKey, Side]
    ) -> Outcome:
        """What the platform answers, and what its system does beside it."""
        connection, channels = self._part.connection, self._part.channels
        try:
            if wait is None:
                raise broken(connection)
            loaded = await wait
            theirs = await self._theirs(loaded.value, sides)
        except StoreUnavailable as exc:
            return exc
        except ChannelError as exc:
            report = failed(connection.name, exc, 0, channels)
            return replace(here, told=(*here.told, report)) if here.value else exc
        told = report_of(connection.name, loaded, count=len(theirs), channels=channels)
        if not here.value:
            return replace(loaded, value=tuple(theirs), told=(told,))
        return replace(here, value=(*here.value, *theirs), told=(*here.told, told))

    async def _theirs(
        self, rows: Sequence[Membership], sides: Mapping[MembershipKey, Side]
    ) -> list[Membership]:
        """Of a system's rows those that it answers.

        Whom the platform answers is none of them, also where it knows her by another identity.
        """
        standings = self._part.standings
        strange = [one.key for one in rows if one.channel in standings and one.key not in sides]
        more = await self._deciding.sides_of(self._part, strange) if strange else {}
        found = []
        for one in rows:
            standing = standings.get(one.channel)
            side = sides.get(one.key) or more.get(one.key)
            if standing is not None and side is None:
                side = Side.PLATFORM if is_owned(standing) else Side.LEGACY
                self._deciding.pin(self._part, one.channel, one.number, side)
            open_ = standing is None or not self._deciding.closed(standing)
            if open_ and (standing is None or side is Side.LEGACY):
                found.append(one)
        return found

    async def _instead(self, key: Any, legacy: Legacy, away: StoreUnavailable) -> Outcome:
        connection = self._part.connection
        if all(map(is_retired, self._part.standings.values())):
            return Unavailable(away.message, source=PLATFORM, code=away.code)
        if connection.connector is None:
            return broken(connection)
        try:
            return instead(await legacy(key))
        except ChannelError as exc:
            return exc


def _is_ours(one: Membership, sides: Mapping[MembershipKey, Side]) -> bool:
    return sides.get(one.key) is Side.PLATFORM
