"""One run of a plan: questions in waves without a barrier, and what graphql-core is given after."""

import asyncio
from collections.abc import Awaitable, Callable, Generator, Sequence
from typing import Any

from graphql import GraphQLError
from graphql.execution.values import VariableValues
from graphql.pyutils import Path

from gateway.execution.plan.adapter import Kwargs
from gateway.execution.plan.ask import Asked, Place
from gateway.execution.plan.errors import Fault
from gateway.execution.plan.refusal import Refusal
from gateway.trace import FieldTrace, Trace

Question = tuple[Asked, Any, Place, dict[str, Any]]
# A place, what its resolver raised or answered, and whether it was waited for.
Held = tuple[Place, Exception | None, Any, bool]
Root = Callable[[None, None, list[Question], "Run"], dict[str, Any]]


class Run:
    """What one run shares: its context, its variables, and every answer that a resolver gave."""

    __slots__ = (
        "_refused",
        "arguments",
        "context",
        "fault",
        "held",
        "strawberry_schema",
        "variables",
        "whole",
    )

    def __init__(
        self,
        context: Any,
        variables: VariableValues,
        whole: Callable[[], VariableValues],
        strawberry_schema: Any,
    ) -> None:
        self.context = context
        self.variables = variables
        self.whole = whole
        self.strawberry_schema = strawberry_schema
        self.arguments: dict[int, Kwargs] = {}
        self.held: list[Held] = []
        self.fault = False
        self._refused: list[tuple[Refusal, Place]] = []

    def refuse(self, refusal: Refusal, place: Place) -> None:
        """Leave a place null that callers of this role may not see."""
        self._refused.append((refusal, place))

    def refusals(self) -> list[GraphQLError] | None:
        """The errors of places that were left null; None where there is none."""
        return [one.at(_listed(place)) for one, place in self._refused] or None

    async def answer(self, roots: Sequence[Root]) -> dict[str, Any]:
        """The data of the roots, one after the other; worth nothing when there was a fault."""
        whole: dict[str, Any] = {}
        for root in roots:
            questions: list[Question] = []
            try:
                part = root(None, None, questions, self)
            except Exception:  # noqa: BLE001 - whatever it was, graphql-core says it better
                self.fault, part = True, {}
            if questions:
                await self._settle(questions)
            if len(roots) == 1:
                return part
            if self.fault:
                break
            whole |= part
        return whole

    async def _settle(self, questions: list[Question]) -> None:
        if len(questions) == 1:
            await self._ask(*questions[0])
        else:
            await asyncio.gather(*(self._ask(*one) for one in questions))

    async def _ask(self, asked: Asked, parent: Any, place: Place, into: dict[str, Any]) -> None:
        """Await one answer, put it in its place, and go on with what it asks in turn."""
        try:
            answer = asked.start(parent, place, self)
        except Exception:  # noqa: BLE001 - its arguments cannot be read, or it is no coroutine
            self.fault = True
            return
        await self._take(answer, asked, place, into)

    async def _take(
        self, answer: Awaitable[Any], asked: Asked, place: Place, into: dict[str, Any]
    ) -> None:
        try:
            value = await answer
        except Fault:
            self.fault = True
            return
        except Exception as exc:  # noqa: BLE001 - held, and raised again where graphql-core asks
            self.held.append((place, exc, None, True))
            self.fault = True
            return
        self.held.append((place, None, value, True))
        questions: list[Question] = []
        try:
            into[asked.key] = asked.completes(value, place, questions, self)
        except Exception:  # noqa: BLE001 - as above
            self.fault = True
        if questions:
            await self._settle(questions)


class TracedRun(Run):
    """A run that notes when each question was asked, in which wave, and how long it took."""

    __slots__ = ("_trace", "_waves")

    def __init__(self, trace: Trace, run: Run) -> None:
        super().__init__(run.context, run.variables, run.whole, run.strawberry_schema)
        self._trace = trace
        self._waves: dict[Place, int] = {}

    async def _ask(self, asked: Asked, parent: Any, place: Place, into: dict[str, Any]) -> None:
        wave = self._waves[place] = self._wave(place)
        question = FieldTrace(path=_listed(place), wave=wave, started_ms=self._trace.now())
        self._trace.questions.append(question)

        async def noted() -> Any:
            try:
                return await asked.start(parent, place, self)
            finally:
                question.ms = round(self._trace.now() - question.started_ms, 3)

        await self._take(noted(), asked, place, into)

    def _wave(self, place: Place) -> int:
        above: Place | None = place[0]
        while above is not None:
            if above in self._waves:
                return self._waves[above] + 1
            above = above[0]
        return 1


def _listed(place: Place | None) -> list[str | int]:
    found: list[str | int] = []
    while place is not None:
        found.append(place[1])
        place = place[0]
    return found[::-1]


class Replay:
    """Middleware that gives graphql-core the answers a plan holds, and asks only for the others."""

    def __init__(self, run: Run) -> None:
        self._held: dict[Place | None, Held] = {one[0]: one for one in run.held}

    def resolve(self, go_on: Any, source: Any, info: Any, **arguments: Any) -> Any:
        """The held answer of a place, as soon or as late as its resolver would have it."""
        held = self._held.get(_place(info.path))
        if held is None:
            return go_on(source, info, **arguments)
        _, exc, value, late = held
        if late:
            return _Later(exc, value)
        if exc is not None:
            raise exc
        return value


class _Later:
    """An answer to wait for; no coroutine, for graphql-core may leave it without waiting."""

    def __init__(self, exc: Exception | None, value: Any) -> None:
        self._exc = exc
        self._value = value

    def __await__(self) -> Generator[None, None, Any]:
        if self._exc is not None:
            raise self._exc
        return self._value
        yield  # what makes it a generator


def _place(path: Path | None) -> Place | None:
    return None if path is None else (_place(path.prev), path.key)
