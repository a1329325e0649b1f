"""Runs drawn operations through graphql-core and through the plan, and counts what was met."""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from inspect import isawaitable
from random import Random
from typing import Any

from graphql import DocumentNode, GraphQLSchema, execute, parse, validate
from msgspec import Struct, field
from msgspec.structs import replace

from capabilities.caller import Caller
from gateway.execution.plan import Planner, Ran
from gateway.trace import Trace
from tests.gateway.execution.differential.comparing import Outcome, Verdict, compared, outcome
from tests.gateway.execution.differential.drawing import Drawing, Operation
from tests.gateway.execution.differential.inputs import Choices, Inputs
from tests.gateway.execution.differential.making import KINDS, Mix
from tests.gateway.execution.differential.watching import Unpropagated, Watching, at_once

MOST_COERCION_ERRORS = 10
_FEW_ROWS = 0.05
_CLEAN = 0.25
_ONE_KIND = 0.55
_TRACED = 10
_TURNS = 50


class Kit(Struct, frozen=True):
    """A schema, how to make a context for a run of it, and who may ask.

    Each field, argument and input of it is met `least` times, but for a share of `unmet`; a share
    of the operations is `routed` to the field that was answered least.
    """

    name: str
    schema: GraphQLSchema
    context: Callable[[Mix, Caller | None], Any]
    callers: tuple[Caller | None, ...]
    choices: Choices
    seldom: tuple[str, ...] = ()
    least: int = 20
    unmet: float = 0.0
    routed: float = 0.2

    def planner(self, ran: Ran) -> Planner:
        """Plans as the gateway makes them."""
        return Planner(
            self.schema,
            max_coercion_errors=MOST_COERCION_ERRORS,
            ran=ran,
        )


class Asked(Struct, frozen=True):
    """One operation as it is asked: everything that its answer depends on."""

    text: str
    document: DocumentNode
    name: str | None
    variables: dict[str, Any] | None
    mix: Mix
    caller: Caller | None


class Difference(Struct, frozen=True):
    """An operation that the plan answers in another way."""

    asked: Asked
    verdict: Verdict

    def __str__(self) -> str:
        asked = self.asked
        role = asked.caller and asked.caller.role.value
        return "\n".join(
            (
                asked.text,
                f"operation {asked.name}, variables {asked.variables!r}",
                f"{asked.mix}, role {role}",
                *self.verdict.differences,
            )
        )


class Report(Struct):
    """What a run met."""

    seen: Counter[str] = field(default_factory=Counter)
    rules: Counter[str] = field(default_factory=Counter)
    differences: list[Difference] = field(default_factory=list)
    operations: int = 0
    invalid: int = 0
    engines: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)


async def core_run(
    kit: Kit, asked: Asked, executor: Any = None, *, now: bool = False, **options: Any
) -> Outcome:
    """The operation as graphql-core answers it."""
    mix = asked.mix
    context = kit.context(replace(mix, ticks=0) if now else mix, asked.caller)
    found: Any
    try:
        found = execute(
            kit.schema,
            asked.document,
            context_value=context,
            variable_values=asked.variables,
            operation_name=asked.name,
            max_coercion_errors=MOST_COERCION_ERRORS,
            executor_class=executor,
            middleware=[at_once] if now else None,
            **options,
        )
        found = await found if isawaitable(found) else found
        # What graphql-core leaves to itself may still report errors.
        for _ in range(_TURNS if executor is Unpropagated else 0):
            await asyncio.sleep(0)
    except Exception as exc:  # noqa: BLE001 - an answer to compare with as any other
        found = exc
    return outcome(found, context)


class Running:
    """One seeded series of operations over one schema; of `kinds` one at a time goes wrong."""

    def __init__(self, kit: Kit, seed: int, *, kinds: Sequence[str] = KINDS) -> None:
        self._kit = kit
        self._kinds = kinds
        self._planner = kit.planner(self._ran)
        self._random = Random(seed)  # noqa: S311 - a seeded generator is wanted
        self._inputs = Inputs(self._random, kit.choices)
        self.report = Report()
        self._plans: dict[Any, Any] = {}
        self._answered: Counter[str] = Counter()
        self._drawing = Drawing(
            kit.schema, self._random, self._inputs, self._answered, kit.seldom, kit.routed
        )

    def _ran(self, engine: str, reason: str) -> None:
        self.report.engines[engine] += 1
        if reason:
            self.report.reasons[reason] += 1

    def run(self, operations: int, *, most_differences: int = 5) -> Report:
        """Draws and compares until so many operations were answered, or too many differ."""
        asyncio.run(self._run(operations, most_differences))
        return self.report

    async def _run(self, operations: int, most_differences: int) -> None:
        report = self.report
        while report.operations < operations and len(report.differences) < most_differences:
            drawn = self._drawing.document()
            document = parse(drawn.text)
            if validate(self._kit.schema, document):
                report.invalid += 1
                continue
            self._plans.clear()
            for operation in drawn.operations:
                # A plan is kept, and meets other variables and records, also at the same time.
                several = [
                    self._asked(drawn.text, document, operation, len(drawn.operations))
                    for _ in range(self._random.randint(1, 3))
                ]
                if len(drawn.operations) == 1:
                    report.seen.update(drawn.features)
                else:
                    report.seen["document with several operations"] += 1
                await self._all(several)
            report.seen.update(self._drawing.taken())

    def _asked(self, text: str, document: DocumentNode, operation: Operation, of: int) -> Asked:
        random = self._random
        name = operation.name if of > 1 or random.random() < 0.7 else None
        if random.random() < 0.01:
            name = random.choice((None, "Nobody"))
        return Asked(
            text=text,
            document=document,
            name=name,
            variables=self._drawing.variables(operation),
            mix=self._mix(),
            caller=random.choice(self._kit.callers),
        )

    def _mix(self) -> Mix:
        random = self._random
        mix = Mix(
            seed=random.getrandbits(32),
            nulls=random.choice((0.0, 0.15, 0.4)),
            ticks=random.choice((0, 0, 1, 3)),
        )
        luck = random.random()
        if luck < _FEW_ROWS:
            return replace(mix, rows=random.choice((3, 20, 60)))
        if luck < _CLEAN:
            return mix
        if luck < _ONE_KIND:
            only, way = random.choice(self._kinds), random.getrandbits(16)
            return replace(mix, odd=0.1, wrong=0.2, only=only, way=way)
        return replace(mix, odd=0.05, wrong=random.choice((0.03, 0.1, 0.2)))

    async def _all(self, several: Sequence[Asked]) -> None:
        seen: list[Counter[str]] = [Counter() for _ in several]
        core = [
            await core_run(self._kit, one, Watching, seen=of)
            for one, of in zip(several, seen, strict=True)
        ]
        plans = await asyncio.gather(*map(self._planned, several))
        for one, of, expected, found in zip(several, seen, core, plans, strict=True):
            self._met(of, expected)
            await self._judge(one, expected, found)

    def _met(self, seen: Counter[str], core: Outcome) -> None:
        self.report.operations += 1
        self.report.seen.update(seen)
        self.report.seen.update(_climbs(core))
        for name, count in seen.items():
            if name.startswith("field "):
                self._answered[name.removeprefix("field ")] += count

    async def _judge(self, asked: Asked, core: Outcome, plan: Outcome) -> None:
        verdict = await compared(
            core,
            plan,
            lambda: core_run(self._kit, asked, now=True),
            lambda: core_run(self._kit, asked, Unpropagated),
        )
        self.report.rules[verdict.rule] += 1
        if verdict.differences:
            self.report.differences.append(Difference(asked, verdict))

    async def _planned(self, asked: Asked) -> Outcome:
        context = self._kit.context(asked.mix, asked.caller)
        trace = Trace() if asked.mix.seed % _TRACED == 0 else None
        found: Any
        try:
            key = asked.name, asked.caller
            if key not in self._plans:
                self._plans[key] = self._planner.plan(asked.document, *key)
            found = await self._plans[key].run(context, asked.variables, trace)
        except Exception as exc:  # noqa: BLE001 - reported as a difference
            found = exc
        return outcome(found, context)


def _climbs(run: Outcome) -> Counter[str]:
    found: Counter[str] = Counter()
    for error in run.errors:
        path = tuple(error.path or ())
        resting = run.null_of(error)
        if not path:
            found["error without a path"] += 1
        elif not resting or run.data is None:
            found["null climbs to the root"] += 1
        else:
            found[f"null climbs {min(len(path) - len(resting), 4)} levels"] += 1
    return found
