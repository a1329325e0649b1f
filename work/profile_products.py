"""Computes everybody anew once the product reference has changed: categories are part of taste."""

import structlog

from store.owned import Owned
from store.product.figures import ProductFigures
from store.profile.purchases_computing import PurchasesComputing

# Each hour it is asked whether anything is to be done.
PRODUCTS = "23 * * * *"

_log = structlog.get_logger("work")
_AT_ONCE = 1_000


async def follow_products(owned: Owned) -> None:
    """Nothing where the figures are of the reference as it is; else all people, page by page.

    The version is noted when all are done, so one that was killed begins again.
    """
    figures = ProductFigures(owned.store, owned.brand)
    version = await figures.waiting()
    if version is None:
        return
    computing, after, done = PurchasesComputing(owned.store, owned.brand), "", 0
    while people := await computing.compute_after(after, _AT_ONCE, owned.now()):
        after, done = people[-1], done + len(people)
    await figures.done(version)
    _log.info("figures follow the products", people=done)
