"""What one request did, on request only: its questions, its calls to systems, and their times."""

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from msgspec import Struct, to_builtins


class FieldTrace(Struct, kw_only=True):
    """One field of one row that a resolver answered; wave 1 asks what hangs on nothing else."""

    path: list[str | int]
    wave: int
    started_ms: float
    ms: float | None = None


class Question(Struct, kw_only=True, rename="camel"):
    """One field for all rows that asked it in one wave, from its first beginning to its last end.

    Without an end one of its answers was not waited for.
    """

    path: list[str]
    wave: int
    times: int
    started_ms: float
    ms: float | None


class Call(Struct, kw_only=True, rename="camel"):
    """One call to a system or store in which this request had keys.

    `keys` are its own of the `batch` that travelled together for so many `requests`. Without an
    end its answer was not waited for.
    """

    source: str
    port: str
    keys: int
    batch: int
    requests: int
    started_ms: float
    ms: float | None = None


class Trace:
    """Collects while a request runs; the plan and the loads write into it."""

    def __init__(self) -> None:
        self._begun = time.perf_counter()
        self._steps: dict[str, float] = {}
        self.engine = "plan"
        self.fallback: str | None = None
        self.document_cached = False
        self.plan_cached = False
        self.questions: list[FieldTrace] = []
        self.calls: list[Call] = []
        self.kept: dict[str, int] = {}

    def now(self) -> float:
        """Milliseconds since the request began."""
        return round((time.perf_counter() - self._begun) * 1000, 3)

    def step(self, name: str) -> None:
        """A step has ended; it took what the steps before have not taken."""
        self._steps[name] = round(self.now() - sum(self._steps.values()), 3)

    @contextmanager
    def page(self, source: str, port: str) -> Iterator[None]:
        """Notes the call for one page of a list, and when it ended."""
        call = Call(source=source, port=port, keys=1, batch=1, requests=1, started_ms=self.now())
        self.calls.append(call)
        try:
            yield
        finally:
            call.ms = round(self.now() - call.started_ms, 3)

    def count(self, outcome: str) -> None:
        """A load was answered by the cache, or by nobody else than its source."""
        self.kept[outcome] = self.kept.get(outcome, 0) + 1

    def shown(self) -> dict[str, Any]:
        """As it stands in `extensions.plan`."""
        return {
            "engine": self.engine,
            "fallback": self.fallback,
            "documentCached": self.document_cached,
            "planCached": self.plan_cached,
            "waves": max((one.wave for one in self.questions), default=0),
            "questions": to_builtins(_folded(self.questions)),
            "calls": to_builtins(self.calls),
            "cache": self.kept,
            "stepsMs": self._steps,
            "ms": self.now(),
        }


def _folded(asked: Iterable[FieldTrace]) -> list[Question]:
    """As many questions as the document has fields, however many rows there are."""
    rows: dict[tuple[int, tuple[str, ...]], list[FieldTrace]] = {}
    for one in asked:
        path = tuple(step for step in one.path if isinstance(step, str))
        rows.setdefault((one.wave, path), []).append(one)
    return [_question(wave, path, those) for (wave, path), those in rows.items()]


def _question(wave: int, path: tuple[str, ...], rows: list[FieldTrace]) -> Question:
    began = min(one.started_ms for one in rows)
    ends = [one.started_ms + one.ms for one in rows if one.ms is not None]
    took = round(max(ends) - began, 3) if len(ends) == len(rows) else None
    return Question(path=list(path), wave=wave, times=len(rows), started_ms=began, ms=took)
