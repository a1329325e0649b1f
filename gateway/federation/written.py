"""A text of an operator in YAML: its values, and where each of them stands."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import msgspec
import yaml

from capabilities.errors import SantongError

Keys = Sequence[str | int]


class EstateFault(SantongError):
    """What an operator wrote cannot be put in force; it says where, and what is allowed.

    `reason` is the message without its place, for those who show line, column and path apart.
    """

    code = "ESTATE_INVALID"

    def __init__(
        self,
        message: str,
        *,
        reason: str | None = None,
        line: int | None = None,
        column: int | None = None,
        path: str | None = None,
    ) -> None:
        super().__init__(message)
        self.reason = message if reason is None else reason
        self.line, self.column, self.path = line, column, path


class Written(msgspec.Struct, frozen=True):
    """The values of a text and the nodes that they came from; `name` is what faults call it."""

    name: str
    raw: Any
    tree: yaml.Node | None
    text: str = ""
    prefix: tuple[str | int, ...] = ()

    def below(self, *keys: str | int) -> Self:
        """The same text, for faults whose keys are counted from there."""
        return msgspec.structs.replace(self, prefix=(*self.prefix, *keys))

    def fault(self, keys: Keys, reason: str) -> EstateFault:
        """What is wrong at a place: `file:line:column: the.keys: why`."""
        whole = (*self.prefix, *keys)
        mark = self.node(whole, nearest=True)
        line, column = (1, 1) if mark is None else _place(mark)
        path = dotted(whole)
        return EstateFault(
            f"{self.name}:{line}:{column}: {path or 'the file'}: {reason}",
            reason=reason,
            line=line,
            column=column,
            path=path or None,
        )

    def node(self, keys: Keys, *, nearest: bool = False) -> yaml.Node | None:
        """The node at a place; with `nearest` the deepest one on the way there."""
        node = self.tree
        for key in keys:
            found = _child(node, key)
            if found is None:
                return node if nearest else None
            node = found
        return node


def read_written(path: Path, what: str) -> Written:
    """The text of a file; EstateFault where it cannot be read."""
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as exc:
        raise EstateFault(f"{path}: {what} cannot be read") from exc
    return parse_written(text, str(path))


def parse_written(text: str, name: str) -> Written:
    """A text as values with their places; EstateFault where it is no YAML."""
    try:
        tree = yaml.compose(text, Loader=yaml.SafeLoader)
        raw = yaml.safe_load(text)
    except yaml.YAMLError as exc:
        mark = getattr(exc, "problem_mark", None)
        line, column = (mark.line + 1, mark.column + 1) if mark else (None, None)
        where = f"{name}:{line}:{column}" if mark else name
        reason = "this is no YAML"
        raise EstateFault(f"{where}: {reason}", reason=reason, line=line, column=column) from exc
    except (RecursionError, ValueError, TypeError) as exc:  # nested too deep; a key that is a list
        raise EstateFault(f"{name}: this is no YAML", reason="this is no YAML") from exc
    return Written(name, raw, tree, text)


def keys_of(place: str) -> list[str | int]:
    """The place of a msgspec message as keys; `[...]` stands for a key that it does not name."""
    keys: list[str | int] = []
    named = place.rpartition("key` in `")[2].replace("[...]", "")
    for part in named.removeprefix("$").replace("[", ".[").split("."):
        if part.startswith("["):
            inner = part.strip("[]")
            if inner.isdigit():
                keys.append(int(inner))
        elif part:
            keys.append(part)
    return keys


def dotted(keys: Keys) -> str:
    """Keys as an operator reads them: `connectors[1].channels.order`."""
    return "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in keys).lstrip(".")


def _place(node: yaml.Node) -> tuple[int, int]:
    return node.start_mark.line + 1, node.start_mark.column + 1


def _child(node: yaml.Node | None, key: str | int) -> yaml.Node | None:
    if isinstance(node, yaml.SequenceNode) and isinstance(key, int):
        return node.value[key] if key < len(node.value) else None
    if isinstance(node, yaml.MappingNode):
        return next((value for name, value in node.value if name.value == key), None)
    return None
