"""Drops of other processes, heard as they happen."""

from collections.abc import Awaitable, Callable

import msgspec

from cache.connection import Near
from cache.process_layer import ProcessLayer
from cache.subscribed import Subscribed


class Following:
    """Keeps a process layer in step; while nothing can be heard the layer is empty and not used.

    `tell` tells the others what they could not be told; it runs at once and again and again.
    """

    def __init__(
        self, near: Near, channel: str, layer: ProcessLayer, tell: Callable[[], Awaitable[None]]
    ) -> None:
        self._channel = Subscribed(near, channel, self)
        self._layer = layer
        self._tell = tell
        self._decoder = msgspec.msgpack.Decoder(tuple[str, str])

    async def run(self) -> None:
        """Follow until cancelled."""
        await self._channel.run()

    def begun(self) -> None:
        """Nothing was missed since."""
        self._layer.listen()

    def lost(self) -> None:
        """What is dropped now is not heard of."""
        self._layer.empty()

    async def turn(self) -> None:
        """Tell what is owed."""
        await self._tell()

    def heard(self, raw: bytes) -> None:
        """One drop."""
        try:
            drops, name = self._decoder.decode(raw)
        except msgspec.MsgspecError:
            # somebody dropped something in words of another version: it could be anything
            self._layer.listen()
            return
        self._layer.drop(drops, name)
