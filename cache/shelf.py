"""The kept answers of one question of one connector, for one class of callers."""

import asyncio
import time
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from cache.drops import Drops
from cache.entries import LARGEST_BYTES, Entries, Kept, Seen
from cache.places import Place, Places
from cache.process_layer import Answer, ProcessLayer
from cache.questions import Question, channels_of
from cache.sealed import Vault
from capabilities.errors import SantongError
from capabilities.estate import CachePolicy

# An answer that concerns more subjects than this is asked for anew after any drop.
_MOST_SUBJECTS = 32


class Shared(Struct, frozen=True):
    """What all shelves of a process share."""

    entries: Entries
    layer: ProcessLayer
    vault: Vault
    places: Places
    tasks: set["asyncio.Task[None]"]
    clock: Callable[[], float] = time.time


class Scope(Struct, frozen=True, kw_only=True):
    """Whose answers a shelf holds.

    `version` changes with the connector's settings, manifest and mapping. `audience` is the class
    of callers who read the same there: one credential of one brand. `seconds` is how long one
    fetch may take.
    """

    connector: str
    port: str
    version: str
    audience: str
    seconds: float


class Held(Struct, frozen=True):
    """An answer and when it was asked for; `latency_ms` is None where no system was called.

    `error` is why it is given although it is old.
    """

    value: Any
    asked_at: float
    latency_ms: int | None = None
    error: SantongError | None = None


class Known(Struct, frozen=True):
    """Where the answer of a key lies, and what was known before it was asked for.

    `drops` is None where Redis could not say: then the answer is not kept.
    """

    place: Place
    drops: Drops | None
    heard: int


class Shelf:
    """Answers as they are kept, in this process and in Redis."""

    def __init__(
        self, shared: Shared, scope: Scope, question: Question, policy: CachePolicy
    ) -> None:
        self._shared = shared
        self._scope = scope
        self._question = question
        self._policy = policy
        self._decode = msgspec.msgpack.Decoder(question.kind).decode
        self._drops = shared.places.drops(scope.connector)
        schema = msgspec.json.encode(msgspec.json.schema(question.kind))
        self._name = shared.places.digest(
            scope.connector, scope.port, scope.version, scope.audience, schema
        )
        self._placed = shared.places.placer(self._name)
        self._mark = shared.places.marker(scope.connector, question.capability.value)

    def at_hand(self, key: Hashable) -> Answer | None:
        """The answer that stands in this process."""
        return self._shared.layer.get((self._name, key))

    def heard(self) -> int:
        """A number that grows with every drop of the connector."""
        return self._shared.layer.heard(self._drops)

    async def look(
        self, keys: Sequence[Hashable]
    ) -> tuple[dict[Hashable, Known], dict[Hashable, Held]]:
        """Where the answers lie in Redis, and those there that count."""
        heard = self.heard()
        places = [self._place(key) for key in keys]
        seen = await self._shared.entries.look(self._drops, places)
        if seen is None:
            rows = zip(keys, places, strict=True)
            return {key: Known(place, None, heard) for key, place in rows}, {}
        known, held = {}, {}
        for key, place, one in zip(keys, places, seen, strict=True):
            known[key] = Known(place, one.drops, heard)
            answer = await self._counting(key, place, one)
            if answer is not None:
                held[key] = answer
                if self.is_fresh(answer):
                    self._stand(key, answer, known[key], len(one.sealed or b""))
        return known, held

    async def keep(
        self,
        answers: Mapping[Hashable, Held],
        known: Mapping[Hashable, Known],
        locked: Sequence[Hashable],
    ) -> None:
        """Keep answers where their policy wants it, and let go of locks."""
        rows = [row for key, held in answers.items() for row in self._row(key, held, known[key])]
        locks = [known[key].place for key in locked]
        if rows or locks:
            await self._shared.entries.keep(rows, locks)

    async def claim(
        self, keys: Sequence[Hashable], known: dict[Hashable, Known]
    ) -> tuple[list[Hashable], dict[Hashable, Held]]:
        """The keys that this process is to fetch, and fresh answers that another one brought.

        A lock outlives its holder by its time only. Between the look and the lock another process
        may have fetched and let go, so what lies there then is looked at once more.
        """
        if not keys or known[keys[0]].drops is None:
            return list(keys), {}
        places = [known[key].place for key in keys]
        claims = dict(
            zip(keys, await self._shared.entries.claim(places, self._scope.seconds), strict=True)
        )
        again = [key for key, (mine, lies) in claims.items() if mine and lies]
        brought: dict[Hashable, Held] = {}
        if again:
            anew, held = await self.look(again)
            known |= anew
            brought = {key: one for key, one in held.items() if self.is_fresh(one)}
            await self.keep({}, known, list(brought))
        mine = [key for key, (claimed, _) in claims.items() if claimed and key not in brought]
        return mine, brought

    def is_fresh(self, held: Held | None) -> bool:
        """Whether an answer may be given without a word."""
        return held is not None and self.age(held.asked_at) < self.fresh(held.value)

    def now(self) -> float:
        """Seconds since 1970."""
        return self._shared.clock()

    def age(self, asked_at: float) -> float:
        """Seconds since an answer was asked for."""
        return self._shared.clock() - asked_at

    def fresh(self, value: Any) -> float:
        """For how many seconds an answer is fresh."""
        return self._policy.absent if _is_nothing(value) else self._policy.fresh

    def _row(self, key: Hashable, held: Held, known: Known) -> list[Kept]:
        """The entry of an answer, which from now on also stands in this process."""
        life = self._policy.absent if _is_nothing(held.value) else self._policy.life
        if known.drops is None or life <= 0:
            return []
        sealed = self._shared.vault.seal(
            known.place.entry, known.drops.epoch, known.drops.number, held.asked_at, held.value
        )
        if len(sealed) > LARGEST_BYTES:
            return []
        self._stand(key, held, known, len(sealed))
        return [Kept(known.place, sealed, life)]

    def _stand(self, key: Hashable, held: Held, known: Known, payload: int) -> None:
        self._shared.layer.put(
            (self._name, key),
            held.value,
            held.asked_at,
            drops=self._drops,
            subjects=(known.place.mark, *self._marks(held.value)),
            payload=payload,
            heard=known.heard,
        )

    async def _counting(self, key: Hashable, place: Place, seen: Seen) -> Held | None:
        """The answer of an entry, if it is one and nothing that concerns it was dropped since."""
        entry = None if seen.sealed is None else self._shared.vault.open(place.entry, seen.sealed)
        if entry is None or entry.epoch != seen.drops.epoch:
            return None
        capability = self._question.capability
        if entry.number < max(seen.dropped, seen.drops.latest(capability, channels_of(key))):
            return None
        try:
            value = self._decode(entry.value)
        except msgspec.MsgspecError:
            return None
        held = Held(value, entry.asked_at)
        if _is_nothing(value) and not self.is_fresh(held):
            return None
        if seen.drops.number > entry.number and await self._dropped(value, entry.number):
            return None
        return held

    async def _dropped(self, value: Any, number: int) -> bool:
        """Whether somebody whom only the answer names was dropped since."""
        marks = self._marks(value)
        if not marks:
            return False
        if len(marks) > _MOST_SUBJECTS:
            return True
        latest = await self._shared.entries.marks(self._drops, marks)
        return latest is None or latest > number

    def _marks(self, value: Any) -> tuple[str, ...]:
        """The marks of the subjects that only the answer names."""
        if self._question.found is None:
            return ()
        return tuple(map(self._mark, self._question.found(value)))

    def _place(self, key: Hashable) -> Place:
        mark = self._mark(self._question.subject(key))
        return self._placed(mark, key)


def _is_nothing(value: Any) -> bool:
    """Whether there was no record for a key."""
    return value is None or value == ()
