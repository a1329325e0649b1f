"""Draws documents over any schema, valid by construction but for a few.

Two fields with one response name always are the same field with the same arguments and type in the
whole document, so they merge wherever they meet. Which field is drawn next depends on what was
answered least so far.
"""

from collections import Counter, deque
from collections.abc import Callable, Collection, Iterator, Sequence
from functools import partial
from random import Random
from typing import Any

from graphql import (
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
    is_abstract_type,
    is_composite_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    is_object_type,
)
from graphql.utilities import do_types_overlap
from msgspec import Struct

from tests.gateway.execution.differential.inputs import Inputs, has_default

_INTROSPECTION = (
    "__schema { queryType { name } types { kind } }",
    '__type(name: "Query") { kind name fields { name type { name } } }',
)
_MOST_FRAGMENTS = 5
_OFTEN = 30


class Variable(Struct, frozen=True):
    """A variable as an operation declares it; `place` is the argument that it was made for."""

    name: str
    kind: Any
    default: str | None
    place: str

    @property
    def declared(self) -> str:
        """Its declaration."""
        default = "" if self.default is None else f" = {self.default}"
        return f"${self.name}: {self.kind}{default}"


class Operation(Struct, frozen=True):
    """One operation of a document."""

    name: str | None
    kind: str
    variables: tuple[Variable, ...]


class Drawn(Struct, frozen=True):
    """A document, its operations, and how often it uses each feature."""

    text: str
    operations: tuple[Operation, ...]
    features: Counter[str]


class Fragment(Struct):
    """A named fragment that is whole; `uses` are the variables in it and below it."""

    name: str
    on: GraphQLNamedType
    text: str
    uses: set[str]


class Field(Struct, frozen=True):
    """A field as it was written, without its directives and selection."""

    head: str
    kind: GraphQLNamedType
    uses: frozenset[str]


class Step(Struct, frozen=True):
    """One field on the way to another."""

    kind: Any
    name: str


class Drawing:
    """Draws documents; `answered` counts the answered fields by coordinate.

    Fields in `seldom` are drawn no more than they must be; a share of the operations is `routed` to
    what was answered least.
    """

    def __init__(
        self,
        schema: GraphQLSchema,
        random: Random,
        inputs: Inputs,
        answered: Counter[str],
        seldom: Collection[str] = (),
        routed: float = 0.2,
    ) -> None:
        self._routed = routed
        self._seldom = seldom
        self._schema = schema
        self._random = random
        self._inputs = inputs
        self._answered = answered
        self._composite = [
            one
            for one in schema.type_map.values()
            if is_composite_type(one) and not one.name.startswith("__")
        ]
        self._overlapping: dict[str, list[Any]] = {}
        self._met: Counter[str] = Counter()
        self._tried: Counter[str] = Counter()
        self._needs: dict[str, float] = {}
        self._drawn = 0
        self._routes = dict(self._ways())
        self._begin()

    def _begin(self) -> None:
        self._names: dict[str, tuple[str, ...]] = {}
        self._variables: dict[str, Variable] = {}
        self._fragments: list[Fragment] = []
        self._made = 0
        self._uses: set[str] = set()
        self._route: list[Step] = []
        self._features: Counter[str] = Counter()
        self._given: Counter[str] = Counter()
        self._left = 0

    def document(self) -> Drawn:
        """One document with all that belongs to it."""
        self._begin()
        if self._drawn % 20 == 0:
            self._reckon()
        self._drawn += 1
        random = self._random
        count = 1 if random.random() < 0.85 else random.randint(2, 3)
        operations, texts = [], []
        for at in range(count):
            named = count > 1 or random.random() < 0.3
            operation, text = self._operation(f"Op{at}" if named else None)
            operations.append(operation)
            texts.append(text)
        texts += [f"fragment {one.name} on {one.on.name} {one.text}" for one in self._fragments]
        random.shuffle(texts)
        self._met.update(self._features)
        return Drawn("\n".join(texts), tuple(operations), self._features)

    def taken(self) -> Counter[str]:
        """What the variables of the last document were given, and the input fields so far."""
        taken, self._inputs.met = self._given + self._inputs.met, Counter()
        return taken

    def _operation(self, name: str | None) -> tuple[Operation, str]:
        random, schema = self._random, self._schema
        if random.random() < self._routed:
            wanted = min(self._routes, key=self._need_of)
            self._tried[wanted] += 1
            self._route = self._routes[wanted].copy()
        writes = schema.mutation_type is not None and (
            self._route[0].kind is schema.mutation_type if self._route else random.random() < 0.12
        )
        root = schema.mutation_type if writes else schema.query_type
        self._left = random.choice((2, 5, 10, 25, 50, 80))
        self._uses = set()
        selection = self._selection(root, random.randint(1, 7), 1 if self._left < 4 else 4)
        if not writes and random.random() < 0.02:
            selection = f"{{ {random.choice(_INTROSPECTION)} {selection[1:]}"
            self._features["introspection"] += 1
        variables = tuple(self._variables[one] for one in sorted(self._uses))
        kind = "mutation" if writes else "query"
        declared = ", ".join(one.declared for one in variables)
        if name is None and not variables and not writes and random.random() < 0.5:
            head = ""
        else:
            head = f"{kind} {name or ''}" + (f"({declared})" if declared else "") + " "
        self._features[f"operation {kind}"] += 1
        return Operation(name, kind, variables), head + selection

    def variables(self, operation: Operation) -> dict[str, Any] | None:
        """Values for the variables of an operation, now and then wrong ones."""
        random, found = self._random, {}
        for one in operation.variables:
            optional = one.default is not None or not is_non_null_type(one.kind)
            if optional and random.random() < 0.25:
                self._given["variable left out"] += 1
            elif random.random() < 0.01:
                found[one.name] = self._inputs.wrong()
                self._given["variable wrong"] += 1
            else:
                found[one.name] = self._inputs.json(one.kind, one.place)
                null = found[one.name] is None
                self._given["variable null" if null else "variable given"] += 1
        if random.random() < 0.02:
            found["nobody"] = 1
            self._given["variable nobody declared"] += 1
        return found or None

    # selections

    def _selection(self, kind: Any, depth: int, width: int, above: Sequence[Field] = ()) -> str:
        written: list[Field] = list(above)
        parts = self._steps(kind, depth, written)
        for _ in range(self._random.randint(1, max(1, width))):
            parts.append(self._part(kind, depth, width, written))
            if self._left <= 0:
                break
        return "{ " + " ".join(parts) + " }"

    def _part(self, kind: Any, depth: int, width: int, written: list[Field]) -> str:
        random = self._random
        luck = random.random()
        if luck < 0.06 or (isinstance(kind, GraphQLUnionType) and luck < 0.12):
            return self._typename(kind)
        if self._left > 0 and depth > 0:
            if isinstance(kind, GraphQLUnionType) or luck < 0.16 + 0.25 * is_abstract_type(kind):
                return self._fragment(kind, depth, width, written)
            if luck > 0.9 and written and not isinstance(kind, GraphQLUnionType):
                return self._again(depth, written)
        elif isinstance(kind, GraphQLUnionType):
            return self._typename(kind)
        return self._field(kind, depth, written)

    def _typename(self, kind: Any) -> str:
        self._features[f"__typename on {_sort(kind)}"] += 1
        return self._response("__typename", "", "String!") + self._directives("field")

    def _field(self, kind: Any, depth: int, written: list[Field]) -> str:
        self._left -= 1
        fields = [
            (name, field)
            for name, field in kind.fields.items()
            if (depth > 0 and self._left > 0) or is_leaf_type(get_named_type(field.type))
        ]
        if not fields:
            return self._typename(kind)
        weights = [self._wanted(kind, name, field) for name, field in fields]
        name, field = self._random.choices(fields, weights)[0]
        return self._named(kind, name, field, depth, written)

    def _named(
        self, kind: Any, name: str, field: GraphQLField, depth: int, written: list[Field]
    ) -> str:
        outer, self._uses = self._uses, set()
        arguments = self._arguments(f"{kind.name}.{name}", field)
        head = self._response(name, arguments, str(field.type))
        done = Field(head, get_named_type(field.type), frozenset(self._uses))
        self._uses |= outer
        written.append(done)
        return self._written(done, depth)

    # routes to what was answered least

    def _ways(self) -> Iterator[tuple[str, list[Step]]]:
        """For each field of each object type the shortest way to it, by its coordinate."""
        roots = [one for one in (self._schema.query_type, self._schema.mutation_type) if one]
        waiting: deque[tuple[Any, list[Step]]] = deque((one, []) for one in roots)
        known = set()
        while waiting:
            kind, route = waiting.popleft()
            if kind in known or is_leaf_type(kind):
                continue
            known.add(kind)
            if is_abstract_type(kind):
                waiting.extend((one, route) for one in self._schema.get_possible_types(kind))
                continue
            for name, field in kind.fields.items():
                step = [*route, Step(kind, name)]
                yield f"{kind.name}.{name}", step
                if f"{kind.name}.{name}" in self._seldom:
                    continue
                waiting.append((get_named_type(field.type), step))

    def _need_of(self, coordinate: str) -> int:
        # A field that is never answered would be the way of every operation.
        return self._answered[coordinate] + self._tried[coordinate]

    def _steps(self, kind: Any, depth: int, written: list[Field]) -> list[str]:
        """The next step of the route, where it starts here."""
        if not self._route or self._route[0].kind not in self._overlaps(kind):
            return []
        step = self._route.pop(0)
        own = written if step.kind is kind else []
        text = self._named(step.kind, step.name, step.kind.fields[step.name], max(depth, 1), own)
        return [text if step.kind is kind else f"... on {step.kind.name} {{ {text} }}"]

    def _wanted(self, kind: Any, name: str, field: GraphQLField) -> float:
        """How much a field is wanted: the less it, or one below it, was answered, the more."""
        below = self._needs.get(get_named_type(field.type).name, 0)
        if f"{kind.name}.{name}" in self._seldom:
            return 0.4 * self._need(kind, name)
        own = self._need(kind, name) if is_object_type(kind) else 0.002
        return max(own, below)

    def _need(self, kind: Any, name: str) -> float:
        return float((3 + self._answered[f"{kind.name}.{name}"]) ** -2)

    def _reckon(self) -> None:
        """How much each type is wanted, for the fields in it and a little less for those below."""
        needs: dict[str, float] = {}
        for _ in range(5):
            for kind in self._composite:
                if is_object_type(kind):
                    wanted = (
                        max(
                            self._need(kind, name),
                            needs.get(get_named_type(field.type).name, 0),
                        )
                        for name, field in kind.fields.items()
                    )
                else:
                    possible = self._schema.get_possible_types(kind)
                    wanted = (needs.get(one.name, 0) for one in possible)
                needs[kind.name] = 0.8 * max(wanted)
        self._needs = needs

    def _written(self, field: Field, depth: int) -> str:
        text = field.head + self._directives("field")
        if is_leaf_type(field.kind):
            return text
        return f"{text} {self._selection(field.kind, depth - 1, self._random.randint(1, 7))}"

    def _again(self, depth: int, written: list[Field]) -> str:
        """A field a second time, so that the two merge."""
        field = self._random.choice(written)
        self._uses |= field.uses
        self._features[f"field merged on {_sort(field.kind)}"] += 1
        return self._written(field, depth)

    def _response(self, name: str, arguments: str, kind: str) -> str:
        key = (name, arguments, kind)
        if self._random.random() < 0.8 and self._names.setdefault(name, key) == key:
            return name + arguments
        taken = ["id", "name", "x", "nodes", "text", "total", f"a{self._random.randint(1, 9)}"]
        self._random.shuffle(taken)
        for alias in taken:
            if self._names.setdefault(alias, key) == key:
                self._features["alias"] += 1
                return f"{alias}: {name}{arguments}"
        alias = f"b{len(self._names)}"
        self._names[alias] = key
        return f"{alias}: {name}{arguments}"

    # fragments

    def _fragment(self, kind: Any, depth: int, width: int, written: list[Field]) -> str:
        on = self._random.choice(self._overlaps(kind))
        if self._random.random() < 0.6:
            return self._inline(kind, on, depth, width, written)
        known = [one for one in self._fragments if one.on in self._overlaps(kind)]
        if known and (self._random.random() < 0.5 or len(self._fragments) >= _MOST_FRAGMENTS):
            fragment = self._random.choice(known)
            self._features["fragment spread again"] += 1
        elif self._made < _MOST_FRAGMENTS:
            fragment = self._new_fragment(on, depth, width, written if on is kind else ())
        else:
            return self._inline(kind, on, depth, width, written)
        self._uses |= fragment.uses
        self._features[f"spread of {_sort(fragment.on)} in {_sort(kind)}"] += 1
        return f"...{fragment.name}{self._directives('spread')}"

    def _inline(self, kind: Any, on: Any, depth: int, width: int, written: list[Field]) -> str:
        directives = self._directives("inline")
        if on is kind and self._random.random() < 0.5:
            self._features["inline without condition"] += 1
            return f"...{directives} {self._selection(kind, depth - 1, width, written)}"
        self._features[f"inline of {_sort(on)} in {_sort(kind)}"] += 1
        above = written if on is kind else ()
        return f"... on {on.name}{directives} {self._selection(on, depth - 1, width, above)}"

    def _new_fragment(self, on: Any, depth: int, width: int, written: Sequence[Field]) -> Fragment:
        self._made += 1
        name = f"F{self._made}"
        outer, self._uses = self._uses, set()
        text = self._selection(on, depth - 1, width, written)
        fragment = Fragment(name, on, text, self._uses)
        self._uses = outer
        self._fragments.append(fragment)
        return fragment

    def _overlaps(self, kind: Any) -> list[Any]:
        found = self._overlapping.get(kind.name)
        if found is None:
            found = [one for one in self._composite if do_types_overlap(self._schema, kind, one)]
            self._overlapping[kind.name] = found
        return found

    # directives

    def _directives(self, where: str) -> str:
        luck = self._random.random()
        if luck > 0.14:
            return ""
        names = ("skip", "include") if luck < 0.03 else (self._random.choice(("skip", "include")),)
        if len(names) > 1:
            self._features[f"both directives on {where}"] += 1
        return "".join(f" @{name}(if: {self._condition(name, where)})" for name in names)

    def _condition(self, name: str, where: str) -> str:
        if self._random.random() < 0.5:
            keeps = self._random.random() < 0.65
            value = keeps == (name == "include")
            self._features[f"@{name} {str(value).lower()} on {where}"] += 1
            return str(value).lower()
        self._features[f"@{name} variable on {where}"] += 1
        boolean = self._schema.type_map["Boolean"]
        return self._variable(GraphQLNonNull(boolean), "if", f"@{name}(if:)")

    # arguments

    def _arguments(self, coordinate: str, field: GraphQLField) -> str:
        chosen = [
            (name, one)
            for name, one in field.args.items()
            if (is_non_null_type(one.type) and not has_default(one))
            or self._random.random() < self._share(f"argument {coordinate}({name}:)", 0.3)
        ]
        if not chosen:
            return ""
        self._random.shuffle(chosen)
        parts = []
        for name, one in chosen:
            self._features[f"argument {coordinate}({name}:)"] += 1
            where = f"{coordinate}({name}:)"
            parts.append(f"{name}: {self._value(one.type, name, where, default=has_default(one))}")
        return f"({', '.join(parts)})"

    def _share(self, feature: str, usual: float) -> float:
        """How often something is done: more often what was done seldom so far."""
        return usual if self._met[feature] > _OFTEN else 0.9

    def _value(
        self, kind: Any, name: str, where: str, *, default: bool = False, one_of: bool = False,
        depth: int = 0, constant: bool = False,
    ) -> str:  # fmt: skip
        random = self._random
        if not constant and random.random() < (
            0.15 if depth else self._share(f"variable in {where}", 0.4)
        ):
            return self._variable(kind, name, where, default=default, one_of=one_of)
        if is_non_null_type(kind):
            kind = kind.of_type
        elif not one_of and (random.random() < 0.1 or depth > 4):
            self._features["argument null"] += 1
            return "null"
        deeper = partial(self._value, where=where, depth=depth + 1, constant=constant)
        if is_list_type(kind):
            if random.random() < 0.1 and not is_list_type(_bare(kind.of_type)):
                self._features["argument of one item for a list"] += 1
                return deeper(_not_null(kind.of_type), name=name)
            count = random.randint(0, 2 if depth < 3 else 0)
            return "[" + ", ".join(deeper(kind.of_type, name=name) for _ in range(count)) + "]"
        if isinstance(kind, GraphQLInputObjectType):
            return self._object(kind, depth, deeper)
        return self._inputs.leaf_literal(kind, name)

    def _object(self, kind: GraphQLInputObjectType, depth: int, deeper: Callable[..., str]) -> str:
        parts = []
        for name in self._inputs.fields(kind, depth):
            field = kind.fields[name]
            value = deeper(
                field.type,
                name=f"{kind.name}.{name}",
                default=has_default(field),
                one_of=bool(kind.is_one_of),
            )
            parts.append(f"{name}: {value}")
        return "{" + ", ".join(parts) + "}"

    def _variable(
        self, kind: Any, place: str, where: str, *, default: bool = False, one_of: bool = False
    ) -> str:
        declared, literal = self._declaration(kind, place, default=default, one_of=one_of)
        self._features[f"variable in {where}"] += 1
        for known in self._variables.values():
            alike = (str(known.kind), known.place) == (str(declared), place)
            bare = known.default is None and literal is None
            if alike and bare and self._random.random() < 0.5:
                self._uses.add(known.name)
                self._features["variable used again"] += 1
                return f"${known.name}"
        name = f"v{len(self._variables)}"
        self._variables[name] = Variable(name, declared, literal, place)
        self._uses.add(name)
        return f"${name}"

    def _declaration(
        self, kind: Any, place: str, *, default: bool, one_of: bool
    ) -> tuple[Any, str | None]:
        luck = self._random.random()
        nullable = _bare(kind)
        if one_of:
            return GraphQLNonNull(nullable), None
        constant = lambda one: self._value(one, place, "", constant=True)  # noqa: E731
        if is_non_null_type(kind):
            if luck < 0.3:
                self._features["variable with a default for a place that must not be null"] += 1
                return nullable, constant(GraphQLNonNull(nullable))
            if default and luck < 0.6:
                self._features["variable that may be null for a place with a default"] += 1
                return nullable, None
            return kind, constant(kind) if luck > 0.85 else None
        if luck < 0.3:
            return GraphQLNonNull(nullable), None
        return nullable, constant(nullable) if luck > 0.65 else None


def _bare(kind: Any) -> Any:
    return kind.of_type if is_non_null_type(kind) else kind


def _not_null(kind: Any) -> Any:
    return kind if is_non_null_type(kind) else GraphQLNonNull(kind)


def _sort(kind: Any) -> str:
    if isinstance(kind, GraphQLObjectType):
        return "object"
    if isinstance(kind, GraphQLInterfaceType):
        return "interface"
    return "union" if isinstance(kind, GraphQLUnionType) else "leaf"
