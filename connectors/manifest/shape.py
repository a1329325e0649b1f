"""The row type of a section: only the fields that the mapping reads, each of them optional."""

import keyword
import re
from decimal import Decimal
from functools import cache
from typing import Any

import jmespath
import msgspec
from jmespath.exceptions import JMESPathError

from connectors._kit.folded import folded

# A name may be an attribute of XML: `@currency` of the row itself, `amount@currency` of a child.
_STEP = r"@?[A-Za-z_]\w*(@[A-Za-z_]\w*)?"
_PLAIN = re.compile(rf"{_STEP}(\.{_STEP})*")
_WORD = re.compile(r"[A-Za-z0-9_]")
_UNNAMED = re.compile(r"[\x00-\x1f\x7f-\x9f\"\\\ud800-\udfff]")
_OF_FIRST_CHILD = frozenset(
    {
        *("subexpression", "index_expression", "projection", "value_projection"),
        *("flatten", "filter_projection", "pipe", "slice"),
    }
)

# What a leaf may hold; numbers come as their text and never as a float.
LEAVES: dict[str, Any] = {
    "text": str | int | bool,
    "flag": str | int | bool,
    "maybe": Decimal | bool,
    "number": Decimal,
    "any": Any,
}


class Shape:
    """One level of a row: its leaves, and the levels below it."""

    def __init__(
        self, name: str, folded: frozenset[str] = frozenset(), *, false_is_none: bool = False
    ) -> None:
        self.name = name
        self.folded = folded
        self.false_is_none = false_is_none
        self.collapsing: set[str] = set()
        self.leaves: dict[str, str] = {}
        self.below: dict[str, Shape] = {}
        self.lists: set[str] = set()
        self.wholes: set[str] = set()
        self.deeper: dict[str, set[str]] = {}
        self.open: set[str] = set()

    def whole(self, path: str) -> None:
        """What stands at a plain path, handed to a function as it was decoded."""
        head, _, rest = path.partition(".")
        if rest:
            self.child(head).whole(rest)
        else:
            self.open.add(head)
            self.wholes.add(head)

    def leaf(self, path: str, kind: str) -> None:
        """Add a leaf at a plain path; two uses that differ make it free of a type."""
        head, _, rest = path.partition(".")
        if rest:
            self.child(head).leaf(rest, kind)
        else:
            self.open.add(head)
            self.leaves[head] = kind if self.leaves.get(head, kind) == kind else "any"

    def down(self, way: tuple[str | int, ...]) -> None:
        """A leaf without a type, of which only what lies at the end of a way down is read."""
        head, *rest = [step for step in way if isinstance(step, str)]
        if not rest:
            self.leaf(head, "any")
            return
        self.leaves[head] = "any"
        self.deeper.setdefault(head, set()).add(".".join((head, *rest)))

    def each(self, path: str, *, collapses: bool = False) -> "Shape":
        """The shape of the items of the list at a plain path; one alone may stand for a list."""
        *parents, last = path.split(".")
        holder = self
        for parent in parents:
            holder = holder.child(parent)
        holder.lists.add(last)
        if collapses:
            holder.collapsing.add(last)
        return holder.child(last)

    def child(self, name: str) -> "Shape":
        """The level below a field."""
        below = Shape(f"{self.name}_{name}", false_is_none=self.false_is_none)
        return self.below.setdefault(name, below)

    def build(self) -> type[msgspec.Struct]:
        """The struct of this level."""
        fields: list[tuple[str, Any, Any]] = [
            (identifier(name), LEAVES[kind] | None, None) for name, kind in self._own().items()
        ]
        for name, level in self.below.items():
            fields.append((identifier(name), self._level(name, level) | None, None))
        renamed = {identifier(name): name for name in (*self._own(), *self.below)}
        # What was decoded has no cycles, so the collector need not look at rows.
        return msgspec.defstruct(self.name, fields, rename=renamed, frozen=True, gc=False)

    def _level(self, name: str, level: "Shape") -> Any:
        """The type of what stands in a field that is no leaf."""
        inner: Any = level.build()
        kind = list[inner] if name in self.lists else inner
        if name in self.collapsing:
            kind = kind | inner
        if self.false_is_none:
            kind = kind | bool
        return folded(f"{self.name}_{identifier(name)}", kind) if name in self.folded else kind

    def paths(self, prefix: str = "") -> list[str]:
        """Every path that is read, in the source's names."""
        found = []
        for name in self._own():
            read = self.deeper.get(name) if name not in self.open else None
            found += [f"{prefix}{path}" for path in sorted(read or {name})]
        for name, level in self.below.items():
            inside = name in self.folded
            found += [f"{prefix}{name}"] if inside else level.paths(f"{prefix}{name}.")
        return found

    def _own(self) -> dict[str, str]:
        """The leaves; a level that is also handed over whole stays a level."""
        loose = {name: "any" for name in sorted(self.wholes) if name not in self.leaves}
        leaves = {**self.leaves, **loose}
        return {name: kind for name, kind in leaves.items() if name not in self.below}


def identifier(name: str) -> str:
    """A source's field name as a Python attribute; no two names become the same one."""
    plain = "".join(char if _WORD.fullmatch(char) else f"_{ord(char):x}_" for char in name)
    return f"f_{plain}" if keyword.iskeyword(plain) or plain[:1] in "_0123456789" else plain


def is_plain(path: str) -> bool:
    """Whether a path is attribute access only; anything deeper is JMESPath."""
    return _PLAIN.fullmatch(path) is not None


@cache
def roots(path: str) -> frozenset[str]:
    """The fields of a row that a JMESPath expression starts from; ValueError when it is none."""
    try:
        return _roots(jmespath.compile(path).parsed)
    except JMESPathError as exc:
        raise ValueError(str(exc).splitlines()[0]) from exc


def _roots(node: Any) -> frozenset[str]:
    if node["type"] == "field":
        if _UNNAMED.search(node["value"]):
            raise ValueError("a field's name holds a quote, a backslash or a control character")
        return frozenset({node["value"]})
    if node["type"] == "literal":
        return frozenset()
    if node["type"] == "current":
        raise ValueError("a path starts from a field of the row")
    children = node["children"]
    if node["type"] in _OF_FIRST_CHILD:
        children = children[:1]
    return frozenset().union(*(_roots(child) for child in children))


def steps(path: str) -> tuple[str | int, ...] | None:
    """A JMESPath that only goes down, as fields and places in lists; None for any other."""
    return _steps(jmespath.compile(path).parsed)


def _steps(node: Any) -> tuple[str | int, ...] | None:
    if node["type"] in ("field", "index"):
        return (node["value"],)
    if node["type"] not in ("subexpression", "index_expression"):
        return None
    found: tuple[str | int, ...] = ()
    for child in node["children"]:
        below = _steps(child)
        if below is None:
            return None
        found += below
    return found
