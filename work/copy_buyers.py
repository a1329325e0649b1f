"""Copies of orders that were kept before their buyers were: each is looked at once."""

import structlog

from store.order.copy_buyers import CopyBuyers
from store.owned import Owned

_log = structlog.get_logger("work")
BUYERS = "* * * * *"


async def fill_copy_buyers(owned: Owned) -> None:
    """Fill in whose they are, so that an erasure takes them at once; mostly there are none."""
    if filled := await CopyBuyers(owned).fill():
        _log.info("buyers of order copies", copies=filled)
