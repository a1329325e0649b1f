"""Feeds: what a source changed since a position, page by page, and where to go on from.

A position is a text that its source alone reads. Kept together with the effect of its page, it lets
a reader go on after any interruption: rows may come again, none is left out.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Generic, TypeVar

from msgspec import Struct

R_co = TypeVar("R_co", covariant=True)


class FeedRow(Struct, Generic[R_co], frozen=True, gc=False):
    """One row: its natural key, and a digest of all that its record is made of.

    The same digest means the same record, so that a row which is known need not be mapped.
    `record` maps it: None where it is not ours to answer, Garbled where it does not fit.
    """

    key: str
    digest: bytes
    record: Callable[[], R_co | None]


class FeedPage(Struct, Generic[R_co], frozen=True, kw_only=True):
    """Some rows, oldest change first, and the position behind them.

    `removed` are natural keys that the source says are gone. `done` ends a pass: everything that
    had changed when it began was given; with `whole` it gave everything that there is. `moment` is
    how far it came, `total` how many rows the pass has where the source counts them.
    """

    rows: tuple[FeedRow[R_co], ...]
    position: str
    done: bool
    whole: bool = False
    removed: tuple[str, ...] = ()
    moment: datetime | None = None
    total: int | None = None
