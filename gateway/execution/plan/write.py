"""From the tree of an operation to the text of its plan: plain Python that can be read and dumped.

A function for the root, one for each list, and one for each object that asks somebody. What is
projected from records alone stands in one expression. `r` is a record, `p` its place in the answer
as nested pairs `(place, key)`, `q` the questions to await, `c` the run. `X` raises Fault.
"""

from itertools import count
from typing import Any

from graphql import GraphQLObjectType
from msgspec import Struct

from capabilities.errors import SantongError
from gateway.execution.plan.adapter import Attribute, Resolver, native_kind, record_of, text_of
from gateway.execution.plan.arguments import are_fixed
from gateway.execution.plan.ask import Asked
from gateway.execution.plan.errors import fault
from gateway.execution.plan.leaves import as_it_is, completer, enum_names, written_by
from gateway.execution.plan.objects import checked_object
from gateway.execution.plan.refusal import Refusal
from gateway.execution.plan.tree import Field, Kind, Out, Selection

_REST = ", p, q, c"
_INDENT = "    "


class Written(Struct, frozen=True):
    """The text of a plan, the constants it names, and the questions that it asks."""

    text: str
    constants: dict[str, Any]
    asked: tuple[Asked, ...]


class Writer:
    """Writes the functions of one operation."""

    def __init__(self) -> None:
        self._functions: list[str] = []
        self._constants: dict[str, Any] = {"X": fault}
        self._names: dict[tuple[str, int, bool], str] = {}
        self._asked: list[Asked] = []
        self._numbers = count()

    def write(self, root: Selection, *, serial: bool) -> Written:
        """The root is one function, or one a field where fields run one after the other."""
        parts = [(one,) for one in root.fields] if serial else [root.fields]
        names = [self._root(root, fields) for fields in parts]
        self._functions.append(f"roots = ({''.join(f'{name}, ' for name in names)})")
        text = "\n\n\n".join(self._functions) + "\n"
        return Written(text, self._constants, tuple(self._asked))

    # Functions

    def _root(self, root: Selection, fields: tuple[Field, ...]) -> str:
        part = Selection(kind=root.kind, fields=fields, pure=False)
        return self._function("root", f"r{_REST}", self._body(part, check=False))

    def _body(self, selection: Selection, *, check: bool = True) -> list[str]:
        """An object that asks: what is to be awaited is put in its place later."""
        lines = [f"if not ({self._check(selection, 'r')}): X()"] if check else []
        questions: list[str] = []
        kind = selection.kind
        pairs = [
            f"{one.key!r}: {self._field(kind, one, 'r', questions)}" for one in selection.fields
        ]
        lines.append(f"d = {{{', '.join(pairs)}}}")
        return [*lines, *questions, "return d"]

    def _function(self, stem: str, parameters: str, lines: list[str]) -> str:
        name = f"{stem}_{next(self._numbers)}"
        body = "\n".join(_INDENT + line for line in lines)
        self._functions.append(f"def {name}({parameters}):\n{body}")
        return name

    # Fields

    def _field(
        self, kind: GraphQLObjectType, field: Field, parent: str, questions: list[str]
    ) -> str:
        """The expression of a field, and for one that is awaited the line that asks for it."""
        if isinstance(field.answer, str):
            return repr(field.answer)
        place = f"(p, {field.key!r})"
        if field.refused is not None:
            return self._refused(field, field.refused, place)
        if isinstance(field.answer, Attribute):
            text = text_of(kind, field.answer.name)
            if text is not None:
                return f"{parent}.{text}"
            return self._value(_known(field.out), f"{parent}.{field.answer.name}", place)
        asked = self._ask(field, field.answer)
        if not asked.is_async:
            value = f"{self._constant('K', asked)}.now({parent}, {place}, c)"
            return self._value(_known(field.out), value, place)
        questions.append(f"q.append(({self._constant('K', asked)}, {parent}, {place}, d))")
        return "None"

    def _refused(self, field: Field, error: SantongError, place: str) -> str:
        """A field that is kept from the caller; what else may be wrong there graphql-core says."""
        plain = isinstance(field.answer, Attribute) or are_fixed(field.definition, field.nodes[0])
        if not (plain and _known(field.out).nullable):
            return "X()"
        return f"c.refuse({self._constant('F', Refusal(error, field.nodes))}, {place})"

    def _ask(self, field: Field, resolver: Resolver) -> Asked:
        asked = Asked(field, resolver, len(self._asked))
        self._asked.append(asked)
        if asked.is_async:
            value = self._value(_known(field.out), "v", "p")
            asked.completes = self._function("done", f"v{_REST}", [f"return {value}"])
        return asked

    # Values

    def _value(self, out: Out, source: str, place: str) -> str:
        """The completed value of an expression that is evaluated once."""
        if out.kind is Kind.LEAF:
            return self._leaf(out, source)
        name = f"v{next(self._numbers)}"
        whole = self._whole(out, name, place)
        if out.nullable:
            return f"(None if ({name} := {source}) is None else {whole})"
        return f"({whole} if ({name} := {source}) is not None else X())"

    def _whole(self, out: Out, name: str, place: str) -> str:
        """The completed value of a variable that is not None."""
        if out.kind is Kind.LIST:
            return self._list(out, name, place)
        if out.kind is Kind.OBJECT:
            return self._object(out.selections[0], name, place)
        rest = "" if out.pure else f", {place}, q, c"
        table = {
            native_kind(one.kind) or record_of(one.kind): self._constant_function(
                one, pure=out.pure
            )
            for one in out.selections
        }
        native = any(isinstance(key, str) for key in table)
        which = f"getattr({name}, 'kind', None)" if native else f"type({name})"
        return f"({self._late(table)}.get({which}) or X)({name}{rest})"

    def _object(self, selection: Selection, name: str, place: str) -> str:
        if not selection.pure:
            function = self._function("object", f"r{_REST}", self._body(selection))
            return f"{function}({name}, {place}, q, c)"
        kind = selection.kind
        pairs = (f"{one.key!r}: {self._field(kind, one, name, [])}" for one in selection.fields)
        return f"({{{', '.join(pairs)}}} if {self._check(selection, name)} else X())"

    def _constant_function(self, selection: Selection, *, pure: bool) -> str:
        """A function of its own for one type of an abstract one."""
        if not pure:
            return self._function("object", f"r{_REST}", self._body(selection))
        return self._function("object", "r", [f"return {self._object(selection, 'r', '')}"])

    def _check(self, selection: Selection, name: str) -> str:
        """Whether a value is of the selection's type, as graphql-core would ask."""
        record = record_of(selection.kind)
        if record is not None:
            constant = self._constant("R", record)
            return f"type({name}) is {constant} or isinstance({name}, {constant})"
        return f"{self._constant('I', checked_object(selection.kind))}({name})"

    def _list(self, out: Out, name: str, place: str) -> str:
        item = _known(out.inner)
        if item.kind is Kind.LEAF:
            items = f"[{self._leaf(item, 'i', named='i')} for i in {name}]"
            return f"({items} if type({name}) is tuple or type({name}) is list else X())"
        pure = item.pure
        lines = [
            "if type(v) is not tuple and type(v) is not list: X()",
            "o = []",
            "a = o.append",
            "for r in v:" if pure else "for n, r in enumerate(v):",
        ]
        whole = self._whole(item, "r", "" if pure else "(p, n)")
        otherwise = "None" if item.nullable else "X()"
        lines.append(f"{_INDENT}a({whole} if r is not None else {otherwise})")
        function = self._function("each", "v" if pure else f"v{_REST}", [*lines, "return o"])
        return f"{function}({name})" if pure else f"{function}({name}, {place}, q, c)"

    def _leaf(self, out: Out, source: str, *, named: str | None = None) -> str:
        """A leaf; `named` says that the source is a variable already."""
        name = named or f"v{next(self._numbers)}"
        first = name if named else f"({name} := {source})"
        whole = self._completer(out)
        names = enum_names(out.named)
        if names is not None:
            table = self._constant("E", names)
            return f"({table}.get(id({first})) or {whole}({name}))"
        test = as_it_is(out.named)
        written = written_by(out.named) if test is None else None
        if written is not None:
            exact, write = (self._constant("W", one) for one in written)
            return f"({write}({name}) if type({first}) is {exact} else {whole}({name}))"
        if test is None:
            return f"{whole}({source})"
        head, _, tail = test.partition("{v}")
        return f"({name} if {head}{first}{tail.format(v=name)} else {whole}({name}))"

    # Constants

    def _completer(self, out: Out) -> str:
        key = ("leaf", id(out.named), out.nullable)
        if key not in self._names:
            made = completer(out.named, nullable=out.nullable)
            self._names[key] = self._constant("S", made)
        return self._names[key]

    def _constant(self, stem: str, value: Any) -> str:
        key = (stem, id(value), False)
        if key not in self._names:
            self._names[key] = f"{stem}{len(self._constants)}"
            self._constants[self._names[key]] = value
        return self._names[key]

    def _late(self, table: dict[Any, str]) -> str:
        """A table of functions that are known by name only until the text is compiled."""
        name = f"D{len(self._constants)}"
        self._constants[name] = table
        return name


def _known(out: Out | None) -> Out:
    if out is None:
        raise TypeError("a field without an output type")
    return out
