"""What a process holds, sampled, and how fast its memory grows."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import linear_regression

_PAGE_MB = os.sysconf("SC_PAGE_SIZE") / 2**20
_TEN_MINUTES = 600.0


@dataclass(frozen=True, slots=True)
class Sample:
    """Seconds since the start, resident memory, open files, and time series that are told."""

    seconds: float
    rss_mb: float
    files: int
    series: int = 0


class Sampling:
    """Samples of one process, at most one in so many seconds."""

    def __init__(self, pid: int, every: float) -> None:
        self._place = Path(f"/proc/{pid}")
        self._every = every
        self._next = 0.0
        self.samples: list[Sample] = []

    def due(self, seconds: float) -> Sample | None:
        """A sample, when it is time for one."""
        if seconds < self._next:
            return None
        self._next = seconds + self._every
        self.samples.append(self.take(seconds))
        return self.samples[-1]

    def take(self, seconds: float) -> Sample:
        """What the process holds now."""
        pages = int((self._place / "statm").read_text().split()[1])
        return Sample(round(seconds, 2), round(pages * _PAGE_MB, 3), self.files())

    def files(self) -> int:
        """Its open files and sockets."""
        return len(list((self._place / "fd").iterdir()))


def slope_per_10_minutes(samples: Sequence[Sample]) -> float:
    """MB per ten minutes by linear regression; ValueError with fewer than two samples."""
    if len(samples) < 2:  # noqa: PLR2004 - a line has two points
        raise ValueError("a slope needs two samples")
    line = linear_regression([one.seconds for one in samples], [one.rss_mb for one in samples])
    return line.slope * _TEN_MINUTES
