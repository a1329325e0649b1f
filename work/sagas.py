"""The alarm for sagas that wait for a person, or do not move."""

import structlog

from store.order.sagas import Sagas
from store.owned import Owned
from store.privacy.data_keys import DataKeys

_log = structlog.get_logger("work")
WATCH = "* * * * *"


async def watch_sagas(owned: Owned) -> None:
    """Say in the log which are stuck, every minute until they are not."""
    sagas = Sagas(owned.store, owned.brand, DataKeys(owned.brand, owned.sealer))
    for one in await sagas.stuck(owned.now()):
        waits = round((owned.now() - one.changed_at).total_seconds())
        _log.error(
            "saga stuck",
            saga=one.saga,
            state=one.state.value,
            step=one.place,
            reason=one.reason,
            seconds=waits,
        )
