"""Flash sales behind the door: what was not paid in time comes back, shadows are swept."""

import structlog

from store.flash.settling import expire, overdue_sales
from store.flash.shadows import sweep_left
from store.owned import Owned

_log = structlog.get_logger("work")
LAPSE = "* * * * * */5"
SWEEP_SHADOWS = "*/5 * * * *"
_AT_ONCE = 500


async def lapse_reservations(owned: Owned) -> None:
    """Release every reservation whose time to pay is over, of all sales, batch after batch."""
    for sale in await overdue_sales(owned.store, owned.brand):
        released = 0
        while done := await owned.store.transaction(
            lambda run, sale=sale: expire(run, owned.brand, sale, _AT_ONCE)  # type: ignore[misc]
        ):
            released += done
        if released:
            _log.info("flash reservations lapsed", sale=sale, released=released)


async def sweep_shadows(owned: Owned) -> None:
    """Take away what rehearsals left that were cut off."""
    if left := await sweep_left(owned.store, owned.brand):
        _log.warning("rehearsals were cut off", shadows=left)
