"""graphql-core's executor, watched: which fields it answers, and where nulls and errors arise."""

from collections import Counter
from collections.abc import Generator
from typing import Any

from graphql import (
    Executor,
    GraphQLError,
    Undefined,
    is_abstract_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
)
from graphql.execution.executor import CollectedErrors

_KINDS = (
    ("Cannot return null", "null where none may be"),
    ("Expected Iterable", "no list where a list is due"),
    ("Expected value of type", "object of another type"),
    ("must resolve to an Object type", "choice without a type"),
    ("can be returned from", "choice without a type"),
    ("of the field", "choice without a type"),
    ("cannot be resolved for the field", "choice without a type"),
    ("Argument ", "argument that does not fit"),
    ("cannot represent", "leaf that does not fit"),
    ("Expected a value of type", "leaf that does not fit"),
)


class Watching(Executor):
    """Counts into `seen`, which belongs to one run."""

    def __init__(self, *args: Any, seen: Counter[str], **options: Any) -> None:
        super().__init__(*args, **options)
        self.seen = seen

    def execute_field(
        self, parent_type: Any, source: Any, details: Any, path: Any, position: Any
    ) -> Any:
        name = details[0].node.name.value
        self.seen[f"field {parent_type.name}.{name}"] += 1
        if len(details) > 1:
            self.seen["field answered for several places of the document"] += 1
        return super().execute_field(parent_type, source, details, path, position)

    def complete_value(
        self, return_type: Any, details: Any, info: Any, path: Any, result: Any, position: Any
    ) -> Any:
        if result is None or result is Undefined:
            if is_non_null_type(return_type):
                self.seen[f"null at {place_of(return_type, path)}"] += 1
                # As graphql-core does it, without counting the type inside as well.
                raise TypeError(
                    "Cannot return null for non-nullable field"
                    f" {info.parent_type}.{info.field_name}."
                )
            self.seen[f"null at {place_of(return_type, path)}"] += 1
        return super().complete_value(return_type, details, info, path, result, position)

    def handle_field_error(self, raw: Any, return_type: Any, details: Any, path: Any) -> None:
        where = place_of(return_type, path)
        if isinstance(raw, GraphQLError) and raw.path is not None:
            self.seen[f"null climbs to {where}"] += 1
        else:
            self.seen[f"error at {where}"] += 1
            self.seen[f"error: {_kind(raw, return_type)}"] += 1
        super().handle_field_error(raw, return_type, details, path)


class _All(CollectedErrors):
    """Also the errors below a place that is null already, such as those in a list that broke."""

    def add(self, error: GraphQLError, _path: Any) -> None:
        self.errors.append(error)


class Unpropagated(Executor):
    """Leaves each error where it arises: its errors are all that any order of events may report."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.error_propagation = False
        self.collected_errors = _All()


def place_of(return_type: Any, path: Any) -> str:
    """What may be null here, in words: leaf, object, choice or list; field or item."""
    must = is_non_null_type(return_type)
    inner = return_type.of_type if must else return_type
    if is_list_type(inner):
        kind = "list"
    elif is_leaf_type(inner):
        kind = "leaf"
    else:
        kind = "choice" if is_abstract_type(inner) else "object"
    where = "item" if isinstance(path.key, int) else "field"
    return f"{kind} {where} that {'must not' if must else 'may'} be null"


def _kind(raw: Exception, return_type: Any) -> str:
    text = str(raw)
    for part, kind in _KINDS:
        if part in text:
            return kind
    inner = return_type.of_type if is_non_null_type(return_type) else return_type
    return f"raised at a leaf ({type(raw).__name__})" if is_leaf_type(inner) else "raised elsewhere"


def at_once(resolve: Any, source: Any, info: Any, **arguments: Any) -> Any:
    """Middleware: what a resolver would answer later, it answers now where that needs no loop."""
    answer = resolve(source, info, **arguments)
    if not hasattr(answer, "send"):
        return answer
    try:
        while (waits_for := answer.send(None)) is None:
            pass
    except StopIteration as end:
        return end.value
    return _Rest(answer, waits_for)


class _Rest:
    """A coroutine that has begun and does wait for the loop."""

    def __init__(self, coroutine: Any, waits_for: Any) -> None:
        self._coroutine = coroutine
        self._waits_for = waits_for

    def __await__(self) -> Generator[Any, None, Any]:
        waits_for = self._waits_for
        try:
            while True:
                yield waits_for
                waits_for = self._coroutine.send(None)
        except StopIteration as end:
            return end.value
