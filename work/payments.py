"""Payments behind the door: money that came before its order is counted once the order is there."""

import structlog

from store.order.held import HeldOrders
from store.order.payments import Payments
from store.owned import Owned
from store.privacy.data_keys import DataKeys

_log = structlog.get_logger("work")
MATCH = "* * * * * */5"


async def match_payments(owned: Owned) -> None:
    """Count what waits for orders that were placed since, batch after batch."""
    keys = DataKeys(owned.brand, owned.sealer)
    orders = HeldOrders(owned.store, owned.brand, keys, owned.zone)
    payments, matched = Payments(owned.store, owned.brand, orders), 0
    while done := await payments.match(owned.now()):
        matched += done
    if matched:
        _log.info("payments matched", payments=matched)
