"""The platform's store, opened for one command."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from gateway.cli.environment import command_settings, signing_settings
from gateway.federation.estate_file import read_estate
from store.engine import Store
from store.owned import Owned, owned_by

_T = TypeVar("_T")
_STORE_SECONDS = 5.0


def at_store(work: Callable[[Store, str], Awaitable[_T]]) -> _T:
    """What `work` gives of the store of a brand."""
    return asyncio.run(_opened(work))


def at_owned(work: Callable[[Owned], Awaitable[_T]], *, seconds: float = _STORE_SECONDS) -> _T:
    """What `work` gives of the platform; one statement may take so many seconds."""
    return asyncio.run(_owned(work, seconds))


async def _owned(work: Callable[[Owned], Awaitable[_T]], seconds: float) -> _T:
    settings = signing_settings(command_settings())
    estate = read_estate(settings.estate)
    url = settings.database_url.get_secret_value()
    store = Store.open(url, deadline_seconds=seconds, connections=1)
    try:
        secret = settings.key()
        return await work(owned_by(store, estate.brand, secret, estate.time_zone))
    finally:
        await store.aclose()


async def _opened(work: Callable[[Store, str], Awaitable[_T]]) -> _T:
    settings = signing_settings(command_settings())
    brand = read_estate(settings.estate).brand
    url = settings.database_url.get_secret_value()
    store = Store.open(url, deadline_seconds=_STORE_SECONDS, connections=1)
    try:
        return await work(store, brand)
    finally:
        await store.aclose()
