"""YAML text → plain values, with the line and column of every key and value.

Scalars are read plainly: `true`, `false`, `null` and whole numbers; everything else is text, so
that `no`, `1.0` and `2026-01-01` stay what the author wrote. Keys are always text.
"""

import re
from typing import Any

import yaml
from msgspec import Struct

from connectors.manifest.errors import Fault, ManifestError

Path = tuple[str | int, ...]

_INTEGER = re.compile(r"-?(0|[1-9][0-9]*)")
_WORDS = {"true": True, "false": False, "null": None, "~": None, "": None}
_MOST_NODES = 20_000
_DEEPEST = 40


class Source(Struct, frozen=True):
    """A manifest as text and as values; `places` holds 1-based (line, column) per path."""

    file: str
    value: Any
    places: dict[Path, tuple[int, int]]

    def fault(self, path: Path, code: str, message: str) -> Fault:
        """A fault at a path, or at the nearest known place above it."""
        while path and path not in self.places:
            path = path[:-1]
        line, column = self.places.get(path, (1, 1))
        return Fault(code=code, message=message, file=self.file, line=line, column=column)


def read_source(text: str, file: str) -> Source:
    """Parse a manifest; ManifestError for broken YAML or a key that stands twice."""
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as exc:
        raise ManifestError([_syntax(exc, file)]) from exc
    except RecursionError as exc:
        message = "nested too deep"
        fault = Fault(code="MANIFEST_TOO_LARGE", message=message, file=file, line=1, column=1)
        raise ManifestError([fault]) from exc
    reader = _Reader(file)
    value = reader.read(node, ()) if node is not None else None
    if reader.faults:
        raise ManifestError(reader.faults)
    return Source(file, value, reader.places)


def _syntax(exc: yaml.YAMLError, file: str) -> Fault:
    mark = getattr(exc, "problem_mark", None)
    line, column = (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)
    problem = getattr(exc, "problem", None) or "not readable as YAML"
    return Fault(code="MANIFEST_SYNTAX", message=problem, file=file, line=line, column=column)


class _Reader:
    """Walks composed nodes once; an alias is read again at each place that uses it."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.places: dict[Path, tuple[int, int]] = {}
        self.faults: list[Fault] = []
        self._nodes = 0

    def read(self, node: yaml.Node, path: Path) -> Any:
        self._nodes += 1
        if self._nodes > _MOST_NODES or len(path) > _DEEPEST:
            raise ManifestError([self._fault(node, "MANIFEST_TOO_LARGE", "too many values")])
        self.places.setdefault(path, _place(node))
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self.read(item, (*path, row)) for row, item in enumerate(node.value)]
        return _scalar(node)

    def _mapping(self, node: yaml.MappingNode, path: Path) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = str(key_node.value)
            if key in values:
                message = f"{key!r} stands twice in the same place"
                self.faults.append(self._fault(key_node, "MANIFEST_DUPLICATE_KEY", message))
                continue
            self.places[(*path, key)] = _place(key_node)
            values[key] = self.read(value_node, (*path, key))
        return values

    def _fault(self, node: yaml.Node, code: str, message: str) -> Fault:
        line, column = _place(node)
        return Fault(code=code, message=message, file=self.file, line=line, column=column)


def _place(node: yaml.Node) -> tuple[int, int]:
    return node.start_mark.line + 1, node.start_mark.column + 1


def _scalar(node: yaml.Node) -> Any:
    text = str(node.value)
    if isinstance(node, yaml.ScalarNode) and node.style is not None:
        return text
    if text in _WORDS:
        return _WORDS[text]
    return int(text) if _INTEGER.fullmatch(text) else text
