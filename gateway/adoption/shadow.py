"""The shadow: answers of callers are compared beside them, and nobody waits for it.

What is offered is sampled by a stable share and queued, bounded, per channel and capability. All
else happens in tasks of this process's own: no context, no error and no time of theirs reaches a
caller.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Coroutine, Mapping
from contextvars import Context
from datetime import datetime
from functools import partial
from typing import Self

from cachetools import TTLCache
from msgspec.structs import replace

from capabilities.adoption.cohort import place
from capabilities.adoption.expected import NO_RULES, Rules
from capabilities.adoption.looking import Looked
from capabilities.adoption.tally import Tally
from capabilities.errors import StoreUnavailable
from capabilities.estate import Capability
from gateway.adoption.figures import AdoptionFigures
from gateway.adoption.shadow_bounds import ShadowBounds
from gateway.adoption.shadow_line import ShadowLine
from gateway.adoption.shadow_writing import ShadowWriting
from gateway.federation.compared import Compared
from store.adoption.acknowledgements import Acknowledgements
from store.adoption.comparisons import Comparisons
from store.adoption.underway import UnderwayRows
from store.owned import Owned

_log = logging.getLogger(__name__)
_WRITE_SECONDS = 1.0
# An explanation holds here within so many writings.
_RULES_EVERY = 3

Pair = tuple[Capability, str]


class ShadowReads:
    """Compares beside the callers of one process; `async with` writes down what was found.

    `share` says how many basis points of the keys of a pair are compared under a definition of its
    connector, `hides` whose records are not: of somebody who was erased the platform has nothing,
    and a system may.
    """

    def __init__(
        self,
        owned: Owned,
        figures: AdoptionFigures,
        bounds: ShadowBounds,
        share: Callable[[Capability, str, str], int],
        hides: Callable[[object], bool],
    ) -> None:
        self._figures = figures
        self._bounds = bounds
        self._share = share
        self._hides = hides
        self._now: Callable[[], datetime] = owned.now
        self._acknowledged = Acknowledgements(owned.store, owned.brand)
        self._underway = UnderwayRows(owned.store, owned.brand)
        self._rules: Mapping[Pair, Rules] = {}
        self._tally = Tally(owned.key)
        comparisons = Comparisons(owned.store, owned.brand)
        self._writing = ShadowWriting(comparisons, self._tally, owned.now)
        self._lines: dict[Pair, ShadowLine] = {}
        self._known: TTLCache[tuple[Pair, str], None] = TTLCache(
            bounds.most_known, bounds.again_seconds
        )
        self._tasks: set[asyncio.Task[None]] = set()

    def offer(self, compared: Compared) -> None:
        """Queue the keys of the sample; whatever goes wrong here is nothing to the caller."""
        try:
            sampled = self._sampled(compared)
            if sampled is not None:
                self._line((compared.capability, compared.channel)).put(sampled)
        except Exception:  # noqa: BLE001 - the caller is answered, whatever it was
            self._figures.dropped(compared.channel, compared.capability, "defect", 1)
            _log.exception("an answer could not be queued for comparison")

    async def __aenter__(self) -> Self:
        self._start(self._write())
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        with contextlib.suppress(StoreUnavailable):
            await self.write_now()

    async def write_now(self) -> None:
        """Write down what was found; what cannot be written now stays for the next time."""
        await self._writing.write()

    async def read_rules(self) -> None:
        """Take the explanations that are in force."""
        self._rules = await self._acknowledged.in_force(self._now())

    async def _write(self) -> None:
        """Once a second; while the store is away counts are gathered, up to their bound."""
        turn = 0
        while True:
            try:
                if turn % _RULES_EVERY == 0 and self._lines:
                    await self.read_rules()
                await self.write_now()
            except StoreUnavailable:
                pass
            except Exception:  # noqa: BLE001 - the next writing tries again
                _log.exception("comparisons could not be written")
            turn += 1
            await asyncio.sleep(_WRITE_SECONDS)

    def _sampled(self, compared: Compared) -> Compared | None:
        """The keys that are compared here; None where there are none."""
        share = self._shared(compared)
        if share <= 0:
            return None
        # Another salt than that of a percentage, or the same people would be compared and moved.
        salt = f"shadow {compared.capability.value}"
        chosen = [
            n
            for n, key in enumerate(compared.keys)
            if place(salt, key) < share and not self._hides(compared.answers[n])
        ]
        pair = compared.capability, compared.channel
        chosen = [n for n in chosen if (pair, compared.keys[n]) not in self._known]
        if not chosen:
            return None
        self._known.update({(pair, compared.keys[n]): None for n in chosen})
        keys = tuple(compared.keys[n] for n in chosen)
        return replace(compared, keys=keys, answers=tuple(compared.answers[n] for n in chosen))

    def _shared(self, compared: Compared) -> int:
        return self._share(compared.capability, compared.channel, compared.version)

    def _line(self, pair: Pair) -> ShadowLine:
        line = self._lines.get(pair)
        if line is None:
            capability, channel = pair
            line = self._lines[pair] = ShadowLine(
                self._bounds,
                lambda compared: compared.in_force() and self._shared(compared) > 0,
                lambda of, keys: self._underway.of(of.channel, of.capability, keys, of.feed),
                lambda: self._rules.get(pair, NO_RULES).at(self._now()),
                partial(self._settled, channel, capability),
                partial(self._figures.dropped, channel, capability),
                self._now,
            )
            self._start(line.run()).add_done_callback(lambda _: self._lines.pop(pair, None))
        return line

    def _settled(self, channel: str, capability: Capability, found: Looked) -> None:
        for pair in found.settled:
            self._figures.compared(channel, capability, pair.klass)
            self._tally.add(pair)

    def _start(self, work: Coroutine[object, object, None]) -> "asyncio.Task[None]":
        """A task of nobody's request; a defect in it is logged, and ends it alone."""
        task = asyncio.get_running_loop().create_task(work, context=Context())
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (fault := task.exception()) is not None:
            _log.error("comparing ended by a defect", exc_info=fault)
