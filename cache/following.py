"""Drops of other processes, heard as they happen."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import msgspec
from redis.asyncio.client import PubSub
from redis.exceptions import RedisError

from cache.connection import Near
from cache.process_layer import ProcessLayer

_PAUSE_SECONDS = 0.5
# A subscription that says nothing for so long is asked whether it still lives.
_SILENCE_SECONDS = 1.0
# redis-py may wait for ever where a line breaks in the middle of a subscription.
_PATIENCE_SECONDS = 5.0


class Following:
    """Keeps a process layer in step; while nothing can be heard the layer is empty and not used.

    `tell` tells the others what they could not be told; it runs at once and again and again.
    """

    def __init__(
        self, near: Near, channel: str, layer: ProcessLayer, tell: Callable[[], Awaitable[None]]
    ) -> None:
        self._near = near
        self._channel = channel
        self._layer = layer
        self._tell = tell
        self._decoder = msgspec.msgpack.Decoder(tuple[str, str])

    async def run(self) -> None:
        """Follow until cancelled."""
        try:
            while True:
                with suppress(RedisError, OSError, TimeoutError):
                    await self._listen()
                self._layer.empty()
                await asyncio.sleep(_PAUSE_SECONDS)
        finally:
            self._layer.empty()

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
            await self._tell()
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
                self._layer.listen()
            elif message["type"] == "message":
                self._take(message["data"])

    def _take(self, raw: bytes) -> None:
        try:
            drops, name = self._decoder.decode(raw)
        except msgspec.MsgspecError:
            # somebody dropped something in words of another version: it could be anything
            self._layer.listen()
            return
        self._layer.drop(drops, name)
