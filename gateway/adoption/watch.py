"""The watch of one process: what it sees of pairs becomes evidence, and sends them down at once.

A burst of failing answers or an open circuit needs no worker and no row: the process that sees it
takes the step, and of many that see it one does.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from msgspec.structs import replace

from capabilities.adoption.bounds import PRODUCTION
from capabilities.adoption.demotion import Demotion, demotion, watched
from capabilities.adoption.evidence import Evidence, Fact
from capabilities.adoption.rules import Case
from capabilities.adoption.standing import Standing
from capabilities.errors import StoreUnavailable
from capabilities.estate import Capability
from gateway.adoption.connector_facts import ConnectorFacts
from gateway.adoption.figures import AdoptionFigures
from gateway.federation.adopted_figures import PartFigures
from gateway.federation.call import RECENT_SECONDS
from gateway.federation.estate import Connection, Estate
from store.adoption.followed import Adoption
from store.adoption.steering import Pair, Steering

_log = logging.getLogger(__name__)
_LOOK_SECONDS = 1.0
_KEEP_SECONDS = 10.0
# What nobody changed is written again so often, or it would grow old.
_AGAIN = timedelta(minutes=1)
# Failing answers are counted over so long.
_BURST_SECONDS = 10.0
_AUTHOR = "system:gateway"
Figured = Callable[[str, Capability], PartFigures | None]


class AdoptionWatch:
    """Looks at every pair; `figures_of` gives how the platform's side of a connector fares."""

    def __init__(
        self,
        steering: Steering,
        adoption: Adoption,
        estate: Callable[[], Estate],
        figures_of: Figured,
        facts: ConnectorFacts,
        figures: AdoptionFigures,
        *,
        burst_seconds: float = _BURST_SECONDS,
    ) -> None:
        self._steering = steering
        self._adoption = adoption
        self._estate = estate
        self._figures_of = figures_of
        self._facts = facts
        self._figures = figures
        self._burst_seconds = burst_seconds
        self._kept: dict[tuple[str, Capability, Fact], Evidence] = {}

    async def follow(self) -> None:
        """Look each second, until cancelled."""
        told, keep_at = False, time.monotonic() + _KEEP_SECONDS / 2
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            try:
                if time.monotonic() >= keep_at:
                    keep_at = time.monotonic() + _KEEP_SECONDS
                    await self.keep()
                await self.look()
                told = False
            except StoreUnavailable:
                pass  # nobody can be moved now; the next look may
            except Exception:  # noqa: BLE001 - whatever it was, the next look tries again
                if not told:
                    _log.exception("adoption cannot be watched")
                told = True

    async def look(self) -> None:
        """Send down what must go down; a pair that cannot be moved now holds up no other."""
        standings = self._adoption.current.standings.values()
        self._figures.stand(standings)
        adopting = [one for one in standings if watched(one)]
        if not adopting:
            return
        for case in await self._steering.cases(adopting, PRODUCTION):
            seen = self._seen(case)
            cause = demotion(seen)
            if cause is not None:
                with contextlib.suppress(StoreUnavailable):  # its writers hold it: the next look
                    await self._demote(case.standing, cause)

    async def keep(self) -> None:
        """Write down what was seen, where it is news."""
        at, estate = self._steering.now(), self._estate()
        for one in estate.connections:
            self._facts.count(one, at)
        for capability in Capability:
            for one, channels in estate.answering(capability):
                found = self._facts.of(one, capability, at)
                for channel in channels:
                    standing = self._adoption.of(capability, channel)
                    fares = self._platform(one, standing, at)
                    await self._keep_news(standing, [*found, *fares])

    async def _keep_news(self, standing: Standing, found: Sequence[Evidence]) -> None:
        channel, capability = standing.channel, standing.capability
        news = [one for one in found if self._is_news(standing, one)]
        if news:
            await self._steering.evidence.keep(channel, capability, *news)
            self._kept |= {(channel, capability, one.fact): one for one in news}

    def _is_news(self, standing: Standing, one: Evidence) -> bool:
        before = self._kept.get((standing.channel, standing.capability, one.fact))
        if before is None or one.at - before.at >= _AGAIN or before.at < standing.entered_at:
            return True
        return (before.value, before.basis) != (one.value, one.basis)

    def _seen(self, case: Case) -> Case:
        """A case with what this process sees at this moment."""
        standing = case.standing
        one = self._estate().route(standing.capability, standing.channel)
        if one is None:
            return case
        live = self._facts.of(one, standing.capability, case.now)
        live += self._burst(one, standing, case.now)
        known: Mapping[Fact, Evidence] = {**case.known, **{fact.fact: fact for fact in live}}
        told = known.get(Fact.CONFIG_VALID)
        return replace(case, known=known, basis=case.basis if told is None else told.basis)

    def _burst(self, one: Connection, standing: Standing, at: datetime) -> list[Evidence]:
        """How the platform's answers fare in these seconds, those of this state only."""
        figures = self._figures_of(one.name, standing.capability)
        if figures is None:
            return []
        seconds = _of_state(self._burst_seconds, standing, at)
        burst = figures.within(seconds)
        if not burst.calls:
            return []
        share, query = burst.failed / burst.calls, f"answers of the platform in {seconds:.0f} s"
        fact = Evidence(fact=Fact.PLATFORM_BURN, value=share, at=at, sample=burst.calls)
        return [replace(fact, query=query, author=_AUTHOR)]

    def _platform(self, one: Connection, standing: Standing, at: datetime) -> list[Evidence]:
        """How the platform's answers fare of late, those of this state only.

        What failed before it was sent down would else hold up each step of the way back.
        """
        figures = self._figures_of(one.name, standing.capability)
        seconds = _of_state(RECENT_SECONDS, standing, at)
        recent = None if figures is None else figures.recent(seconds)
        if figures is None or recent is None or recent.p99 is None or recent.error_rate is None:
            return []
        query = f"answers of the platform in {seconds:.0f} s, at most the last 500"
        p99 = Evidence(
            fact=Fact.PLATFORM_P99,
            value=recent.p99,
            at=at,
            sample=figures.within(seconds).calls,
            query=query,
            author=_AUTHOR,
        )
        return [p99, replace(p99, fact=Fact.PLATFORM_ERRORS, value=recent.error_rate)]

    async def _demote(self, seen: Standing, cause: Demotion) -> None:
        pair = Pair(seen.channel, seen.capability)
        done = await self._steering.demote(pair, seen.version, cause)
        if isinstance(done, Standing):
            words = {"channel": seen.channel, "capability": seen.capability.value}
            states = {"from_state": seen.state.value, "to_state": done.state.value}
            _log.warning("adoption demoted", extra={**words, **states, "reason": cause.reason})
            self._figures.demoted(seen.channel, seen.capability, done.state)
        await self._adoption.refresh()


def _of_state(seconds: float, standing: Standing, at: datetime) -> float:
    """So many seconds, or those since the state began."""
    return min(seconds, (at - standing.entered_at).total_seconds())
