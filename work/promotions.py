"""What time alone makes of promotions."""

import structlog

from store.owned import Owned
from store.promotion.promotions import Promotions

_log = structlog.get_logger("work")
CLOCK = "* * * * * */15"


async def follow_promotions(owned: Owned) -> None:
    """Write down which promotions began and ended; quotes go by the clock without it."""
    if steps := await Promotions(owned).follow_clock():
        _log.info("promotions went on", steps=steps)
