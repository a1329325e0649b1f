"""A process that makes orders of reservations until it is killed.

`python -m tests.work.flash_child DATABASE BRAND`
"""

import asyncio
import sys

from store.engine import Store
from tests.work.flash_books import FOREIGN, owned_of
from work.consumers import follow_events
from work.flash_orders import flash_orders


async def main():
    """Follow the events of sales for ever."""
    database, brand = sys.argv[1:]
    store = Store.open(database, deadline_seconds=20)
    consumers = flash_orders(owned_of(store, brand), FOREIGN.get)
    print("follows", flush=True)  # noqa: T201 - told to who started it
    await follow_events(owned_of(store, brand), consumers)


if __name__ == "__main__":
    asyncio.run(main())
