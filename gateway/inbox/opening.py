"""The inbox of one process, opened over the estate in force."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterable

from connectors.connector import Connector
from connectors.dropping import open_landing
from connectors.protocols.files.landing import Landing
from gateway.inbox.inbox import Inbox
from gateway.inbox.pace import Pace
from gateway.inbox.parts import Parts
from gateway.inbox.upkeep import Upkeep
from gateway.keys import keyring
from gateway.observe import Metrics
from gateway.settings import Settings
from store.copied.copying import open_copied
from store.copied.senders import Senders
from store.copied.sent_files import SentFiles
from store.engine import Store

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
    """An inbox for the connectors that take rows or files, and its upkeep beside it."""
    store = Store.open(
        settings.database_url.get_secret_value(),
        deadline_seconds=_STORE_SECONDS,
        connections=_CONNECTIONS,
    )
    keys, kept_seconds = keyring(settings), settings.inbox_keep_days * 86_400
    copied = open_copied(store, brand, keys, keep_seconds=kept_seconds)

    def taking() -> list[Connector]:
        return [one for one in connectors() if one.pushed or one.dropped]

    def find(name: str) -> Connector | None:
        return next((one for one in taking() if one.name == name), None)

    def landing(connector: Connector) -> Landing:
        return open_landing(connector.spec, settings.inbox_room_bytes, settings.systems)

    pace = Pace(settings.inbox_batches_per_minute, settings.processes)
    senders, sent = Senders(store, keys.sealer(), brand), SentFiles(store, brand)
    parts = Parts(sent, landing, metrics.part, settings.inbox_file_max_bytes)
    upkeep = Upkeep(copied, senders, sent, parts, taking, metrics.silent, kept_seconds)
    task = asyncio.create_task(upkeep.run())
    try:
        yield Inbox(senders, copied, find, pace, parts, metrics.received)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await store.aclose()
