"""Loads by number that either side may answer: memberships, and orders."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from time import perf_counter
from typing import Any

from msgspec.structs import replace

from capabilities.adoption.standing import Standing
from capabilities.adoption.states import Side
from capabilities.caller import MembershipKey
from capabilities.errors import ChannelError, StoreUnavailable, Unavailable
from capabilities.member.changing import PLATFORM
from gateway.federation.adopted import AdoptedPart, is_owned, is_retired
from gateway.federation.adopted_line import Legacy, Outcome, each
from gateway.federation.adopted_parts import with_other_parts
from gateway.federation.deciding import Deciding, natural
from gateway.federation.estate import broken
from gateway.federation.loaded import Loaded
from store.order.copied_orders import WhoseOrder


class KeyedQuestion:
    """The keys of one connection and capability, divided between the sides.

    A key that the platform does not have is its system's, until the platform owns the channel.
    While PostgreSQL is away the system answers in the platform's place, and the answer says so.
    """

    port: str

    def __init__(self, part: AdoptedPart, deciding: Deciding, live: bool = False) -> None:
        self.part = part
        self.deciding = deciding
        self._live = live

    async def answers(self, keys: Sequence[Any], legacy: Legacy) -> Mapping[Any, Outcome]:
        """The outcome of every key."""
        found: dict[Any, Outcome] = {}
        away: StoreUnavailable | None = None
        sides: Mapping[str, Side] = {}
        if self.part.whole and all(map(self.deciding.closed, self.part.standings.values())):
            return dict.fromkeys(keys, not_answered(self.part))
        try:
            sides = await self.sides(keys)
            found |= await self._ours([key for key in keys if sides[key] is Side.PLATFORM])
        except StoreUnavailable as exc:
            away = exc
        theirs = [key for key in keys if key not in found]
        lacking = sum(sides.get(key) is Side.PLATFORM for key in theirs)
        self._count(len(found), len(theirs), lacking, away)
        if away is not None and all(map(is_retired, self.part.standings.values())):
            error = Unavailable(away.message, source=PLATFORM, code=away.code)
            return found | dict.fromkeys(theirs, error)
        found |= await self._theirs(theirs, legacy, away)
        answered = {key: one for key, one in found.items() if isinstance(one, Loaded)}
        self.deciding.show(self.part, answered)
        await self._parted(found)
        return found

    async def sides(self, keys: Sequence[str]) -> Mapping[str, Side]:
        """Who answers each key; StoreUnavailable where that cannot be told."""
        one_side = self.part.one_side
        if one_side is None:
            return await self._divided(keys)
        return {key: self._before(key) or one_side for key in keys}

    def _before(self, key: str) -> Side | None:
        """What this request decided of a key, in whatever channel."""
        asked = (self.deciding.pinned(self.part, one, key) for one in self.part.standings)
        return next((side for side in asked if side is not None), None)

    @abstractmethod
    async def _divided(self, keys: Sequence[str]) -> Mapping[str, Side]:
        """As `sides`, where they depend on the key."""

    async def _ours(self, keys: Sequence[str]) -> dict[Any, Outcome]:
        """What the platform has; without what it lacks and its system is asked for."""
        if not keys:
            return {}
        began = perf_counter()
        records = await self.deciding.copied(self.part, self.port, keys, live=self._live)
        took = round((perf_counter() - began) * 1000)
        owned = self.part.owned
        found: dict[Any, Outcome] = {
            key: Loaded(record, took, by=PLATFORM)
            for key, record in records.items()
            if record is not None or owned
        }
        for key in found:
            self._pin(key, records[key], Side.PLATFORM)
        return found

    async def _theirs(
        self, keys: Sequence[str], legacy: Legacy, away: StoreUnavailable | None
    ) -> dict[Any, Outcome]:
        connection = self.part.connection
        if not keys:
            return {}
        if connection.connector is None:
            return dict.fromkeys(keys, broken(connection))
        if not hasattr(connection.connector, self.port):
            return {key: Loaded(None, None) for key in keys}
        found = await each(legacy, keys)
        for key, outcome in found.items():
            if not isinstance(outcome, Loaded):
                continue
            found[key] = self._allowed(outcome) if away is None else instead(outcome)
            self._pin(key, outcome.value, Side.LEGACY)
        return found

    def _allowed(self, outcome: Loaded) -> Loaded:
        """What a system says, unless of a channel whose rows are the platform's alone."""
        channel = None if outcome.value is None else outcome.value.channel
        standing = self.part.standings.get(channel or "")
        if standing is None or not (is_owned(standing) or self.deciding.closed(standing)):
            return outcome
        return Loaded(None, outcome.latency_ms, by=PLATFORM)

    def _count(self, ours: int, theirs: int, lacking: int, away: StoreUnavailable | None) -> None:
        answered = self.part.figures.answered
        answered("PLATFORM", ours)
        if away is not None:
            answered("FELL_BACK", theirs)
            return
        answered("LACKING", lacking)
        answered("LEGACY", theirs - lacking)

    def _pin(self, key: str, record: Any, side: Side) -> None:
        """For the rest of the request this key is this side's, whatever becomes known of it."""
        if record is not None:
            self.deciding.pin(self.part, record.channel, key, side)
            self.deciding.answered(self.part, record.channel, side)

    async def _parted(self, found: dict[Any, Outcome]) -> None:
        """Parts of records that another side answers than the rest."""
        if not any(one.fields for one in self.part.standings.values()):
            return
        whole = {
            key: outcome
            for key, outcome in found.items()
            if isinstance(outcome, Loaded) and outcome.value is not None and not outcome.error
        }
        records = [one.value for one in whole.values()]
        told, error = await with_other_parts(self.deciding, self.part, records)
        for key, record in zip(whole, told, strict=True):
            found[key] = replace(whole[key], value=record, error=error)


def not_answered(part: AdoptedPart) -> ChannelError:
    """Why nobody but who runs this is answered."""
    message = "the channel is being taken on; callers are not answered yet"
    return ChannelError(message, source=part.connection.name, code="ADOPTION_NOT_ANSWERED")


def instead(outcome: Loaded) -> Loaded:
    """What a system said in the platform's place, because the platform's store is away."""
    error = outcome.error or Unavailable(
        "the platform's copy is away; its system answers in its place",
        source=PLATFORM,
        code="ADOPTION_FELL_BACK",
    )
    return replace(outcome, error=error)


class MembersByNumber(KeyedQuestion):
    """Memberships: decided by the person, as the store knows whose they are."""

    port = "memberships"

    async def _divided(self, keys: Sequence[str]) -> Mapping[str, Side]:
        asked = [
            MembershipKey(channel, number) for channel in self.part.standings for number in keys
        ]
        known = await self.deciding.sides_of(self.part, asked)
        unknown = Side.PLATFORM if self.part.owned else Side.LEGACY
        found = {key: self._before(key) or unknown for key in keys}
        return found | {key.number: side for key, side in known.items()}


class OrdersByNumber(KeyedQuestion):
    """Orders: decided by the person who bought where the store knows her, else by themselves."""

    port = "orders"

    async def _divided(self, keys: Sequence[str]) -> Mapping[str, Side]:
        unknown = Side.PLATFORM if self.part.owned else Side.LEGACY
        whose = await self.deciding.copied(self.part, "whose", keys)
        return {
            key: self._before(key) or (unknown if row is None else self._side(key, row))
            for key, row in whose.items()
        }

    def _side(self, number: str, row: WhoseOrder) -> Side:
        standing: Standing = self.part.standings[row.channel]
        subject = row.one_id or natural(row.channel, number)
        side = self.deciding.reads(standing, subject, row.store)
        return self.deciding.pin(self.part, row.channel, number, side)
