"""Every night: forget what is over its time."""

import structlog

from store.owned import Owned
from store.privacy.retention import Retention
from store.usage.counts import UsageCounts

_log = structlog.get_logger("work")
NIGHTLY = "17 18 * * *"  # in UTC: past two at night in Shanghai


async def forget_old(owned: Owned) -> None:
    """Forget the records whose time is over; how many of each kind is said in the log."""
    found = await Retention(owned.store, owned.brand).forget(owned.now())
    await UsageCounts(owned.store, owned.brand).forget_unused()
    counts = {one.rule.kind: one.over for one in found if one.over}
    if counts:
        _log.info("forgotten", **counts)
