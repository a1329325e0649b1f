"""Where things lie in a body: rows, and what is said of the list, by one typed decode."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Generic, TypeVar, cast

import msgspec
from msgspec import Struct

from capabilities.errors import Garbled
from connectors._kit.strict_json import Decoder

T = TypeVar("T")
At = tuple[str, ...]
_TYPES = 256


class Body(Struct, Generic[T], frozen=True):
    """What a body held; rows that came as one object are a list of one."""

    rows: tuple[T, ...]
    said: Mapping[str, Any]
    root: bool


class Places(Struct, frozen=True):
    """Paths in a body: of the rows, and of what is said of them; `rows` () is the body itself."""

    rows: At = ()
    said: tuple[tuple[str, At], ...] = ()

    @property
    def plain(self) -> bool:
        """Whether the body is the list and says nothing of it."""
        return not self.rows and not self.said


def read_body(whole: Any, places: Places) -> Body[Any]:
    """The parts of a decoded body. A list that is missing is empty below a part that is there."""
    if not places.rows:
        rows = whole if isinstance(whole, tuple) else (whole,)
        return Body(rows, {}, root=True)
    said = {name: _at(whole, at) for name, at in places.said}
    root = _at(whole, places.rows[:1]) is not None
    rows = _at(whole, places.rows)
    if len(places.rows) == 1 and rows is None:
        root = False
    kept = rows if isinstance(rows, tuple) else () if rows is None else (rows,)
    return Body(kept, said, root=root)


def need_root(body: Body[T], places: Places, source: str) -> tuple[T, ...]:
    """The rows; Garbled where not even the part that holds them is there."""
    if not body.root:
        raise Garbled(f"the answer has no {places.rows[0]!r}", source=source)
    return body.rows


def _at(value: Any, path: At) -> Any:
    for step in path:
        if value is None:
            return None
        value = getattr(value, _name(step))
    return value


def _name(step: str) -> str:
    return "f_" + "".join(char if char.isalnum() else f"_{ord(char):x}_" for char in step)


@lru_cache(maxsize=_TYPES)
def body_decoder(row_type: Any, places: Places) -> Decoder[Any]:
    """A decoder for bodies with things at these places."""
    rows = tuple[row_type, ...] | row_type | None
    if not places.rows:
        return Decoder(cast("type[Any]", tuple[row_type, ...] | row_type))
    tree: dict[str, Any] = {}
    _plant(tree, places.rows, rows)
    for _, at in places.said:
        _plant(tree, at, Any)
    return Decoder(_struct(tree))


def _plant(tree: dict[str, Any], path: At, kind: Any) -> None:
    *above, last = path
    for step in above:
        below = tree.setdefault(step, {})
        if not isinstance(below, dict):
            return  # what lies deeper in something untyped is not looked for
        tree = below
    tree.setdefault(last, kind)


def _struct(tree: dict[str, Any]) -> type[Struct]:
    fields: list[tuple[str, Any, Any]] = []
    for name, below in tree.items():
        kind = _struct(below) if isinstance(below, dict) else below
        fields.append((_name(name), kind | None if kind is not Any else Any, None))
    renamed = {_name(name): name for name in tree}
    return msgspec.defstruct("Body", fields, rename=renamed, frozen=True)
