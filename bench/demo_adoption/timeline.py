"""What happened when: the entries of the story, as a table and as a chart."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from rich.table import Table

from capabilities.adoption.states import WAY, AdoptionState

_MARKS = {"up": "↑", "down": "↓", "refused": "✗", "found": "!", "said": "·"}
_STYLES = {"up": "green", "down": "yellow", "refused": "red", "found": "red", "said": ""}


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened; `state`, `read` and `write` are how the pair stood behind it."""

    at: float
    kind: str
    told: str
    state: AdoptionState
    read: int
    write: int


@dataclass(slots=True)
class Tick:
    """A moment of the load: reads, errors and writes since the one before."""

    at: float
    reads: int
    refused: int
    writes: int


@dataclass(slots=True)
class Timeline:
    """Everything of one story, from its first second; `say` hears each entry as it comes."""

    say: Callable[[str], None]
    began: float = field(default_factory=time.monotonic)
    entries: list[Entry] = field(default_factory=list)
    ticks: list[Tick] = field(default_factory=list)

    def now(self) -> float:
        """Seconds since it began."""
        return time.monotonic() - self.began

    def add(
        self, kind: str, told: str, state: AdoptionState, read: int = 0, write: int = 0
    ) -> None:
        """Note what happened."""
        entry = Entry(self.now(), kind, told, state, read, write)
        self.entries.append(entry)
        self.say(f"{entry.at:6.1f} s  {_MARKS[kind]} {told}")


def table_of(entries: Sequence[Entry]) -> Table:
    """The story as a table."""
    table = Table("", "at", "", "what", "state", "reads", "writes", title="what happened")
    for number, one in enumerate(entries, 1):
        table.add_row(
            str(number),
            f"{one.at:.1f} s",
            _MARKS[one.kind],
            one.told,
            one.state.value,
            f"{one.read / 100:g} %",
            f"{one.write / 100:g} %",
            style=_STYLES[one.kind],
        )
    return table


def way(entries: Sequence[Entry], width: int = 64) -> str:
    """The state over time, for a terminal: a line for each that was reached, the highest first."""
    end = entries[-1].at or 1.0
    columns = [_at(entries, end * place / (width - 1)).state for place in range(width)]
    reached = sorted({one.state for one in entries}, key=_height, reverse=True)
    lines = [
        f"{state.value:>22} {''.join('█' if one is state else '·' for one in columns)}"
        for state in reached
    ]
    return "\n".join([*lines, f"{'':>22} 0 s{end:>{width - 3}.0f} s"])


def _at(entries: Sequence[Entry], moment: float) -> Entry:
    return next((one for one in reversed(entries) if one.at <= moment), entries[0])


def _height(state: AdoptionState) -> int:
    return WAY.index(state) if state in WAY else -1
