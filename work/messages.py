"""Queues that systems keep for us: what waits is kept as deliveries, then confirmed.

A message that was not confirmed comes again and is known by its id, so wherever this is killed
none is lost and none has a second effect.
"""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import structlog

from capabilities.errors import SantongError
from capabilities.estate import Capability, ConnectorSpec
from capabilities.load import Cause, because
from capabilities.points.told_outside import PointsTold
from connectors.connector import Connector, loaded
from connectors.hooks import Heard
from connectors.ports.wanted import Queue
from store.order.hooks import Delivery, HookDeliveries
from store.owned import Owned
from work.point_changes import PointChanges
from work.relaying import Open

_log = structlog.get_logger("work")
MESSAGES = "* * * * * */10"
# A long queue is gone on with at the next look, so that none keeps the others waiting.
_MOST_ROUNDS = 20
# A system that fails, or an app that may not, is not asked six times a minute.
_REST = timedelta(minutes=5)


class Messages:
    """Takes the messages of every connector whose system has a queue."""

    def __init__(
        self,
        owned: Owned,
        deliveries: HookDeliveries,
        specs: Callable[[], Sequence[ConnectorSpec]],
        opened: Open,
        systems: Path | None = None,
    ) -> None:
        self._owned = owned
        self._deliveries = deliveries
        self._specs = specs
        self._opened = opened
        self._systems = systems
        self._points = PointChanges(owned)
        self._queues: dict[tuple[str, object], bool] = {}
        self._rests_until: dict[str, datetime] = {}

    async def run(self) -> None:
        """All that waits now; one system that fails keeps no other from its turn."""
        for spec in self._specs():
            if spec.paused or self._rests(spec.name) or not await self._has_queue(spec):
                continue
            try:
                with because(Cause.SYNC):
                    async with self._opened(spec) as connector:
                        await self._emptied(connector)
            except SantongError as exc:
                _log.error("messages not taken", connector=spec.name, reason=exc.message)
                self._rests_until[spec.name] = self._owned.now() + _REST

    def _rests(self, name: str) -> bool:
        until = self._rests_until.get(name)
        return until is not None and self._owned.now() < until

    async def _emptied(self, connector: Connector) -> None:
        queue = connector.messages
        for _ in range(_MOST_ROUNDS):
            if queue is None:
                return
            messages = await queue.take()
            kept = [one for one in messages if await self._kept(connector, queue, one)]
            if not kept:
                return
            await queue.confirm([one.delivery for one in kept])

    async def _kept(self, connector: Connector, queue: Queue, one: Heard) -> bool:
        """Whether a message had its effect here; one whose answer was not heard comes again."""
        if one.points is not None:
            try:
                await self._answer(connector, queue, one.points)
            except SantongError as exc:
                _log.error("points not answered", connector=connector.name, reason=exc.code)
                return False
        told = Delivery(
            connector=connector.name,
            delivery=f"message:{one.delivery}",
            topic=one.topic,
            number=one.number,
            gone=one.gone,
        )
        await self._deliveries.accept(told, self._owned.now())
        return True

    async def _answer(self, connector: Connector, queue: Queue, told: PointsTold) -> None:
        """Decide a change of points, and say so before the message is confirmed."""
        channels = connector.spec.channels
        table = channels.get(Capability.MEMBER) or channels.get(Capability.ORDER) or {}
        channel = next(iter(sorted(set(table.values()))), "")
        answered = await self._points.apply(connector.name, channel, told)
        await queue.answer_points(told, answered)

    async def _has_queue(self, spec: ConnectorSpec) -> bool:
        """Whether its system has one, without opening it."""
        known = (spec.system, spec.manifest)
        if known not in self._queues:
            try:
                system = await asyncio.to_thread(loaded, spec, self._systems)
            except SantongError:
                return False  # opening it says why
            own = system.manifest.own
            self._queues[known] = getattr(own, "messages", None) is not None
        return self._queues[known]
