"""The scene of one run: what resolvers answer, when, and what they were called for."""

from asyncio import sleep
from collections import Counter
from typing import Any
from zlib import crc32

from tests.gateway.execution.differential.making import Maker, Mix

_SHARE_OF_RAISED = 0.6


class Scene:
    """Draws for places of the answer; each place has a generator of its own."""

    def __init__(self, mix: Mix) -> None:
        self.mix = mix
        self.calls: Counter[str] = Counter()
        self.written: list[str] = []

    def note(self, info: Any, arguments: str = "") -> None:
        """One call of a resolver at a place."""
        self.calls[f"{place(info)}({arguments})"] += 1

    def log(self, what: str) -> None:
        """One write."""
        self.written.append(what)

    def maker(self, info: Any) -> Maker:
        """The generator of a place; asking for it counts as a call."""
        self.note(info)
        return self._maker(place(info))

    def _maker(self, where: str) -> Maker:
        return Maker(self.mix, where)

    def answer(self, info: Any, annotation: Any) -> Any:
        """What a place answers: a value, or an error that it raises or hands out."""
        maker = self.maker(info)
        return self._drawn(maker, annotation)

    def _drawn(self, maker: Maker, annotation: Any) -> Any:
        if maker.errs("resolver", self.mix.wrong):
            fault = maker.fault()
            if maker.random.random() < _SHARE_OF_RAISED:
                raise fault
            return fault
        return maker.make(annotation)

    async def later(self, info: Any, annotation: Any) -> Any:
        """The same after some turns of the loop."""
        self.note(info)
        return await self.drawn_later(info, annotation)

    async def drawn_later(self, info: Any, annotation: Any) -> Any:
        """An answer for a call that is noted already."""
        await self.pause(info)
        return self._drawn(self._maker(place(info)), annotation)

    async def pause(self, info: Any) -> None:
        """Waits as long as the place says."""
        if self.mix.ticks:
            for _ in range(crc32(f"{place(info)}{self.mix.seed}".encode()) % (self.mix.ticks + 1)):
                await sleep(0)

    async def write(self, info: Any, what: str) -> Any:
        """A write that waits; it answers how many came before it."""
        self.note(info)
        self.log(f"begin {what}")
        await self.pause(info)
        self.log(f"end {what}")
        return self._count(info)

    def write_now(self, info: Any, what: str) -> Any:
        """A write that does not wait."""
        self.note(info)
        self.log(what)
        return self._count(info)

    def _count(self, info: Any) -> Any:
        strange = self._drawn(self._maker(place(info)), int)
        return len(self.written) if type(strange) is int else strange


def place(info: Any) -> str:
    """The place in the answer: its path as a text."""
    return "/".join(str(part) for part in info.path.as_list())
