"""What one run answered, and in what two runs of one operation differ.

Where a null climbs while other fields are still under way, the order of events decides which of
the other errors below the same null are reported; the specification leaves that open. Then errors
must be those of graphql-core under one of two orders of events, or, last of all: the data equal,
each error one that graphql-core finds where nothing climbs, and the same nulls explained.
"""

import json
import re
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from graphql import ExecutionResult, GraphQLError
from msgspec import Struct

Path = tuple[str | int, ...]
# Some messages hold the identity of an object, which is another one in each run.
_ADDRESS = re.compile(r"\b\d{12,16}\b")


class Outcome(Struct):
    """One run: its answer, and what it asked and wrote."""

    data: Any
    errors: Sequence[GraphQLError]
    calls: Counter[str]
    written: list[str]
    warnings: list[Any]
    crash: BaseException | None = None

    @property
    def text(self) -> str:
        """The data as JSON, in its own order of keys."""
        return json.dumps(self.data, ensure_ascii=False, default=repr)

    @property
    def told(self) -> list[str]:
        """The errors, sorted."""
        return sorted(spelt(one) for one in self.errors)

    @property
    def climbed(self) -> bool:
        """Whether a null lies above its error."""
        return any(self.null_of(one) != tuple(one.path or ()) for one in self.errors)

    @property
    def nulls(self) -> set[Path]:
        """The nulls that the errors explain."""
        return {self.null_of(one) for one in self.errors}

    @property
    def too_many_rows(self) -> bool:
        """Whether a list was refused because the request had cost too many rows."""
        return any(_code(one) == "QUERY_TOO_EXPENSIVE" for one in self.errors)

    def null_of(self, error: GraphQLError) -> Path:
        """Where an error's null came to rest."""
        value, resting = self.data, ()
        for part in error.path or ():
            if value is None:
                break
            resting = (*resting, part)
            try:
                value = value[part]
            except (KeyError, IndexError, TypeError):
                break
        return resting


def outcome(result: ExecutionResult | BaseException, context: Any) -> Outcome:
    """The outcome of a run that was made with a context."""
    scene = context.reader
    whole = isinstance(result, ExecutionResult)
    return Outcome(
        data=result.data if whole else None,
        errors=(result.errors or []) if whole else [],
        calls=scene.calls,
        written=scene.written,
        warnings=list(context.warnings),
        crash=None if whole else result,
    )


def spelt(error: GraphQLError) -> str:
    """All of an error that a client or a log may see."""
    cause = error.original_error
    text = json.dumps(
        {
            "path": error.path,
            "message": error.message,
            "locations": [(one.line, one.column) for one in error.locations or ()],
            "extensions": error.extensions,
            "cause": None if cause is None else f"{type(cause).__name__}: {cause}",
        },
        default=repr,
    )
    return _ADDRESS.sub("#", text)


class Verdict(Struct):
    """The differences, and by which rule there are none."""

    differences: list[str]
    rule: str


Run = Callable[[], Awaitable[Outcome]]


async def compared(core: Outcome, plan: Outcome, at_once: Run, unpropagated: Run) -> Verdict:
    """The verdict; the two other runs of graphql-core are made only where they are needed."""
    if plan.crash is not None:
        return Verdict([f"the plan raised {plan.crash!r}"], "crash")
    found = _calls_twice(plan)
    if core.too_many_rows or plan.too_many_rows:
        return Verdict(found + _rows_differ(core, plan), "too many rows")
    if core.written != plan.written:
        found.append(f"written: {core.written} but {plan.written}")
    climbed = core.climbed or plan.climbed
    if not climbed:
        found += _same_calls(core, plan)
    if core.text != plan.text:
        found.append(f"data:\n  core {core.text}\n  plan {plan.text}")
    if found or core.told == plan.told:
        return Verdict(found, "errors equal" if core.errors else "clean")
    if not climbed:
        return Verdict([_errors_differ(core, plan)], "strict")
    other = await at_once()
    if other.told == plan.told:
        return Verdict([], "errors equal in another order of events")
    return Verdict(_unfounded(core, plan, await unpropagated()), "errors possible")


def _code(error: BaseException | None) -> str | None:
    while isinstance(error, GraphQLError):
        error = error.original_error
    return getattr(error, "code", None)


def _rows_differ(core: Outcome, plan: Outcome) -> list[str]:
    """Whose list comes last and is refused is a matter of time; that one is refused is not.

    Unless another null climbed to the root first.
    """
    if core.too_many_rows == plan.too_many_rows or core.data is None or plan.data is None:
        return []
    return [_errors_differ(core, plan)]


def _calls_twice(plan: Outcome) -> list[str]:
    return [f"called {n} times: {call}" for call, n in plan.calls.items() if n > 1 and "/" in call]


def _same_calls(core: Outcome, plan: Outcome) -> list[str]:
    found = []
    if core.calls != plan.calls:
        found.append(f"calls: core only {core.calls - plan.calls}, plan {plan.calls - core.calls}")
    if _by_place(core) != _by_place(plan):
        found.append(f"warnings:\n  core {core.warnings}\n  plan {plan.warnings}")
    return found


def _by_place(run: Outcome) -> dict[str, list[str]]:
    """Warnings by field, in their order; of the items of a list any may come first.

    What is said once of several items is said as the first of them had it, so not of how it may
    be asked again.
    """
    found: dict[str, list[str]] = {}
    for one in run.warnings:
        where = "/".join(part for part in one.path if isinstance(part, str))
        of_items = len(where.split("/")) < len(one.path)
        told = (one.code, one.source) if of_items else (one.code, one.source, one.retryable)
        found.setdefault(where, []).append(repr(told))
        if of_items:
            found[where].sort()
    return found


def _errors_differ(core: Outcome, plan: Outcome) -> str:
    lines = "\n  ".join
    return f"errors:\n  core:\n  {lines(core.told)}\n  plan:\n  {lines(plan.told)}"


def _unfounded(core: Outcome, plan: Outcome, possible: Outcome) -> list[str]:
    found = []
    strange = set(plan.told) - set(possible.told) - set(core.told)
    if strange:
        found.append(f"errors that nothing explains: {sorted(strange)}")
    if core.nulls != plan.nulls:
        found.append(f"nulls explained: {core.nulls ^ plan.nulls}")
    return [*found, _errors_differ(core, plan)] if found else []
