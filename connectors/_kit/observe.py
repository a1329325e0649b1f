"""What a connector tells about itself while it works; metrics are someone else's choice."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
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


@asynccontextmanager
async def observed(
    observer: Observer, connector: str, port: str, batch: int
) -> AsyncIterator[None]:
    """Tells the observer how long the block took and how it ended; a cancelled one is CANCELLED."""
    started, outcome = time.perf_counter(), "CANCELLED"
    try:
        yield
        outcome = OK
    except ChannelError as exc:
        outcome = exc.code
        raise
    except Exception:
        outcome = "FAULT"
        raise
    finally:
        observer.called(connector, port, outcome, time.perf_counter() - started, batch)
