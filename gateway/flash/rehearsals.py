"""Rehearsals that this process holds beside its work, with connections of their own."""

import asyncio
import logging
from collections.abc import Callable

from msgspec.structs import replace

from capabilities.errors import SantongError
from capabilities.flash.rehearsal import RehearsalRun
from gateway.flash.rehearsing import OpenDesk, rehearse
from store.engine import Store
from store.flash.rehearsals import ended
from store.owned import Owned

_log = logging.getLogger(__name__)
_CUT_OFF = "CUT_OFF"
_DEFECT = "DEFECT"


class Rehearsals:
    """Holds rehearsals of one brand, one after the other; those under way end with the process."""

    def __init__(self, owned: Owned, opened: OpenDesk, opened_store: Callable[[], Store]) -> None:
        self._owned = owned
        self._opened = opened
        self._opened_store = opened_store
        self._turn = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, one: RehearsalRun) -> None:
        """Hold one that was written down; how it went is written down as well."""
        task = asyncio.create_task(self._hold(one))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def aclose(self) -> None:
        """Cut off what is under way."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _hold(self, one: RehearsalRun) -> None:
        store, brand = self._opened_store(), self._owned.brand
        result, reason = None, _CUT_OFF
        try:
            async with self._turn:
                owned = replace(self._owned, store=store)
                result = await rehearse(owned, self._opened, one.sale, one.author)
        except SantongError as exc:
            reason = exc.code
        except Exception:  # noqa: BLE001 - whatever it was, it is written down as ended
            _log.exception("a rehearsal failed")
            reason = _DEFECT
        finally:
            try:
                told = None if result is not None else reason
                await ended(store, brand, one.sale, one.id, result, told)
            finally:
                await store.aclose()
