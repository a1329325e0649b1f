"""Comparisons of keys that nobody asked for: drawn on both sides, within the load agreement."""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Any

from msgspec import Struct, field

from capabilities.adoption.comparing import Subject
from capabilities.adoption.defining import version_of
from capabilities.adoption.difference import AGAINST, Pair
from capabilities.adoption.expected import NO_RULES
from capabilities.adoption.looking import (
    Ask,
    Seen,
    Unanswered,
    Underway,
    answered,
    failed,
    looked,
)
from capabilities.adoption.tally import Tally
from capabilities.errors import BadInput, SantongError
from capabilities.estate import Capability, ConnectorSpec
from capabilities.load import Cause, because
from capabilities.member.ports import MembershipSource
from capabilities.order.ports import OrderSource
from capabilities.promotion.ports import PromotionSource
from connectors.basis import basis_of
from connectors.connector import Connector
from store.adoption.acknowledgements import Acknowledgements
from store.adoption.comparisons import Comparisons
from store.adoption.copied_keys import CopiedKeys
from store.adoption.underway import UnderwayRows
from store.owned import Owned
from work.drawing import Drawing
from work.erased_records import ErasedRecords
from work.opening import Openings

# A source that gives nothing for so long is not asked for more in this run.
_ANSWER_SECONDS = 30.0
_MOST_BYTES = 8 * 1024 * 1024
# So many are drawn at a time where a run goes round.
_ROUND = 500
# Of more that differ in one run these tell whether it is lag; the rest is not counted.
_MOST_AGAIN = 500
FILLING = "the copy is being filled"

Copies = Callable[[Capability, ConnectorSpec, str], Ask]
Wait = Callable[[float], Awaitable[None]]
Answers = Mapping[str, Any]


class Sampled(Struct, frozen=True, kw_only=True):
    """What a run compared: keys that were drawn, pairs that were settled, and those against.

    A key that was drawn several times counts as often in each.
    """

    channel: str
    capability: Capability
    drawn: int
    compared: int
    against: int


class _Sides(Struct, frozen=True):
    """Whom to ask for the keys of a run, and what leaves out whoever was erased.

    `feed` is the connector whose passes bring what changed; None where none come by the clock.
    """

    legacy: Ask
    platform: Ask
    living: Callable[[Answers], Awaitable[Answers]]
    feed: str | None


class _Drawn(Struct):
    """The rounds of a run: keys drawn, pairs settled, and those to be looked at again by key.

    The latter are looked at once a run, and count as often as they were drawn: what is equal does,
    and a channel is drawn the more often the smaller it is.
    """

    keys: int = 0
    settled: list[Pair] = []
    again: dict[str, Seen] = {}
    times: Counter[str] = field(default_factory=Counter)


class _Look(Struct, frozen=True):
    """What was seen a look ago, and what may not have come since."""

    before: Mapping[str, Seen] = {}
    underway: Underway = Underway()


_FIRST = _Look()


class Sampling:
    """Draws and compares; `copies` ask the platform's copy, `lag_seconds` is what a feed may take.

    A look again comes that long after the first; `wait` sleeps.
    """

    def __init__(
        self,
        owned: Owned,
        openings: Openings,
        copies: Copies,
        lag_seconds: float,
        *,
        chance: random.Random | None = None,
        wait: Wait = asyncio.sleep,
    ) -> None:
        self._owned = owned
        self._openings = openings
        self._copies = copies
        self._lag_seconds = lag_seconds
        self._chance = random.Random() if chance is None else chance  # noqa: S311 - no secret
        self._wait = wait
        self._comparisons = Comparisons(owned.store, owned.brand)
        self._acknowledged = Acknowledgements(owned.store, owned.brand)
        self._erased = ErasedRecords(owned)
        self._underway = UnderwayRows(owned.store, owned.brand)
        self._copied = CopiedKeys(owned.store, owned.brand, self._chance)

    async def run(
        self,
        spec: ConnectorSpec,
        channel: str,
        capability: Capability,
        wanted: int,
        *,
        around: bool = False,
        made_under: str | None = None,
    ) -> Sampled:
        """Compare at most so many keys, each once; ChannelError where nothing opens the system.

        A run that goes around draws and compares again, until it has so many pairs. BadInput where
        the copy was made under another definition (`made_under`) than the one that is opened.
        """
        with because(Cause.SHADOW, most_bytes=_MOST_BYTES):
            async with self._openings.opened(spec) as connector:
                subject = await self._subject(connector, channel, capability)
                if made_under not in (None, subject.version):
                    raise not_compared(channel, capability, FILLING)
                return await self._compared(connector, subject, wanted, around)

    async def _compared(
        self, connector: Connector, subject: Subject, wanted: int, around: bool
    ) -> Sampled:
        channel, capability = subject.channel, subject.capability
        spec, size = connector.spec, connector.spec.limits.max_batch
        drawing = Drawing(connector, self._copied, channel, capability, self._chance)
        sides = _Sides(
            _asking(connector, channel, capability),
            self._copies(capability, spec, channel),
            partial(self._erased.without, spec),
            spec.name if capability in spec.sync else None,
        )
        drawn = await self._drawn(subject, sides, drawing, wanted, size, around=around)
        counted = [(pair, 1) for pair in drawn.settled]
        unlike = list(drawn.again.values())[:_MOST_AGAIN]
        late = await self._settle(subject, sides, unlike, size)
        counted += [(pair, drawn.times[pair.key]) for pair in late]
        await self._keep(counted)
        return Sampled(
            channel=channel,
            capability=capability,
            drawn=drawn.keys,
            compared=sum(times for _, times in counted),
            against=sum(times for pair, times in counted if pair.klass in AGAINST),
        )

    async def _drawn(
        self,
        subject: Subject,
        sides: _Sides,
        drawing: Drawing,
        wanted: int,
        size: int,
        *,
        around: bool,
    ) -> _Drawn:
        """Draw and look at so many keys, in one round or in as many as that takes."""
        drawn, going = _Drawn(), True
        while going:
            most = min(_ROUND, wanted - drawn.keys) if around else wanted
            keys = await drawing.keys(most, self._owned.now())
            found, differing = await self._look(subject, sides, keys, size)
            drawn.keys += len(keys)
            drawn.settled += found
            drawn.again |= {one.pair.key: one for one in differing}
            drawn.times.update(one.pair.key for one in differing)
            # Where nothing is there, or nobody answers, the next round had nothing either.
            going = around and drawn.keys < wanted and bool(found or differing)
        return drawn

    async def _settle(
        self, subject: Subject, sides: _Sides, again: Sequence[Seen], size: int
    ) -> list[Pair]:
        """Look again at what differs, until it is equal or stands still."""
        settled: list[Pair] = []
        while again:
            await self._wait(self._lag_seconds)
            before = {one.pair.key: one for one in again}
            underway = await self._underway.of(
                subject.channel, subject.capability, before, sides.feed
            )
            look = _Look(before, underway)
            found, again = await self._look(subject, sides, list(before), size, look)
            settled += found
        return settled

    async def _look(
        self,
        subject: Subject,
        sides: _Sides,
        keys: Sequence[str],
        size: int,
        look: _Look = _FIRST,
    ) -> tuple[list[Pair], list[Seen]]:
        """One look at these keys: both sides of a batch one straight after the other."""
        settled: list[Pair] = []
        again: list[Seen] = []
        for start in range(0, len(keys), size):
            batch = keys[start : start + size]
            try:
                legacy = await _answers(sides.legacy, batch)
                legacy = await sides.living(legacy)
                batch = list(legacy)
            except Unanswered:
                break  # the trusted side is away: nothing is known of these keys
            try:
                platform = await _answers(sides.platform, batch)
                now = self._owned.now()
                found = await looked(subject, legacy, platform, now, look.before, look.underway)
            except Unanswered:
                found = failed(subject, batch, self._owned.now())
            settled += found.settled
            again += found.again
        return settled, again

    async def _subject(self, connector: Connector, channel: str, capability: Capability) -> Subject:
        at = self._owned.now()
        rules = (await self._acknowledged.in_force(at)).get((capability, channel), NO_RULES)
        version = version_of(basis_of(connector, capability))
        return Subject(channel, capability, version, rules.at(at))

    async def _keep(self, counted: Sequence[tuple[Pair, int]]) -> None:
        tally = Tally(self._owned.key)
        for pair, times in counted:
            tally.add(pair, times)
        await self._comparisons.keep(*tally.drain())


def not_compared(channel: str, capability: Capability, why: str) -> BadInput:
    """The refusal of a pair that is not compared."""
    message = f"{capability.value} of {channel} is not compared: {why}"
    return BadInput(message, code="ADOPTION_NOT_COMPARED")


async def _answers(ask: Ask, keys: Sequence[str]) -> Mapping[str, Any]:
    return dict(zip(keys, await answered(ask, keys, _ANSWER_SECONDS), strict=True))


def _asking(connector: Connector, channel: str, capability: Capability) -> Ask:
    """The system itself, by number; what is of another channel is not there."""
    if capability is Capability.MEMBER and isinstance(connector, MembershipSource):
        ask: Ask = connector.memberships
    elif capability is Capability.ORDER and isinstance(connector, OrderSource):
        ask = connector.orders
    elif capability is Capability.PROMOTION and isinstance(connector, PromotionSource):
        ask = connector.promotions
    else:
        message = "the connector answers no such records by their number"
        raise SantongError(message, code="CAPABILITY_MISSING")

    async def asked(keys: Sequence[str]) -> Sequence[Any]:
        found = await ask(keys)
        return [one if one is not None and one.channel == channel else None for one in found]

    return asked
