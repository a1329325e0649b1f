"""Counting beside the plans: one number more per request, everything else when it is written.

An operation that is asked through a plan has a `Use`; whoever runs the plan adds one there. Only
what was used since the last time is looked at when the counts are taken, and only then are a
plan's runs put together with those of its other plans, roles and documents.
"""

from collections.abc import Iterable

from graphql import DocumentNode, GraphQLSchema, OperationDefinitionNode

from capabilities.operations import operation_hash
from capabilities.usage.client import OTHER, WITHHELD, Client, is_impersonal
from capabilities.usage.records import Counted, CountedOperation, OperationKey, Path, Reached
from gateway.usage.coordinates import coordinates_of

# Uses that wait between two writings, and operations that a process tells apart in a day: more are
# counted together. Nobody grows our tables by thinking up documents.
MOST_WAITING = 2_000
MOST_OPERATIONS = 5_000
_OTHERS = OperationKey(OTHER, "")
_LONGEST_NAME = 100


class Use:
    """The runs of one operation as one plan knows it; the first since a taking is told."""

    __slots__ = ("_counting", "operation", "reads", "runs")

    def __init__(self, counting: "Counting", operation: CountedOperation) -> None:
        self._counting = counting
        self.operation = operation
        self.runs: dict[Client, int] = {}
        # by all that one run was answered from: one number a run, whatever it asked
        self.reads: dict[tuple[Client, frozenset[Reached]], int] = {}

    def ran(self, client: Client) -> None:
        """The operation runs for a client."""
        runs = self.runs
        if client in runs:
            runs[client] += 1
            return
        self._wait()
        runs[client] = 1

    def reached(self, client: Client, sources: Iterable[Reached]) -> None:
        """The sources that one run was answered from, each counted once."""
        self._wait()  # the run itself may have been taken meanwhile
        key = client, frozenset(sources)
        self.reads[key] = self.reads.get(key, 0) + 1

    def _wait(self) -> None:
        if not self.runs and not self.reads:
            self._counting.wait(self)


class Counting:
    """What one process counts, until it is taken to be written."""

    def __init__(self) -> None:
        self._waiting: list[Use] = []
        self._known: set[OperationKey] = set()
        self._others = Use(self, CountedOperation(key=_OTHERS, kind="", coordinates=()))
        self._also: set[str] = set()

    def use(
        self,
        schema: GraphQLSchema,
        document: DocumentNode,
        operation: OperationDefinitionNode,
        source: str,
    ) -> Use:
        """What counts an operation of a document that fits the schema."""
        name = operation.name.value if operation.name is not None else ""
        if len(name) > _LONGEST_NAME or not is_impersonal(name):
            name = WITHHELD
        counted = CountedOperation(
            key=OperationKey(operation_hash(source), name),
            kind=operation.operation.value.upper(),
            coordinates=coordinates_of(schema, document, operation),
        )
        return Use(self, counted)

    def wait(self, use: Use) -> None:
        """Hold a use until it is taken; what waits already is folded into one where it is much."""
        if len(self._waiting) >= MOST_WAITING:
            early, self._waiting = self._waiting, [self._others]
            for one in early:
                if one is not self._others:
                    self._fold(one)
        self._waiting.append(use)

    def new_day(self) -> None:
        """Tell operations apart anew."""
        self._known.clear()

    def take(self) -> Counted:
        """All that was counted since the last time; from now on it is counted anew."""
        found = Counted(operations={}, runs={}, reads={})
        waiting, self._waiting = self._waiting, []
        for use in waiting:
            self._take(use, found)
        return found

    def _take(self, use: Use, found: Counted) -> None:
        runs, use.runs = use.runs, {}
        reads, use.reads = use.reads, {}
        operation = self._told(use.operation)
        known = found.operations.get(operation.key)
        if known is not None and known.coordinates != operation.coordinates:
            both = tuple(sorted({*known.coordinates, *operation.coordinates}))
            operation = CountedOperation(key=known.key, kind=known.kind, coordinates=both)
        found.operations[operation.key] = operation
        for client, count in runs.items():
            found.runs[client, operation.key] = found.runs.get((client, operation.key), 0) + count
        for (client, sources), count in reads.items():
            for one in sources:
                key = (client, operation.key, Path(*one))
                found.reads[key] = found.reads.get(key, 0) + count

    def _told(self, operation: CountedOperation) -> CountedOperation:
        """The operation, or that of all others where a process knows too many."""
        if operation.key in self._known:
            return operation
        if operation.key != _OTHERS and len(self._known) < MOST_OPERATIONS:
            self._known.add(operation.key)
            return operation
        self._also.update(operation.coordinates)
        return CountedOperation(key=_OTHERS, kind="", coordinates=tuple(sorted(self._also)))

    def _fold(self, use: Use) -> None:
        self._also.update(use.operation.coordinates)
        into = self._others
        for client, count in use.runs.items():
            into.runs[client] = into.runs.get(client, 0) + count
        for key, count in use.reads.items():
            into.reads[key] = into.reads.get(key, 0) + count
        use.runs, use.reads = {}, {}
