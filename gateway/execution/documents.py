"""Documents parsed, limited and validated once, kept in a bounded cache."""

import re
from collections.abc import Sequence
from weakref import ref

from cachetools import LRUCache
from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    NoSchemaIntrospectionCustomRule,
    OperationDefinitionNode,
    OperationType,
    get_operation_ast,
    parse,
    specified_rules,
    validate,
)
from msgspec import Struct

from capabilities.caller import Caller, Role
from capabilities.errors import BadInput
from capabilities.native import ExtensionPoint
from gateway.execution.limits import DocumentLimits, check_limits
from gateway.execution.natives import shown_by
from gateway.execution.overlap import check_overlap
from gateway.execution.plan import NO_OPERATION, Plan, Planner, Ran
from gateway.usage.counting import Counting, Use

MOST_ERRORS = 10
# Measured: what a parsed document takes in memory for each of its tokens.
_TOKEN_BYTES = 500
# Beyond any number; Python would not read one of 4,300 digits.
_MANY_DIGITS = re.compile(r"(?<!\d)\d{400}")
# PostgreSQL refuses a text with one, and so do the systems behind us.
_NUL = re.compile(r"\\u(?:0000|\{0+\})")


class Prepared(Struct, kw_only=True, weakref=True):
    """A document ready to run, or the errors that it will always have.

    `plans` grows with the operations and roles that it is run for.
    """

    source: str
    document: DocumentNode | None
    weight: int = 0
    errors: tuple[GraphQLError, ...] = ()
    plans: dict[tuple[str | None, Role | None], Plan] = {}

    def operation(self, name: str | None) -> OperationDefinitionNode | None:
        """The operation that would run; None when the name does not decide it."""
        return None if self.document is None else get_operation_ast(self.document, name)

    def writes(self, name: str | None) -> bool:
        """Whether the operation that would run is no query."""
        operation = self.operation(name)
        return operation is not None and operation.operation is not OperationType.QUERY

    def follows(self, name: str | None) -> bool:
        """Whether the operation that would run is a subscription."""
        operation = self.operation(name)
        return operation is not None and operation.operation is OperationType.SUBSCRIPTION


class Documents:
    """The cache of one schema; bounded by count and by the memory that documents and plans take.

    `counting` hears which operations are run, through the plan of each.
    """

    def __init__(
        self,
        schema: GraphQLSchema,
        limits: DocumentLimits,
        *,
        max_tokens: int,
        max_count: int,
        max_bytes: int,
        max_document_bytes: int = 100_000,
        open_schema: bool = True,
        ran: Ran = lambda _engine, _reason: None,
        counting: Counting | None = None,
    ) -> None:
        self.schema = schema
        self._counting = Counting() if counting is None else counting
        self.open_schema = open_schema
        self._longest_text = max_document_bytes
        self._limits = limits
        self._max_tokens = max_tokens
        self._max_count = max_count
        self._cache: LRUCache[str, Prepared] = LRUCache(max_bytes, getsizeof=_weight)
        self._longest = max_bytes // 4
        self._planner = Planner(
            schema,
            max_coercion_errors=MOST_ERRORS,
            hide_suggestions=not open_schema,
            ran=ran,
        )
        self.hits = 0
        self.misses = 0

    def natives(self, points: Sequence[ExtensionPoint]) -> tuple[ExtensionPoint, ...]:
        """Those of the native types that the schema has."""
        return shown_by(self.schema, points)

    def prepare(self, source: str) -> Prepared:
        """The document of a text, from the cache where it was seen before."""
        known = self._cache.get(source)
        if known is not None:
            self.hits += 1
            return known
        self.misses += 1
        prepared = self._prepare(source)
        # A refused document is not kept: its errors hold its whole tree.
        if prepared.document is not None:
            self._keep(prepared)
        return prepared

    def plan(self, prepared: Prepared, name: str | None, caller: Caller | None) -> Plan:
        """The plan of one operation of a document that is ready, for callers of this role."""
        key = _key(name, caller)
        known = prepared.plans.get(key)
        if known is not None:
            return known
        if prepared.document is None:
            raise TypeError("a refused document has no plan")

        whole = ref(prepared)  # which holds the plan: neither should keep the other

        def grown(more: int) -> None:
            if (grows := whole()) is not None:
                grows.weight += more
                self._keep(grows)

        made = self._planner.plan(prepared.document, name, caller, grown)
        made.use = self.use(prepared, name)
        if made.fallback != NO_OPERATION:  # names nobody uses could be thought up for ever
            prepared.plans[key] = made
            grown(made.weight)
        return made

    def use(self, prepared: Prepared, name: str | None) -> Use | None:
        """What counts the runs of one operation; None where none of that name is there."""
        operation = prepared.operation(name)
        if prepared.document is None or operation is None:
            return None
        return self._counting.use(self.schema, prepared.document, operation, prepared.source)

    def planned(self, prepared: Prepared, name: str | None, caller: Caller | None) -> bool:
        """Whether that plan was made before."""
        return _key(name, caller) in prepared.plans

    def forget(self, most: int) -> bool:
        """Drop some documents, the oldest first; whether any is left."""
        for _ in range(min(most, len(self._cache))):
            self._cache.popitem()
        return bool(self._cache)

    def _keep(self, prepared: Prepared) -> None:
        """Keep a document, or keep it no longer when its plans have outgrown the cache."""
        self._cache.pop(prepared.source, None)
        if prepared.weight <= self._longest:
            while len(self._cache) >= self._max_count:
                self._cache.popitem()
            self._cache[prepared.source] = prepared

    def _prepare(self, source: str) -> Prepared:
        length = len(source.encode())
        try:
            self._check_text(source, length)
            document = _unchained(parse(source, max_tokens=self._max_tokens))
            check_limits(document, self._limits)
            check_overlap(document)
            errors = self._faults(document)
        except GraphQLSyntaxError as exc:
            errors = (coded(exc, "GRAPHQL_PARSE_FAILED"),)
        except BadInput as exc:
            errors = (GraphQLError(exc.message, original_error=exc),)
        except RecursionError:
            deep = GraphQLError("the document nests too deeply")
            errors = (coded(deep, "DOCUMENT_TOO_DEEP"),)
        if errors:
            return Prepared(source=source, document=None, errors=errors)
        weight = length + _TOKEN_BYTES * (document.token_count or 0)
        return Prepared(source=source, document=document, weight=weight)

    def _check_text(self, source: str, length: int) -> None:
        if length > self._longest_text:
            raise BadInput(
                f"the document has {length} bytes; at most {self._longest_text}",
                code="DOCUMENT_TOO_LARGE",
            )
        if _MANY_DIGITS.search(source):
            raise BadInput("the document holds a number of too many digits")
        if _NUL.search(source):
            raise BadInput("the document holds NUL")

    def _faults(self, document: DocumentNode) -> tuple[GraphQLError, ...]:
        """What validation says; where the schema is closed, that it says anything at all."""
        rules = specified_rules
        if not self.open_schema:
            rules = (*specified_rules, NoSchemaIntrospectionCustomRule)
        found = validate(
            self.schema,
            document,
            rules,
            max_errors=MOST_ERRORS,
            hide_suggestions=not self.open_schema,
        )
        if found and not self.open_schema:
            # One constant: a message of which field is unknown tells which ones are known.
            found = [GraphQLError("the document does not fit the graph")]
        return tuple(coded(one, "GRAPHQL_VALIDATION_FAILED") for one in found[:MOST_ERRORS])


def _unchained(document: DocumentNode) -> DocumentNode:
    """The document, whose tokens no longer hold one another: only the parser follows them.

    A chain that is held both ways waits for the collector when the document is dropped.
    """
    token = document.loc.start_token if document.loc is not None else None
    while token is not None:
        following = token.next
        token.prev = token.next = None
        token = following
    return document


def coded(error: GraphQLError, code: str) -> GraphQLError:
    """The error with a stable code."""
    error.extensions = {**(error.extensions or {}), "code": code}
    return error


def _key(name: str | None, caller: Caller | None) -> tuple[str | None, Role | None]:
    return name, caller.role if caller is not None else None


def _weight(prepared: Prepared) -> int:
    return prepared.weight
