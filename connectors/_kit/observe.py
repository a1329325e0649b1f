"""What a connector tells about itself while it works; metrics are someone else's choice."""

import time
from types import TracebackType
from typing import Protocol

from capabilities.errors import ChannelError

OK = "OK"


class Observer(Protocol):
    """Hears of every port call and of every value that no table knows."""

    def called(self, connector: str, port: str, outcome: str, seconds: float, batch: int) -> None:
        """A port was asked; `outcome` is OK or the error's code, `batch` the number of keys."""

    def unknown(self, connector: str, field: str, raw: str) -> None:
        """A value became UNKNOWN. `raw` is the source's word: a code, never personal data."""


class SilentObserver:
    """Hears and says nothing."""

    def called(self, connector: str, port: str, outcome: str, seconds: float, batch: int) -> None:
        """Nothing is kept."""

    def unknown(self, connector: str, field: str, raw: str) -> None:
        """Nothing is kept."""


class Observed:
    """Tells the observer how long the block took and how it ended; a cancelled one is CANCELLED."""

    __slots__ = ("_batch", "_connector", "_observer", "_port", "_started")

    def __init__(self, observer: Observer, connector: str, port: str, batch: int) -> None:
        self._observer = observer
        self._connector = connector
        self._port = port
        self._batch = batch
        self._started = 0.0

    async def __aenter__(self) -> None:
        self._started = time.perf_counter()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        took = time.perf_counter() - self._started
        self._observer.called(self._connector, self._port, _outcome(error), took, self._batch)


def observed(observer: Observer, connector: str, port: str, batch: int) -> Observed:
    """One question of a port, as its observer hears of it."""
    return Observed(observer, connector, port, batch)


def _outcome(error: BaseException | None) -> str:
    if error is None:
        return OK
    if isinstance(error, ChannelError):
        return error.code
    return "FAULT" if isinstance(error, Exception) else "CANCELLED"
