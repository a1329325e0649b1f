"""The language of $filter: text to tokens to a tree.

Grammar: or := and ("or" and)* · and := not ("and" not)* · not := "not" not | primary ·
primary := "(" or ")" | function | property operator literal | property "in" list (V4)
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, time
from decimal import Decimal
from typing import Final

import msgspec

from demo.sap.failures import bad

Value = str | Decimal | bool | datetime | time | None
OPERATORS: Final = ("eq", "ne", "gt", "ge", "lt", "le")
FUNCTIONS: Final = {
    2: ("substringof", "startswith", "endswith"),
    4: ("contains", "startswith", "endswith"),
}


class Literal(msgspec.Struct, frozen=True):
    """A constant and the OData type that its spelling has."""

    kind: str
    value: Value


class Compare(msgspec.Struct, frozen=True):
    """`property operator literal`."""

    name: str
    operator: str
    literal: Literal


class Call(msgspec.Struct, frozen=True):
    """A text function over a property."""

    function: str
    name: str
    text: str


class Not(msgspec.Struct, frozen=True):
    """Negation."""

    inner: "Node"


class And(msgspec.Struct, frozen=True):
    """All of them."""

    parts: tuple["Node", ...]


class Or(msgspec.Struct, frozen=True):
    """Any of them."""

    parts: tuple["Node", ...]


Node = Compare | Call | Not | And | Or

_TYPED: Final = {
    2: r"(?P<typed>(?:datetimeoffset|datetime|time|guid)'[^']*')",
    4: r"(?P<moment>\d{4}-\d\d-\d\d(?:T[0-9:.]+(?:Z|[+-]\d\d:\d\d))?)",
}
_NUMBER: Final = {2: r"-?\d+(?:\.\d+)?[mMdDlLfF]?", 4: r"-?\d+(?:\.\d+)?"}
_TOKEN: Final = {
    version: re.compile(
        rf"\s*(?:{_TYPED[version]}"
        r"|(?P<string>'(?:[^']|'')*')"
        rf"|(?P<number>{_NUMBER[version]})"
        r"|(?P<word>[A-Za-z_][A-Za-z0-9_/]*)"
        r"|(?P<mark>[(),]))"
    )
    for version in _TYPED
}
_DURATION: Final = re.compile(r"PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.\d+)?S)?")
_DEPTH: Final = 50


def parse_filter(text: str, version: int = 2) -> Node:
    """Read a whole $filter; SapError 400 where it does not follow the version's grammar."""
    reader = _Reader(list(_tokens(text, version)), version)
    node = reader.either(0)
    if reader.peek() != ("end", ""):
        raise bad(f"Invalid token '{reader.peek()[1]}' in $filter")
    return node


def _tokens(text: str, version: int) -> Iterator[tuple[str, str]]:
    place, end = 0, len(text.rstrip())
    while place < end:
        found = _TOKEN[version].match(text, place)
        if found is None or found.lastgroup is None:
            raise bad(f"Invalid token at position {place} in $filter")
        yield found.lastgroup, found[found.lastgroup]
        place = found.end()


class _Reader:
    """Recursive descent over the tokens."""

    def __init__(self, tokens: list[tuple[str, str]], version: int) -> None:
        self._tokens = tokens
        self._version = version
        self._place = 0

    def peek(self) -> tuple[str, str]:
        return self._tokens[self._place] if self._place < len(self._tokens) else ("end", "")

    def either(self, depth: int) -> Node:
        parts = [self._both(depth)]
        while self._take("word", "or"):
            parts.append(self._both(depth))
        return parts[0] if len(parts) == 1 else Or(tuple(parts))

    def _both(self, depth: int) -> Node:
        parts = [self._negated(depth)]
        while self._take("word", "and"):
            parts.append(self._negated(depth))
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def _negated(self, depth: int) -> Node:
        if depth > _DEPTH:
            raise bad("$filter is nested too deep")
        if self._take("word", "not"):
            return Not(self._negated(depth + 1))
        if self._take("mark", "("):
            inner = self.either(depth + 1)
            self._expect("mark", ")")
            return inner
        return self._primary()

    def _primary(self) -> Node:
        kind, word = self._next()
        if kind != "word":
            raise bad(f"Invalid token '{word}' in $filter: a property is expected")
        if self._take("mark", "("):
            return self._call(word)
        kind, operator = self._next()
        if operator == "in" and self._version == 4:  # noqa: PLR2004 - the version
            return self._listed(word)
        if kind != "word" or operator not in OPERATORS:
            raise bad(f"Invalid operator '{operator}' in $filter; valid: {', '.join(OPERATORS)}")
        return Compare(word, operator, _literal(*self._next()))

    def _listed(self, name: str) -> Node:
        self._expect("mark", "(")
        parts = [Compare(name, "eq", _literal(*self._next()))]
        while self._take("mark", ","):
            parts.append(Compare(name, "eq", _literal(*self._next())))
        self._expect("mark", ")")
        return Or(tuple(parts))

    def _call(self, function: str) -> Node:
        valid = FUNCTIONS[self._version]
        if function not in valid:
            raise bad(f"Function '{function}' is not supported; valid: {', '.join(valid)}")
        first = self._next()
        self._expect("mark", ",")
        second = self._next()
        self._expect("mark", ")")
        text, name = (first, second) if function == "substringof" else (second, first)
        if text[0] != "string" or name[0] != "word":
            raise bad(f"Wrong arguments of function '{function}'")
        call = Call(function, name[1], _unquote(text[1]))
        if self._take("word", "eq"):
            wanted = self._next()
            if wanted not in {("word", "true"), ("word", "false")}:
                raise bad(f"Function '{function}' is compared with '{wanted[1]}'")
            return call if wanted[1] == "true" else Not(call)
        return call

    def _next(self) -> tuple[str, str]:
        token = self.peek()
        self._place += 1
        if token[0] == "end":
            raise bad("$filter ends too early")
        return token

    def _take(self, kind: str, text: str) -> bool:
        if self.peek() != (kind, text):
            return False
        self._place += 1
        return True

    def _expect(self, kind: str, text: str) -> None:
        if not self._take(kind, text):
            raise bad(f"'{text}' is expected in $filter instead of '{self.peek()[1]}'")


def _literal(kind: str, text: str) -> Literal:
    if kind == "string":
        return Literal("Edm.String", _unquote(text))
    if kind == "number":
        return Literal("Edm.Decimal", Decimal(text.rstrip("mMdDlLfF")))
    if kind == "moment":
        return _moment(text)
    if kind == "typed":
        name, _, body = text.partition("'")
        return _typed(name, body[:-1])
    if text in {"true", "false"}:
        return Literal("Edm.Boolean", text == "true")
    if text == "null":
        return Literal("null", None)
    raise bad(f"Invalid literal '{text}' in $filter")


def _typed(name: str, body: str) -> Literal:
    if name == "guid":
        return Literal("Edm.Guid", body)
    if name == "time":
        parts = _DURATION.fullmatch(body)
        if parts is None:
            raise bad(f"Invalid time literal '{body}'")
        return Literal("Edm.Time", _clock(*parts.groups(default="0")))
    try:
        at = datetime.fromisoformat(body)
    except ValueError as wrong:
        raise bad(f"Invalid {name} literal '{body}'") from wrong
    if name == "datetime":
        if at.tzinfo is not None:
            raise bad(f"Invalid datetime literal '{body}': it has no zone")
        return Literal("Edm.DateTime", at.replace(tzinfo=UTC))
    return Literal("Edm.DateTimeOffset", at if at.tzinfo else at.replace(tzinfo=UTC))


def _moment(text: str) -> Literal:
    try:
        at = datetime.fromisoformat(text)
    except ValueError as wrong:
        raise bad(f"Invalid literal '{text}'") from wrong
    if at.tzinfo is None:
        return Literal("Edm.Date", at.replace(tzinfo=UTC))
    return Literal("Edm.DateTimeOffset", at)


def _clock(hour: str, minute: str, second: str) -> time:
    try:
        return time(int(hour), int(minute), int(second))
    except ValueError as wrong:
        raise bad(f"Invalid time literal 'PT{hour}H{minute}M{second}S'") from wrong


def _unquote(text: str) -> str:
    return text[1:-1].replace("''", "'")
