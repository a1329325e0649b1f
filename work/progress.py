"""How far a pass has come, as a line that moves."""

from typing import Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)

from capabilities.syncing import Stream

_aside = Console(stderr=True, highlight=False)


class Shown:
    """A line that moves: how many rows, how fast, and how long it will take where that is known."""

    def __init__(self, label: str) -> None:
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.fields[told]}"),
            TimeRemainingColumn(),
            console=_aside,
            transient=True,
        )
        self._label = label
        self._task: TaskID | None = None

    def __enter__(self) -> Self:
        self._progress.start()
        self._task = self._progress.add_task(self._label, total=None, told="")
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def __call__(self, stream: Stream) -> None:
        """Hear how far the pass has come."""
        if self._task is None:
            return
        rate = stream.per_second or 0.0
        told = f"{stream.read:,} read, {stream.changed:,} changed, {rate:,.0f} a second"
        self._progress.update(self._task, completed=stream.read, total=stream.total, told=told)
