"""Erasures outside of their transaction: rows of the copy, and files that were read."""

import structlog

from capabilities.member.erasure import ErasureState
from store.copied.rows import CopiedRows
from store.owned import Owned
from store.privacy.erasing import COPY, FILES
from store.privacy.erasures import Erasures
from work.drops import Drops

_log = structlog.get_logger("work")
FINISH = "* * * * * */10"
_AT_ONCE = 20


async def finish_erasures(owned: Owned, copied: CopiedRows, drops: Drops) -> None:
    """Take people who were erased out of the copy and out of files; what fails is tried again."""
    erasures = Erasures(owned.store, owned.brand)
    queued = [ErasureState.QUEUED]
    for one in await erasures.open_places(queued, _AT_ONCE, COPY):
        for connector, number in await erasures.customers(one.id):
            await copied.forget(connector, number)
        await erasures.move(one.id, COPY, ErasureState.DONE, owned.now())
    files = await erasures.open_places(queued, _AT_ONCE, FILES)
    if not files:
        return
    for connector in drops.names():
        await drops.forget(connector)
    for one in files:
        await erasures.move(one.id, FILES, ErasureState.DONE, owned.now())
    _log.info("erasures finished", erasures=len(files))
