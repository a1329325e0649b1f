"""Plans: an operation compiled once and run many times; graphql-core is reference and fallback."""

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLSchema,
    MiddlewareManager,
    OperationDefinitionNode,
    OperationType,
    execute,
    get_operation_ast,
)
from graphql.execution.values import VariableValues
from msgspec import Struct

from capabilities.caller import Caller
from gateway.execution.plan.adapter import strawberry_schema
from gateway.execution.plan.collect import Collector, condition_variables
from gateway.execution.plan.errors import Fault, Unplannable
from gateway.execution.plan.run import Replay, Root, Run, TracedRun
from gateway.execution.plan.tree import Grower
from gateway.execution.plan.variables import Variables
from gateway.execution.plan.write import Writer, Written
from gateway.trace import Trace
from gateway.usage.counting import Use

NO_OPERATION = "no operation"
PLAN, CORE, REPLAY = "plan", "graphql-core", "replay"
_VARIABLES, _VARIANTS = "variables", "too many variants"
# Measured: what a plan takes in memory, and for each character of its text.
_PLAN_BYTES, _TEXT_BYTES = 2_000, 12
# Each outcome of the conditions is a plan of its own.
_MOST_VARIANTS = 16
Ran = Callable[[str, str], None]
Grown = Callable[[int], None]


def _nobody_hears(_engine: str, _reason: str) -> None:
    """Nothing is counted."""


def _nobody_weighs(_more: int) -> None:
    """Nothing is weighed."""


class Core(Struct, frozen=True):
    """graphql-core over one schema, with what it is told at each call.

    `ran` hears of each answer: who gave it, and why it was not the plan.
    """

    schema: GraphQLSchema
    max_coercion_errors: int = 50
    hide_suggestions: bool = False
    ran: Ran = _nobody_hears


class Variant:
    """The compiled functions for one outcome of an operation's conditions.

    Functions and the scope that they were made in hold each other. The scope is emptied when its
    variant is gone, so that what falls out of the cache is free at once and waits for no collector.
    """

    def __init__(self, scope: dict[str, Any], text: str) -> None:
        self.roots: tuple[Root, ...] = scope["roots"]
        self.text = text
        self._scope = scope

    def __del__(self) -> None:
        self._scope.clear()

    @property
    def weight(self) -> int:
        """Bytes, about, that it takes."""
        return _TEXT_BYTES * len(self.text)


class Plan:
    """One operation of a document for callers of one role.

    `fallback` is the reason why graphql-core answers all of it; None where it is compiled.
    `weight` are the bytes, about, that it takes; `grown` hears when a run has made it heavier.
    `use` counts its runs.
    """

    use: Use | None = None

    def __init__(
        self,
        core: Core,
        document: DocumentNode,
        name: str | None,
        caller: Caller | None,
        grown: Grown,
    ) -> None:
        self.weight = _PLAN_BYTES
        self._core = core
        self._document = document
        self._name = name
        self._caller = caller  # of any of her role: a rule asks no more
        self._grown = grown
        # Of a variant that cannot be planned the reason is kept.
        self._variants: dict[tuple[bool, ...], Variant | str] = {}
        self._schema = strawberry_schema(core.schema)
        self._operation: OperationDefinitionNode | None = None
        self._variables: Variables | None = None
        self._conditions: tuple[str, ...] = ()
        self.fallback = self._prepare()

    async def run(
        self, context: Any, variables: Mapping[str, Any] | None, trace: Trace | None = None
    ) -> ExecutionResult:
        """Data and errors, the same as graphql-core's own; a trace is told how they came."""
        values = None if self._variables is None else self._variables.coerced(variables)
        variant = self.fallback or _VARIABLES if values is None else self._variant(values)
        if values is None or isinstance(variant, str):
            reason = str(variant)
            self._core.ran(CORE, reason)
            if trace is not None:
                trace.engine, trace.fallback = CORE, reason
            return await self._reference(context, variables, None)
        run = Run(context, values, lambda: self._whole(variables), self._schema)
        if trace is not None:
            run = TracedRun(trace, run)
        answer = await run.answer(variant.roots)
        if not run.fault:
            self._core.ran(PLAN, "")
            return ExecutionResult(answer, run.refusals())
        self._core.ran(REPLAY, "")
        if trace is not None:
            trace.engine = REPLAY
        return await self._reference(context, variables, MiddlewareManager(Replay(run)))

    def text(self, **conditions: bool) -> str:
        """The generated text for one outcome of the conditions."""
        return self._compiled(conditions).text

    def _prepare(self) -> str | None:
        operation = get_operation_ast(self._document, self._name)
        if operation is None:
            return NO_OPERATION
        if operation.operation is OperationType.SUBSCRIPTION:
            return "subscription"
        self._operation = operation
        try:
            if operation.directives:
                raise Unplannable("directive")  # noqa: TRY301 - one way out
            self._conditions = condition_variables(self._document, operation)
            if not self._conditions:
                self._variants[()] = only = self._compiled({})
                self.weight += only.weight
        except Unplannable as exc:
            return exc.reason
        self._variables = Variables(self._core.schema, operation)
        return None

    def _whole(self, variables: Mapping[str, Any] | None) -> VariableValues:
        values = None if self._variables is None else self._variables.whole(variables)
        if values is None:
            raise Fault
        return values

    def _variant(self, values: VariableValues) -> Variant | str:
        """The functions for these values of the conditions, or why there are none."""
        decided: Any = tuple(values.coerced.get(name) for name in self._conditions)
        known = self._variants.get(decided)
        if known is not None:
            return known
        if not all(type(one) is bool for one in decided):
            return _VARIABLES
        if len(self._variants) >= _MOST_VARIANTS:
            return _VARIANTS
        try:
            made = self._compiled(dict(zip(self._conditions, decided, strict=True)))
        except Unplannable as exc:
            return self._variants.setdefault(decided, exc.reason)
        self.weight += made.weight
        self._grown(made.weight)
        return self._variants.setdefault(decided, made)

    def _compiled(self, decided: Mapping[str, bool]) -> Variant:
        operation = self._operation
        if operation is None:
            raise Unplannable(NO_OPERATION)
        root = self._core.schema.get_root_type(operation.operation)
        if root is None:
            raise Unplannable("no root")
        collector = Collector(self._core.schema, self._document, decided)
        grower = Grower(self._core.schema, collector, self._caller)
        tree = grower.root(root, operation.selection_set)
        serial = operation.operation is OperationType.MUTATION
        return _compiled(Writer().write(tree, serial=serial))

    async def _reference(
        self, context: Any, variables: Mapping[str, Any] | None, replay: MiddlewareManager | None
    ) -> ExecutionResult:
        outcome = execute(
            self._core.schema,
            self._document,
            context_value=context,
            variable_values=None if variables is None else dict(variables),
            operation_name=self._name,
            max_coercion_errors=self._core.max_coercion_errors,
            hide_suggestions=self._core.hide_suggestions,
            middleware=replay,
        )
        result = await outcome if inspect.isawaitable(outcome) else outcome
        assert isinstance(result, ExecutionResult)  # noqa: S101 - no incremental delivery here
        return result


class Planner:
    """Makes plans over one schema, whose fields carry who may see them."""

    def __init__(
        self,
        schema: GraphQLSchema,
        *,
        max_coercion_errors: int = 50,
        hide_suggestions: bool = False,
        ran: Ran = _nobody_hears,
    ) -> None:
        self._core = Core(schema, max_coercion_errors, hide_suggestions, ran)

    def plan(
        self,
        document: DocumentNode,
        name: str | None,
        caller: Caller | None,
        grown: Grown = _nobody_weighs,
    ) -> Plan:
        """The plan of one operation; it never fails, it falls back."""
        return Plan(self._core, document, name, caller, grown)


def _compiled(written: Written) -> Variant:
    scope = dict(written.constants)
    try:
        code = compile(written.text, "<plan>", "exec")
    except (SyntaxError, RecursionError, MemoryError, ValueError) as exc:
        raise Unplannable("too deep for Python") from exc
    exec(code, scope)  # noqa: S102 - our own text; of the document it holds quoted keys only
    for asked in written.asked:
        if asked.completes is not None:
            asked.completes = scope[asked.completes]
    for name, table in written.constants.items():
        if name.startswith("D"):
            scope[name] = {record: scope[function] for record, function in table.items()}
    return Variant(scope, written.text)
