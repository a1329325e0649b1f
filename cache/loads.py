"""Load agreements: what all processes together may ask of a system, handed out by Redis.

A process holds a share for a few seconds and renews it every second, or sooner when it is short of
it; calls spend it without asking anybody. Without Redis each process falls back on the agreement
divided by `SANTONG_PROCESSES`, and on more than it held only when nobody can still hold the rest.
"""

import asyncio
import logging
import time
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from types import TracebackType
from typing import Self
from uuid import uuid4
from weakref import WeakKeyDictionary, WeakValueDictionary

import msgspec
from msgspec import Struct

from cache.connection import Near
from cache.ending import ended
from cache.load_lease import SCRIPT, Ask
from capabilities.allowance import Allowance
from capabilities.load import Agreed, Cause, LoadAgreement
from capabilities.shared import Metered

_log = logging.getLogger(__name__)
_RENEW_SECONDS = 1.0
_LEAST_PAUSE_SECONDS = 0.1
# How long a share is good, counted from the moment when it was asked for.
_GOOD_SECONDS = 2.5
_TOKEN_SECONDS = 1.0
_MARGIN_SECONDS = 0.5
# A lower agreement begins so much earlier, a higher one so much later: clocks differ.
_CLOCKS_DIFFER = timedelta(seconds=2)
# Larger than any agreement: where nothing was agreed.
_NO_BOUND = 1_000_000
_NEVER = float("-inf")
_HOUR_SECONDS = 3600
_SLOT_SECONDS = 10
_HOURS_KEPT = 26
_SLOTS_KEPT = 4


class _Shared(Allowance):
    """An allowance, what it is a share of, and whom to tell that it is short."""

    def __init__(self, agreement: LoadAgreement, longest: float, processes: int | None) -> None:
        self.agreement = agreement
        self.longest = longest
        self.processes = processes
        self.alone = False
        floor = self.floor()
        super().__init__(floor)
        self.grant(floor, until=_NEVER, floor=floor, floor_from=_NEVER)

    @property
    def closed(self) -> bool:
        """Also where this process alone may not ask, because its part is less than a call."""
        return super().closed or (self.alone and self.limit.none_allowed)

    def agreed(self) -> Agreed:
        """What holds now for all processes together."""
        now = datetime.now(UTC)
        soon, past = (self.agreement.at(now + by) for by in (_CLOCKS_DIFFER, -_CLOCKS_DIFFER))
        return self.agreement.at(now).least(soon).least(past)

    def floor(self) -> Agreed:
        """What holds for this process when it cannot ask."""
        agreed = self.agreed()
        return Agreed(0, 0) if self.processes is None else agreed.shared_by(self.processes)


class LoadNow(Struct, frozen=True, kw_only=True):
    """What was asked of one system: calls by cause, and the shares that processes hold."""

    seconds: int
    now: Mapping[str, int]
    day: Mapping[str, int]
    shares: tuple[Agreed, ...]


class Loads:
    """The agreements of one brand as one process sees them; `async with` renews its shares.

    `processes` is how many processes share an agreement when Redis is away. One that is not
    `counted` among them, such as a command, asks nothing without a share.
    """

    def __init__(self, near: Near, brand: str, processes: int, *, counted: bool = True) -> None:
        self._near = near
        self._brand = brand
        self._processes = processes
        self._counted = counted
        self._me = uuid4().hex
        self._shares: WeakValueDictionary[str, _Shared] = WeakValueDictionary()
        self._told: WeakKeyDictionary[Metered, dict[Cause, int]] = WeakKeyDictionary()
        self._short = asyncio.Event()
        self._running: asyncio.Task[None] | None = None

    def allowance(self, connector: str, agreement: LoadAgreement, longest: float) -> Allowance:
        """The share of one connector; one opened anew goes on with the share of the one before."""
        share = self._shares.get(connector)
        if share is None:
            share = _Shared(agreement, longest, self._processes if self._counted else None)
            share.share = self
            self._shares[connector] = share
        share.agreement, share.longest = agreement, max(share.longest, longest)
        self._short.set()
        return share

    def meter(self, calls: Metered) -> None:
        """Count a connector's calls by cause from now on."""
        self._told[calls] = dict(calls.calls)

    def wanted(self) -> None:
        """A share is too small: ask soon."""
        self._short.set()

    async def ready(self, connector: str) -> None:
        """Wait until a process that asks nothing without a share has one, or will get none."""
        share = self._shares.get(connector)
        if share is None:
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(_life(share) + _RENEW_SECONDS):
                while share.limit.none_allowed and not share.alone:  # noqa: ASYNC110 - Redis gives it
                    await asyncio.sleep(_LEAST_PAUSE_SECONDS)

    async def used(self, connector: str) -> LoadNow | None:
        """What all processes asked of a system; None where Redis cannot say."""
        slot, hour = int(time.time()) // _SLOT_SECONDS, int(time.time()) // _HOUR_SECONDS
        keys = [self._slot_key(connector, slot - 1)]
        keys += [self._hour_key(connector, hour - back) for back in range(24)]
        commands = [("HGETALL", key) for key in (*keys, self._lease_key(connector))]
        answers = await self._near.attempt(partial(self._near.pipelined, commands), None)
        if answers is None or any(isinstance(one, Exception) for one in answers):
            return None
        rows = [_counts(one) for one in answers[:-1]]
        day = {cause.value: sum(row.get(cause.value, 0) for row in rows[1:]) for cause in Cause}
        now = {cause.value: rows[0].get(cause.value, 0) for cause in Cause}
        return LoadNow(seconds=_SLOT_SECONDS, now=now, day=day, shares=_shares(answers[-1]))

    async def renew(self) -> None:
        """Ask for every share, and tell what was called."""
        for connector, share in tuple(self._shares.items()):
            await self._renew(connector, share)
        await self._count()

    async def __aenter__(self) -> Self:
        self._running = asyncio.create_task(self._run())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._running is not None:
            await ended([self._running])
        await self._count()

    async def _run(self) -> None:
        while True:
            self._short.clear()
            try:
                await self.renew()
            except Exception:  # noqa: BLE001 - shares run out by themselves
                _log.exception("load shares cannot be renewed")
            await asyncio.sleep(_LEAST_PAUSE_SECONDS)
            with suppress(TimeoutError):
                async with asyncio.timeout(_RENEW_SECONDS - _LEAST_PAUSE_SECONDS):
                    await self._short.wait()

    async def _renew(self, connector: str, share: _Shared) -> None:
        agreed, life = share.agreed(), _life(share)
        share.close(closed=agreed.none_allowed)
        share.fall_back(share.floor())
        asked = time.monotonic()
        ask = self._ask(share, agreed, life)
        words = ("EVAL", SCRIPT, 1, self._lease_key(connector), self._me, msgspec.json.encode(ask))
        given = await self._near.attempt(partial(self._near.command, *words), None, writes=True)
        self._tell(connector, share, alone=given is None)
        if given is None:
            return
        numbers = zip(given, ask.agreed, strict=True)
        forgotten = asked + life + _RENEW_SECONDS  # by Redis; then others may have got it
        share.grant(
            Agreed(*(None if of >= _NO_BOUND else int(one) for one, of in numbers)),
            until=asked + _GOOD_SECONDS,
            floor=share.floor(),
            floor_from=forgotten + _GOOD_SECONDS + share.longest + _TOKEN_SECONDS,
        )

    def _ask(self, share: _Shared, agreed: Agreed, life: float) -> Ask:
        held = [
            _NO_BOUND if limit is None else max(limit, used or 0)
            for limit, used in zip(_pair(share.limit), _pair(share.in_use), strict=True)
        ]
        callers, background = share.wants
        return Ask(
            agreed=_numbers(agreed),
            held=(held[0], held[1]),
            callers=_numbers(callers),
            background=_numbers(background),
            processes=self._processes,
            life_ms=round(life * 1000),
        )

    def _tell(self, connector: str, share: _Shared, *, alone: bool) -> None:
        if alone and not share.alone:
            _log.warning("load share alone", extra={"connector": connector})
        elif share.alone and not alone:
            _log.info("load share renewed", extra={"connector": connector})
        share.alone = alone

    async def _count(self) -> None:
        """Add what was called since the last time."""
        grown: dict[tuple[str, Cause], int] = {}
        seen = [(of, dict(of.calls)) for of in tuple(self._told)]
        for of, calls in seen:
            for cause, count in calls.items():
                more = count - self._told[of].get(cause, 0)
                if more:
                    key = of.source, cause
                    grown[key] = grown.get(key, 0) + more
        if not grown:
            return
        commands = [one for key, more in grown.items() for one in self._counting(*key, more)]
        pipelined = partial(self._near.pipelined, commands)
        if await self._near.attempt(pipelined, None, writes=True) is not None:
            for of, calls in seen:
                self._told[of] = calls

    def _counting(self, connector: str, cause: Cause, more: int) -> list[tuple[object, ...]]:
        now = int(time.time())
        hour = self._hour_key(connector, now // _HOUR_SECONDS)
        slot = self._slot_key(connector, now // _SLOT_SECONDS)
        return [
            ("HINCRBY", hour, cause.value, more),
            ("EXPIRE", hour, _HOURS_KEPT * _HOUR_SECONDS),
            ("HINCRBY", slot, cause.value, more),
            ("EXPIRE", slot, _SLOTS_KEPT * _SLOT_SECONDS),
        ]

    def _lease_key(self, connector: str) -> str:
        return f"santong:load:{{{self._brand}:{connector}}}"

    def _hour_key(self, connector: str, hour: int) -> str:
        return f"{self._lease_key(connector)}:hour:{hour}"

    def _slot_key(self, connector: str, slot: int) -> str:
        return f"{self._lease_key(connector)}:slot:{slot}"


def _life(share: _Shared) -> float:
    """Seconds after which a share that was not renewed is surely used by nobody."""
    return _GOOD_SECONDS + share.longest + _TOKEN_SECONDS + _MARGIN_SECONDS


def _pair(agreed: Agreed) -> tuple[int | None, int | None]:
    return agreed.per_second, agreed.at_once


def _numbers(agreed: Agreed) -> tuple[int, int]:
    first, second = (_NO_BOUND if one is None else one for one in _pair(agreed))
    return first, second


def _words(answer: object) -> dict[str, bytes]:
    """The fields of a hash, as the one or the other version of the protocol gives them."""
    if isinstance(answer, dict):
        return {key.decode(): value for key, value in answer.items()}
    flat = answer if isinstance(answer, list) else []
    return {flat[place].decode(): flat[place + 1] for place in range(0, len(flat), 2)}


def _counts(answer: object) -> dict[str, int]:
    return {name: int(value) for name, value in _words(answer).items()}


class _Row(Struct):
    share: tuple[float, float]
    ends: float


def _shares(answer: object) -> tuple[Agreed, ...]:
    fields = _words(answer).items()
    rows = [msgspec.json.decode(row, type=_Row) for name, row in fields if name != "born"]
    alive = [row for row in rows if row.ends > time.time() * 1000]
    return tuple(
        Agreed(*(None if one >= _NO_BOUND else int(one) for one in row.share)) for row in alive
    )
