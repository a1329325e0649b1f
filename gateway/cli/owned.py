"""The platform's store with its keys, clock and time zone, opened for one command."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from gateway.cli.environment import command_settings, signing_settings
from gateway.federation.estate_file import read_estate
from store.engine import Store
from store.owned import Owned, owned_by

_T = TypeVar("_T")
# Figures of a whole brand take a while.
_STORE_SECONDS = 60.0


def at_platform(work: Callable[[Owned], Awaitable[_T]]) -> _T:
    """What `work` gives of the platform of a brand."""
    return asyncio.run(_opened(work))


async def _opened(work: Callable[[Owned], Awaitable[_T]]) -> _T:
    settings = signing_settings(command_settings())
    estate = read_estate(settings.estate)
    url = settings.database_url.get_secret_value()
    store = Store.open(url, deadline_seconds=_STORE_SECONDS, connections=2)
    secret = settings.secret_key.get_secret_value().encode()
    try:
        return await work(owned_by(store, estate.brand, secret, estate.time_zone))
    finally:
        await store.aclose()
