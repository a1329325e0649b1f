"""What time alone makes of promotions."""

import structlog

from store.owned import Owned
from store.promotion.coupons import Coupons
from store.promotion.promotions import Promotions

_log = structlog.get_logger("work")
CLOCK = "* * * * * */15"
COUPONS = "* * * * *"


async def follow_promotions(owned: Owned) -> None:
    """Write down which promotions began and ended; quotes go by the clock without it."""
    if steps := await Promotions(owned).follow_clock():
        _log.info("promotions went on", steps=steps)


async def follow_coupons(owned: Owned) -> None:
    """Free locks that ran out and mark what is over, a thousand at a time."""
    coupons, done = Coupons(owned), 0
    while more := await coupons.follow_clock():
        done += more
    if done:
        _log.info("coupons went on", coupons=done)
