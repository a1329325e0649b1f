"""Questions of many requests to the store, put together and answered each by itself."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from capabilities.errors import SantongError, StoreUnavailable
from gateway.gathering import Gathering, answer, each

T = TypeVar("T")
A = TypeVar("A")

_WAITING = 8_192

Work = Callable[[Sequence[T]], Awaitable[Sequence[A]]]
LookUp = Callable[[Sequence[T]], Awaitable[Sequence[A | None]]]


class TooMany(SantongError):
    """More wait for the store than it can be asked soon: nothing was done, come again."""

    code = "BUSY"
    retryable = True

    def __init__(self) -> None:
        super().__init__("too many ask at once; come again in a second")


class Together(Generic[T, A]):
    """Asks the store for many at once.

    `work` does one transaction for all of a batch; `look_up` finds what stands of it where the
    connection was lost at the commit.
    """

    def __init__(self, work: Work[T, A], look_up: LookUp[T, A]) -> None:
        self._work = work
        self._look_up = look_up
        self._gathering: Gathering[tuple[T, asyncio.Future[A]]] = Gathering(self._worked)
        self._under_way = 0

    async def ask(self, one: T) -> A:
        """The answer, once it is committed; TooMany, or StoreUnavailable where nobody knows."""
        if self._under_way >= _WAITING:
            raise TooMany
        outcome: asyncio.Future[A] = asyncio.get_running_loop().create_future()
        self._under_way += 1
        self._gathering.add((one, outcome))
        return await outcome

    async def aclose(self) -> None:
        """Wait for what was begun; nobody may ask any more."""
        await self._gathering.settled()

    async def _worked(self, batch: Sequence[tuple[T, "asyncio.Future[A]"]]) -> None:
        told: Sequence[A | BaseException]
        try:
            told = await self._answers([one for one, _ in batch])
        except Exception as exc:  # noqa: BLE001 - whatever it was, those behind go on
            told = [exc] * len(batch)
        except BaseException as exc:
            answer([outcome for _, outcome in batch], exc)
            raise
        finally:
            self._under_way -= len(batch)
        for (_, outcome), one in zip(batch, told, strict=True):
            answer([outcome], one)

    async def _answers(self, some: Sequence[T]) -> Sequence[A | BaseException]:
        try:
            return await each(some, self._work)
        except StoreUnavailable as exc:
            return await self._stands(some, exc)

    async def _stands(
        self, some: Sequence[T], lost: StoreUnavailable
    ) -> Sequence[A | BaseException]:
        """What stands, where the commit left it open; what does not stand may come again."""
        try:
            found = await self._look_up(some)
        except StoreUnavailable:
            return [lost] * len(some)
        return [lost if one is None else one for one in found]
