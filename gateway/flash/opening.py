"""The sale desk of a process, with connections of its own: a sale never waits for other work."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from cache.connection import Near
from cache.flash_gate import FlashGate
from capabilities.flash.tickets import Tickets
from gateway.flash.desk import Desk
from gateway.flash.gate import Gate
from gateway.keys import derived_key
from gateway.settings import Settings
from store.engine import Store

# A batch, a search, a look at what was granted before, payments, and following the sales.
_CONNECTIONS = 5
# A checkpoint may hold a commit up; what is given up here must be looked up.
_DEADLINE_SECONDS = 5.0
# Whoever waits longer for Redis would rather ask the store.
_GATE_SECONDS = 0.05


@asynccontextmanager
async def opened_desk(
    settings: Settings, brand: str, shadow: str | None = None
) -> AsyncIterator[Desk]:
    """A desk that follows the sales of a brand; or one shadow, whose gate goes with it."""
    store = Store.open(
        settings.database_url.get_secret_value(),
        deadline_seconds=_DEADLINE_SECONDS,
        connections=_CONNECTIONS,
    )
    near = Near(settings.redis_url.get_secret_value(), timeout_seconds=_GATE_SECONDS)
    try:
        tickets = Tickets(derived_key(settings, "flash-tickets"), brand)
        redis = FlashGate(near, brand)
        async with Desk(store, brand, tickets, Gate(redis, store, brand), shadow) as desk:
            yield desk
        if shadow is not None:
            await redis.forget(shadow)
    finally:
        await near.aclose()
        await store.aclose()
