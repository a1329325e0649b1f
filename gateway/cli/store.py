"""The platform's store with its keys, clock and time zone, opened for one command."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from gateway.cli.environment import command_settings, signing_settings
from gateway.federation.estate_file import read_estate
from gateway.keys import keyring
from store.engine import Store
from store.owned import Owned, owned_by

_T = TypeVar("_T")
_STORE_SECONDS = 5.0
# For what reads a whole brand.
LONG_SECONDS = 60.0


def at_store(work: Callable[[Store, str], Awaitable[_T]]) -> _T:
    """What `work` gives of the store of a brand."""
    return at_owned(lambda owned: work(owned.store, owned.brand))


def at_owned(work: Callable[[Owned], Awaitable[_T]], *, seconds: float = _STORE_SECONDS) -> _T:
    """What `work` gives of the platform; one statement may take so many seconds."""
    return asyncio.run(_opened(work, seconds))


async def _opened(work: Callable[[Owned], Awaitable[_T]], seconds: float) -> _T:
    settings = signing_settings(command_settings())
    estate = read_estate(settings.estate)
    url = settings.database_url.get_secret_value()
    store = Store.open(url, deadline_seconds=seconds, connections=2)
    try:
        return await work(owned_by(store, estate.brand, keyring(settings), estate.time_zone))
    finally:
        await store.aclose()
