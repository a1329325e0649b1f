"""The figures of a shadow, and who waits for one of them."""

import asyncio

from prometheus_client import CollectorRegistry

from gateway.adoption.figures import AdoptionFigures


class Counted(AdoptionFigures):
    """Remembers what was compared and what was dropped."""

    def __init__(self):
        super().__init__(CollectorRegistry())
        self.classes, self.drops = [], []
        self._news = asyncio.Event()

    def compared(self, channel, capability, klass):
        super().compared(channel, capability, klass)
        self.classes.append(klass)
        self._news.set()

    def dropped(self, channel, capability, reason, count):
        super().dropped(channel, capability, reason, count)
        self.drops += [reason] * count
        self._news.set()

    async def until(self, done):
        async with asyncio.timeout(60):
            while not done():
                self._news.clear()
                await self._news.wait()
