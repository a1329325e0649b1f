"""One change of who is whom at a time: whoever brings two halves of a person sees the other half.

Two batches that show the same phone for the first time would each find nobody else with it. The
lock is of the brand and ends with the transaction.
"""

from sqlalchemy import text

from store.engine import Run

_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('who is whom:' || :brand, 0))")

_SHARE = text("SELECT pg_advisory_xact_lock_shared(hashtextextended('who is whom:' || :brand, 0))")


async def lock_people(run: Run, brand: str) -> None:
    """Wait until this transaction alone decides who is whom."""
    await run(_LOCK, {"brand": brand})


async def share_people(run: Run, brand: str) -> None:
    """Wait until nobody decides who is whom, until this transaction ends; others may share it."""
    await run(_SHARE, {"brand": brand})
