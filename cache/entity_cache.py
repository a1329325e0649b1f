"""The cache of what systems answered: what stands between a load and a connector."""

import asyncio
import time
from collections.abc import Callable, Iterable
from typing import Self

from cache.answering import Answering
from cache.connection import Near
from cache.counts import CountKey, Counts
from cache.drops import Tag
from cache.ending import ended
from cache.entries import Entries
from cache.following import Following
from cache.places import Places
from cache.process_layer import ProcessLayer
from cache.questions import QUESTIONS
from cache.sealed import Vault
from cache.shelf import Scope, Shared
from capabilities.estate import LONGEST_KEPT_SECONDS, CachePolicy

# Drops that Redis has not taken yet; more than these are not remembered one by one.
_MOST_OWED = 1_000


class EntityCache:
    """All kept answers of one brand, as one process sees them.

    Used as a context manager it follows the drops of other processes and so has a process layer.
    `key` is 32 bytes for this purpose alone: it seals values and hashes names.
    """

    def __init__(
        self, near: Near, key: bytes, *, brand: str, clock: Callable[[], float] = time.time
    ) -> None:
        self.counts: dict[CountKey, Counts] = {}
        self.near = near
        self._places = Places(key, brand)
        self._entries = Entries(near)
        self._layer = ProcessLayer()
        self._tasks: set[asyncio.Task[None]] = set()
        self._shared = Shared(
            self._entries, self._layer, Vault(key), self._places, self._tasks, clock
        )
        self._owed: set[Tag] = set()
        self._following: asyncio.Task[None] | None = None

    def answering(self, scope: Scope, policy: CachePolicy) -> Answering:
        """The answers of one port; make it once and keep it."""
        question = QUESTIONS[scope.port]
        counts = self.counts.setdefault((scope.connector, question.capability), Counts())
        return Answering(self._shared, scope, question, policy, counts)

    async def drop(self, tags: Iterable[Tag]) -> bool:
        """Nothing that these tags concern is answered from here on; whether Redis took it.

        What Redis did not take is told it as soon as it answers again.
        """
        taken = [await self._drop(tag) for tag in tags]
        return all(taken)

    async def __aenter__(self) -> Self:
        following = Following(self.near, self._places.channel, self._layer, self._pay_owed)
        self._following = asyncio.create_task(following.run())
        return self

    async def __aexit__(self, *_: object) -> None:
        ending = {*self._tasks}
        if self._following is not None:
            ending.add(self._following)
        await ended(ending)

    async def _drop(self, tag: Tag) -> bool:
        drops = self._places.drops(tag.connector)
        self._layer.drop(drops, self._name(tag))
        told = await self._told(tag)
        self._layer.drop(drops, self._name(tag))  # what was read before Redis knew of it
        if told:
            return True
        self._owed.add(tag)
        if len(self._owed) > _MOST_OWED:
            self._owed = {Tag(connector=one.connector) for one in self._owed}
        return False

    async def _told(self, tag: Tag) -> bool:
        seconds = None if tag.key is None else LONGEST_KEPT_SECONDS
        drops = self._places.drops(tag.connector)
        return await self._entries.drop(drops, self._places.channel, self._name(tag), seconds)

    def _name(self, tag: Tag) -> str:
        """The field of a tag, or the mark of its subject."""
        if tag.capability is None or tag.key is None:
            return tag.field
        return self._places.marker(tag.connector, tag.capability.value)(tag.key)

    async def _pay_owed(self) -> None:
        for tag in list(self._owed):
            if await self._told(tag):
                self._owed.discard(tag)
