"""Adoption as one caller meets it: pairs of her channels, and steps in her name."""

import contextlib
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from types import MappingProxyType

from msgspec import Struct

from capabilities.adoption.bounds import PRODUCTION, Profile
from capabilities.adoption.deciding import Routing, Wanted
from capabilities.adoption.evidence import Evidence, Fact
from capabilities.adoption.halting import Halts
from capabilities.adoption.history import AdoptionDeclined, AdoptionStep
from capabilities.adoption.shown import (
    Adoption,
    AdoptionMoved,
    AdoptionResult,
    AdoptionsHalted,
    HaltingResult,
    shown,
)
from capabilities.adoption.standing import Standing
from capabilities.adoption.states import AdoptionState, Share
from capabilities.adoption.wishes import HaltWish, PairWish
from capabilities.caller import Caller
from capabilities.errors import BadInput, StoreUnavailable
from capabilities.estate import Capability
from capabilities.operations import IdempotencyKeyReused
from gateway.adoption.following import FollowedDifferences
from gateway.federation.asking import Request
from gateway.platform.whole_brand import of_every_store
from store.adoption.draining import rolled_back
from store.adoption.steering import AdoptionOutcome, Pair, Steering

_MOST_STEPS = 100
# A mutation waits so long for writes to drain; asked again it goes on.
_PATIENCE = timedelta(seconds=2)
_PRODUCTION = MappingProxyType({PRODUCTION.name: PRODUCTION})
_Do = Callable[[Pair, Wanted], Awaitable[AdoptionOutcome]]


async def _nobody_follows() -> None:
    pass


class Helm(Struct, frozen=True):
    """What steers in a process: which profiles it knows, and what hears of a step at once.

    `differences` tells what differs while pairs are compared.
    """

    steering: Steering
    profiles: Mapping[str, Profile] = _PRODUCTION
    moved: Callable[[], Awaitable[None]] = _nobody_follows
    differences: FollowedDifferences | None = None


class AdoptionDesk:
    """Implements `schema.adoption_part.AdoptionPart`."""

    def __init__(self, helm: Helm, caller: Caller, request: Request) -> None:
        self._steering = helm.steering
        self._profiles = helm.profiles
        self._moved = helm.moved
        self._caller = caller
        self._estate = request.estate

    async def all(self, profile: str) -> Sequence[Adoption]:
        """Every pair that a route answers or that ever took a step."""
        known = self._profile(profile)
        self._of_all_stores()
        adopted = await self._steering.standings.current()
        pairs = sorted({*adopted.standings, *self._routes()}, key=lambda p: (p[1], p[0].value))
        seen = [one for one in pairs if self._caller.visibility.in_channel(one[1])]
        cases = await self._steering.cases([adopted.of(*one) for one in seen], known)
        return [shown(one) for one in cases]

    async def one(self, channel: str, capability: Capability, profile: str) -> Adoption | None:
        """One of them."""
        known = self._profile(profile)
        self._of_all_stores()
        if not self._caller.visibility.in_channel(channel):
            return None
        adopted = await self._steering.standings.current()
        pair = (capability, channel)
        if pair not in adopted.standings and self._estate.route(capability, channel) is None:
            return None
        return shown(await self._steering.case(adopted.of(*pair), known))

    async def history(self, pair: Adoption) -> Sequence[AdoptionStep]:
        """The steps of one, the newest first."""
        standings = self._steering.standings
        return await standings.history(pair.channel_code, pair.capability, _MOST_STEPS)

    async def evidence(self, pair: Adoption) -> Sequence[Evidence]:
        """What was measured of one, by name."""
        known = await self._steering.evidence.of(pair.channel_code, pair.capability)
        return [known[fact] for fact in sorted(known, key=lambda fact: fact.value)]

    async def promote(
        self, wish: PairWish, target: AdoptionState | None, profile: str
    ) -> AdoptionResult:
        """One step up; the next where none is named."""
        known, steering = self._profile(profile), self._steering
        return await self._done(wish, lambda p, w: steering.promote(p, target, known, w), known)

    async def rollback(self, wish: PairWish, target: AdoptionState | None) -> AdoptionResult:
        """Any step down; the one below where none is named."""
        steering = self._steering
        return await self._done(wish, lambda p, w: rolled_back(steering, p, target, w, _PATIENCE))

    async def halt(self, wish: PairWish) -> AdoptionResult:
        """Whoever leads answers, until a person resumes."""
        return await self._done(wish, self._steering.halt)

    async def to_halt(
        self, channel: str | None, capability: Capability | None
    ) -> Sequence[Adoption]:
        """The pairs that can be halted now."""
        self._of_all_stores()
        return await self._shown(
            await self._steering.halting.would(self._halts(channel, capability))
        )

    async def halt_all(self, wish: HaltWish) -> HaltingResult:
        """Halt those together, all or none."""
        self._of_all_stores()
        if wish.channel is not None and not self._knows(wish.channel):
            return AdoptionDeclined(code="CHANNEL_UNKNOWN", path=("input", "channel"))
        wanted = self._wanted(wish.reason, wish.key)
        found = await self._steering.halting.halt(
            self._halts(wish.channel, wish.capability), wanted
        )
        if isinstance(found, IdempotencyKeyReused):
            return found
        await self._told()
        return AdoptionsHalted(tuple(await self._shown(found.pairs)))

    async def resume(self, wish: PairWish, target: AdoptionState, profile: str) -> AdoptionResult:
        """Out of a halt."""
        known, steering = self._profile(profile), self._steering
        return await self._done(wish, lambda p, w: steering.resume(p, target, known, w), known)

    async def keep_legacy(self, wish: PairWish, review_on: date) -> AdoptionResult:
        """The legacy keeps it."""
        return await self._done(wish, lambda p, w: self._steering.stay(p, review_on, w))

    async def share(self, wish: PairWish, of: Share, points: int, profile: str) -> AdoptionResult:
        """Another percentage."""
        known, steering = self._profile(profile), self._steering
        return await self._done(wish, lambda p, w: steering.share(p, of, points, known, w), known)

    async def route(self, wish: PairWish, routing: Routing) -> AdoptionResult:
        """Other lists, fields, or what happens where both sides changed the same."""
        return await self._done(wish, lambda p, w: self._steering.route(p, routing, w))

    async def sign(self, wish: PairWish, fact: Fact) -> AdoptionResult:
        """Vouch for what nobody can measure."""
        return await self._done(wish, lambda p, w: self._steering.sign(p, fact, w))

    async def _done(self, wish: PairWish, do: _Do, profile: Profile = PRODUCTION) -> AdoptionResult:
        """A step in the caller's name; this process follows it at once."""
        self._of_all_stores()
        if not self._knows(wish.channel):
            return AdoptionDeclined(code="CHANNEL_UNKNOWN", path=("input", "channel"))
        wanted = self._wanted(wish.reason, wish.key, wish.version)
        found = await do(Pair(wish.channel, wish.capability), wanted)
        if not isinstance(found, Standing):
            return found
        await self._told()
        return AdoptionMoved(shown(await self._steering.case(found, profile)))

    async def _told(self) -> None:
        """This process follows a step at once."""
        with contextlib.suppress(StoreUnavailable):  # the next look sees it
            await self._moved()

    async def _shown(self, pairs: Sequence[Standing]) -> Sequence[Adoption]:
        return [shown(one) for one in await self._steering.cases(pairs, PRODUCTION)]

    def _wanted(self, reason: str, key: str, version: int | None = None) -> Wanted:
        """A wish in the caller's name."""
        return Wanted(
            author=self._caller.subject,
            role=self._caller.role.value,
            person=self._caller.person is not None,
            reason=reason,
            key=key,
            version=version,
        )

    def _knows(self, channel: str) -> bool:
        visible = self._caller.visibility.in_channel(channel)
        return visible and self._estate.channel(channel) is not None

    def _halts(self, channel: str | None, capability: Capability | None) -> Halts:
        """Of what was named what the caller may see."""
        channels = self._caller.visibility.channels
        return Halts(channel=channel, capability=capability, channels=channels)

    def _routes(self) -> Iterable[tuple[Capability, str]]:
        channels = self._estate.channels
        for capability in Capability:
            for code in channels:
                if self._estate.route(capability, code) is not None:
                    yield capability, code

    def _profile(self, name: str) -> Profile:
        found = self._profiles.get(name)
        if found is None:
            valid = ", ".join(self._profiles)
            raise BadInput(f"`profile` is one of {valid}.", code="ADOPTION_PROFILE_UNKNOWN")
        return found

    def _of_all_stores(self) -> None:
        if self._caller.visibility.stores is not None:
            of_every_store(self._caller.visibility, "Adoption is steered for whole channels.")
