"""The inbox of one process, opened over the estate in force."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterable
from functools import partial

from connectors.connector import Connector
from gateway.inbox.inbox import Inbox
from gateway.inbox.pace import Pace
from gateway.inbox.upkeep import keep_up
from gateway.keys import derived_key
from gateway.observe import Metrics
from gateway.settings import Settings
from store.copying import open_copied
from store.engine import Store
from store.sealing import Sealer
from store.senders import Senders

# A batch of thousands of rows takes a while; connections of its own keep callers from waiting.
_STORE_SECONDS = 30.0
_CONNECTIONS = 3


@contextlib.asynccontextmanager
async def opened_inbox(
    settings: Settings,
    brand: str,
    connectors: Callable[[], Iterable[Connector]],
    metrics: Metrics,
) -> AsyncIterator[Inbox]:
    """An inbox for the connectors that take rows, and the upkeep of the copy beside it."""
    store = Store.open(
        settings.database_url.get_secret_value(),
        deadline_seconds=_STORE_SECONDS,
        connections=_CONNECTIONS,
    )
    key = partial(derived_key, settings)
    copied = open_copied(store, brand, key, keep_seconds=settings.inbox_keep_days * 86_400)

    def find(name: str) -> Connector | None:
        return next((one for one in connectors() if one.name == name and one.pushed), None)

    def kept() -> list[Connector]:
        return [one for one in connectors() if one.pushed]

    pace = Pace(settings.inbox_batches_per_minute, settings.processes)
    senders = Senders(store, Sealer(key("values")), brand)
    upkeep = asyncio.create_task(keep_up(copied, senders, kept, metrics.silent))
    try:
        yield Inbox(senders, copied, find, pace, metrics.received)
    finally:
        upkeep.cancel()
        await asyncio.gather(upkeep, return_exceptions=True)
        await store.aclose()
