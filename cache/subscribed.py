"""One channel of Redis, heard for as long as Redis lives, and again when it is back."""

import asyncio
from contextlib import suppress
from typing import Protocol

from redis.asyncio.client import PubSub
from redis.exceptions import RedisError

from cache.connection import Near

_PAUSE_SECONDS = 0.5
# A subscription that says nothing for so long is asked whether it still lives.
_SILENCE_SECONDS = 1.0
# redis-py may wait for ever where a line breaks in the middle of a subscription.
_PATIENCE_SECONDS = 5.0


class Hearer(Protocol):
    """Who is told what a channel says; `turn` comes again and again while it can be heard."""

    def begun(self) -> None:
        """From now on everything is heard."""

    def heard(self, raw: bytes) -> None:
        """One message."""

    def lost(self) -> None:
        """From now on nothing is heard, until `begun`."""

    async def turn(self) -> None:
        """Before the channel is waited for, each time."""


class Subscribed:
    """Hears one channel for somebody."""

    def __init__(self, near: Near, channel: str, hearer: Hearer) -> None:
        self._near = near
        self._channel = channel
        self._hearer = hearer

    async def run(self) -> None:
        """Hear until cancelled."""
        try:
            while True:
                with suppress(RedisError, OSError, TimeoutError):
                    await self._listen()
                self._hearer.lost()
                await asyncio.sleep(_PAUSE_SECONDS)
        finally:
            self._hearer.lost()

    async def _listen(self) -> None:
        """One subscription, for as long as it lives."""
        async with asyncio.timeout(_PATIENCE_SECONDS):
            await self._near.prepare()
        subscription = self._near.pubsub()
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                await subscription.subscribe(self._channel)
            await self._hear(subscription)
        finally:
            with suppress(RedisError, OSError, TimeoutError):
                async with asyncio.timeout(_PATIENCE_SECONDS):
                    await subscription.aclose()  # type: ignore[no-untyped-call]  # as it ships
                    await asyncio.sleep(0)  # its socket is closed in the next turn of the loop

    async def _hear(self, subscription: PubSub) -> None:
        asked = False
        while True:
            await self._hearer.turn()
            async with asyncio.timeout(_SILENCE_SECONDS + _PATIENCE_SECONDS):
                message = await subscription.get_message(timeout=_SILENCE_SECONDS)
            if message is None:
                if asked:
                    return  # it was asked whether it lives, and said nothing
                await subscription.ping()
                asked = True
                continue
            asked = False
            if message["type"] == "subscribe":
                self._hearer.begun()
            elif message["type"] == "message":
                self._hearer.heard(message["data"])
