"""What webhooks told, worked through: the order is read again from its system, never believed.

So deliveries may come twice, late or in any order: what is kept is what the system says now.
"""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta

import structlog

from capabilities.errors import SantongError
from capabilities.estate import Capability, ConnectorSpec
from capabilities.load import Cause, because
from capabilities.order.ports import OrderSource
from capabilities.order.records import Order
from store.engine import Run
from store.order.hooks import Delivery, HookDeliveries
from store.owned import Owned
from work.relaying import Open
from work.taking import Taker

_log = structlog.get_logger("work")
HOOKS = "* * * * * */2"
FORGET = "41 18 * * *"
_LEASE = timedelta(minutes=2)
_KEPT = timedelta(days=7)
_MOST_TRIES = 8
_FIRST_PAUSE, _LONGEST_PAUSE = timedelta(seconds=5), timedelta(hours=1)


class Hooked:
    """Works through deliveries, those of one connector together."""

    def __init__(
        self,
        owned: Owned,
        deliveries: HookDeliveries,
        taker: Taker,
        spec: Callable[[str], ConnectorSpec | None],
        opened: Open,
    ) -> None:
        self._owned = owned
        self._deliveries = deliveries
        self._taker = taker
        self._spec = spec
        self._opened = opened

    async def run(self) -> None:
        """All that is due."""
        while claimed := await self._claim():
            for connector, some in claimed.items():
                await self._worked(connector, some, self._orders_of)

    async def forget(self) -> None:
        """Forget what was done long ago."""
        await self._deliveries.forget(self._owned.now() - _KEPT)

    async def _claim(self) -> dict[str, list[Delivery]]:
        now = self._owned.now()
        found: defaultdict[str, list[Delivery]] = defaultdict(list)
        for one in await self._deliveries.claim(now, now + _LEASE):
            found[one.connector].append(one)
        return found

    async def _worked(
        self,
        connector: str,
        some: Sequence[Delivery],
        read: Callable[[ConnectorSpec, Sequence[str]], Awaitable[Sequence[Order | None]]],
    ) -> None:
        spec = self._spec(connector)
        if spec is None or spec.paused:
            await self._again(connector, some, "CONNECTOR_AWAY")
            return
        numbers = list(dict.fromkeys(one.number for one in some if one.number is not None))
        read_at = self._owned.now()
        try:
            with because(Cause.SYNC):
                orders = await read(spec, numbers)
            found = dict(zip(numbers, orders, strict=True))
            await self._take(spec, some, found, read_at)
        except SantongError as exc:
            await self._again(connector, some, exc.code)
        except Exception as exc:  # noqa: BLE001 - one connector's defect stops no other's deliveries
            _log.exception("deliveries failed", connector=connector)
            await self._again(connector, some, type(exc).__name__)

    async def _orders_of(
        self, spec: ConnectorSpec, numbers: Sequence[str]
    ) -> Sequence[Order | None]:
        async with self._opened(spec) as connector:
            if not isinstance(connector, OrderSource):
                return [None] * len(numbers)
            return await connector.orders(numbers)

    async def _take(
        self,
        spec: ConnectorSpec,
        some: Sequence[Delivery],
        found: dict[str, Order | None],
        read_at: datetime,
    ) -> None:
        """Keep what was read, and that these deliveries are done, in one transaction."""
        orders = [one for one in found.values() if one is not None]
        done = [one for one in some if found.get(one.number or "") is not None or one.gone]
        gone = [one.number for one in done if one.number and found.get(one.number) is None]
        channels = spec.channels.get(Capability.ORDER, {}).values()
        keys = [(channel, number) for channel in set(channels) for number in gone]
        prepared = await self._taker.prepare(spec, orders, read_at)

        async def work(run: Run) -> None:
            await self._taker.take(run, prepared)
            await self._taker.remove(run, keys, read_at)
            names = [one.delivery for one in done]
            await self._deliveries.end_in(run, spec.name, names, self._owned.now())

        await self._owned.store.transaction(work)
        missing = [one for one in some if one not in done]
        if missing:
            await self._again(spec.name, missing, "ORDER_NOT_FOUND")

    async def _again(self, connector: str, some: Sequence[Delivery], reason: str) -> None:
        """Later, each time later; at last never, until somebody asks for them."""
        now = self._owned.now()
        for one in some:
            if one.tries >= _MOST_TRIES:
                _log.error("delivery given up", connector=connector, reason=reason)
                await self._deliveries.bury(connector, [one.delivery], reason, now)
                continue
            pause = min(_FIRST_PAUSE * 4 ** (one.tries - 1), _LONGEST_PAUSE)
            await self._deliveries.later(connector, [one.delivery], reason, now + pause)
