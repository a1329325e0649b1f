"""What a load gives: the answer, how old it is, and what its source's report says of that."""

from collections.abc import Iterable, Sequence
from typing import Any

from msgspec import Struct

from cache import Served
from capabilities.errors import ChannelError
from capabilities.sources import SourceReport, SourceStatus

_OLDER = "an older answer is shown: "


class Loaded(Struct, frozen=True):
    """A port's answer for one key, with the ms from the question to the answer.

    `latency_ms` is None where nobody was asked, because the answer was kept; it is `age_ms` old
    then. `stale` says that it is older than its policy calls fresh, `error` why it is given.
    `by` names who answered where that is not who was asked, `told` what each did of several.
    """

    value: Any
    latency_ms: int | None
    age_ms: int = 0
    stale: bool = False
    error: ChannelError | None = None
    by: str | None = None
    told: tuple[SourceReport, ...] = ()


def loaded_of(served: Served) -> Loaded:
    """What the cache served."""
    return Loaded(served.value, served.latency_ms, served.age_ms, served.stale, served.error)


def together(value: Any, loads: Sequence[Loaded]) -> Loaded:
    """One answer made of several: as old as the oldest and as slow as the slowest."""
    return Loaded(
        value,
        slowest([one.latency_ms for one in loads]),
        max((one.age_ms for one in loads), default=0),
        any(one.stale for one in loads),
        next((one.error for one in loads if one.error is not None), None),
        loads[0].by if len({one.by for one in loads}) == 1 else None,
    )


def slowest(latencies: Iterable[int | None]) -> int | None:
    """The slowest call; None where none was made, 0 where there was nothing to be asked."""
    known = list(latencies)
    made = [one for one in known if one is not None]
    if made:
        return max(made)
    return None if known else 0


def report_of(
    name: str, loaded: Loaded, *, count: int, channels: tuple[str, ...] = ()
) -> SourceReport:
    """The report of a source that answered, itself or by what was kept of it."""
    error = loaded.error
    return SourceReport(
        name=loaded.by or name,
        status=SourceStatus.STALE if loaded.stale else SourceStatus.OK,
        latency_ms=loaded.latency_ms,
        age_ms=loaded.age_ms,
        count=count,
        code=None if error is None else error.code,
        message=None
        if error is None
        else (_OLDER + error.message if loaded.stale else error.message),
        retryable=error is not None and error.retryable,
        channels=channels,
    )
