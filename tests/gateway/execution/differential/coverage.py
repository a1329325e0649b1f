"""What a series of operations must have met, how often, and the table of how often it did."""

from collections import Counter
from collections.abc import Iterator
from itertools import product

from graphql import GraphQLInputObjectType, GraphQLObjectType, GraphQLSchema

LEAST = 20
_OF_THE_SCHEMA = ("field ", "argument ", "variable in ", "input ")
_SORTS = ("object", "interface", "union")
_WHERE = ("field", "inline", "spread")
_PLACES = tuple(
    f"{kind} {where} that {may} be null"
    for kind, where, may in product(
        ("leaf", "object", "choice", "list"), ("field", "item"), ("may", "must not")
    )
)
_DOCUMENTS = (
    *(f"@{n} {v} on {w}" for n, v, w in product(("skip", "include"), ("true", "false"), _WHERE)),
    *(f"@{name} variable on {where}" for name, where in product(("skip", "include"), _WHERE)),
    *(f"both directives on {where}" for where in _WHERE),
    *(f"{how} of {on} in {at}" for how, on, at in product(("inline", "spread"), _SORTS, _SORTS)),
    *(f"__typename on {sort}" for sort in _SORTS),
    *(f"field merged on {sort}" for sort in ("leaf", *_SORTS)),
    "inline without condition",
    "fragment spread again",
    "field answered for several places of the document",
    "alias",
    "document with several operations",
    "introspection",
    "operation query",
    "operation mutation",
    "argument null",
    "argument of one item for a list",
    "variable given",
    "variable left out",
    "variable null",
    "variable wrong",
    "variable nobody declared",
    "variable used again",
    "variable with a default for a place that must not be null",
    "variable that may be null for a place with a default",
    "error without a path",
)
_FAULTS = (
    *(f"null at {place}" for place in _PLACES),
    *(f"error at {place}" for place in _PLACES),
    # Below a leaf nothing is, so no null climbs to one.
    *(f"null climbs to {place}" for place in _PLACES if not place.startswith("leaf")),
    *(f"null climbs {levels} levels" for levels in (0, 1, 2, 3, 4)),
    "null climbs to the root",
    *(
        f"error: {kind}"
        for kind in (
            "null where none may be",
            "no list where a list is due",
            "object of another type",
            "choice without a type",
            "argument that does not fit",
            "leaf that does not fit",
            "raised at a leaf (BadInput)",
            "raised at a leaf (GraphQLError)",
            "raised at a leaf (KeyError)",
            "raised at a leaf (LookupError)",
            "raised at a leaf (RuntimeError)",
            "raised at a leaf (SantongError)",
            "raised at a leaf (TimedOut)",
            "raised at a leaf (ValueError)",
            "raised elsewhere",
        )
    ),
)


def required(schema: GraphQLSchema, *, faults: bool) -> Iterator[str]:
    """Names of all that must be met: of the schema, of documents, and of nulls where asked."""
    for kind in schema.type_map.values():
        if kind.name.startswith("__"):
            continue
        if isinstance(kind, GraphQLObjectType):
            for name, field in kind.fields.items():
                yield f"field {kind.name}.{name}"
                for argument in field.args:
                    yield f"argument {kind.name}.{name}({argument}:)"
                    yield f"variable in {kind.name}.{name}({argument}:)"
        elif isinstance(kind, GraphQLInputObjectType):
            for name in kind.fields:
                yield f"input {kind.name}.{name}"
    yield from _DOCUMENTS
    if faults:
        yield from _FAULTS


def missed(
    schema: GraphQLSchema, seen: Counter[str], *, faults: bool, least: int = LEAST
) -> dict[str, int]:
    """What was met less often than it must be: what is of the schema fewer than `least` times."""
    return {
        name: seen[name]
        for name in required(schema, faults=faults)
        if seen[name] < (least if name.startswith(_OF_THE_SCHEMA) else LEAST)
    }


def table(schema: GraphQLSchema, seen: Counter[str], *, faults: bool) -> str:
    """The report as Markdown."""
    names = list(required(schema, faults=faults))
    rows = [f"| {name} | {seen[name]} |" for name in names]
    rest = [f"| {name} | {n} |" for name, n in sorted(seen.items()) if name not in set(names)]
    return "\n".join(("| What | How often |", "|---|---:|", *rows, *rest))
