"""How the platform's side of systems that are being adopted fares, and who answered how often."""

from collections.abc import Callable
from time import perf_counter
from types import TracebackType
from typing import Self

from prometheus_client import CollectorRegistry

from capabilities.errors import SantongError, StoreUnavailable
from capabilities.estate import Capability
from gateway.federation.call import RECENT_SECONDS, Burst, Figures, Recent
from gateway.figures import counter

Count = Callable[[str, str, str, int], None]


class SwitchFigures:
    """Figures of reads that either side may answer; a mix-in of the process's metrics."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._adoption_reads = counter(
            registry,
            "santong_adoption_reads",
            "Keys that either side may answer, by who did.",
            "connector",
            "capability",
            "answered",
        )

    def adoption_read(self, connector: str, capability: str, answered: str, keys: int) -> None:
        """So many keys were answered."""
        self._adoption_reads[connector, capability, answered].inc(keys)


def uncounted(connector: str, capability: str, answered: str, keys: int) -> None:
    """Counts nothing."""
    del connector, capability, answered, keys


class PartFigures:
    """The platform's side of one capability of one connector, in this process."""

    def __init__(self, connector: str, capability: Capability, count: Count = uncounted) -> None:
        self._connector = connector
        self._capability = capability
        self._count = count
        self._figures = Figures()

    def answered(self, who: str, keys: int) -> None:
        """So many keys were answered by PLATFORM, by LEGACY, or by a system that had to.

        LACKING are those that the copy does not have, FELL_BACK those that it could not be asked.
        """
        if keys:
            self._count(self._connector, self._capability.value, who, keys)

    def reading(self) -> "Reading":
        """One question to the platform's side, timed for as long as the block takes."""
        return Reading(self._figures)

    def recent(self, seconds: float = RECENT_SECONDS) -> Recent:
        """How its latest questions fared, those of the last so many seconds."""
        return self._figures.recent(seconds)

    def within(self, seconds: float) -> Burst:
        """Its questions of the last so many seconds."""
        return self._figures.within(seconds)


class Reading:
    """A question under way; `took_ms` once it has ended.

    A `hurried` one had hardly any time: that it was late is nothing against the platform, or a
    caller with a short deadline would send an adoption down.
    """

    took_ms = 0
    hurried = False

    def __init__(self, figures: Figures) -> None:
        self._figures = figures
        self._began = perf_counter()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.took_ms = round((perf_counter() - self._began) * 1000)
        if self.hurried and error is not None and isinstance(error.__cause__, TimeoutError):
            return
        if error is None or isinstance(error, SantongError):
            self._figures.finished(self.took_ms, error)
        elif isinstance(error, Exception):
            self._figures.finished(self.took_ms, StoreUnavailable(type(error).__name__))
