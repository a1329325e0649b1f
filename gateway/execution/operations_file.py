"""Registered operations as a file in git: what front-end tools write, checked entry by entry.

Two forms: an object of texts by their sha256, as Relay's compiler and graphql-codegen write it, and
the manifest of Apollo's `generate-persisted-query-manifest`.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from msgspec import Struct

from capabilities.errors import SantongError
from capabilities.operations import is_operation_hash, operation_hash

_APOLLO = "apollo-persisted-query-manifest"
_SHOWN = 60
_HALF = re.compile(r"[\ud800-\udfff]")


class OperationsFault(SantongError):
    """The file of operations cannot be put in force; the message says where and why."""

    code = "OPERATIONS_INVALID"


class ListedOperation(Struct, frozen=True, kw_only=True):
    """One entry of a file, and the line on which its hash stands."""

    sha256: str
    text: str
    name: str | None
    line: int


class OperationsFile(Struct, frozen=True, kw_only=True):
    """The entries of a file that can be used, and what is wrong with the others."""

    entries: tuple[ListedOperation, ...]
    faults: tuple[str, ...]


def read_operations(path: Path) -> dict[str, str]:
    """The texts of a file by their hash; OperationsFault with all its faults."""
    found = inspect_operations(path)
    if found.faults:
        raise OperationsFault("; ".join(found.faults))
    return {entry.sha256: entry.text for entry in found.entries}


def inspect_operations(path: Path) -> OperationsFile:
    """What a file holds; OperationsFault where it cannot be read at all."""
    try:
        written = path.read_text("utf-8-sig")
        listed = json.loads(written, object_pairs_hook=_once)
    except (OSError, UnicodeDecodeError) as exc:
        raise OperationsFault(f"{path}: the file of operations cannot be read") from exc
    except (ValueError, RecursionError) as exc:
        raise OperationsFault(f"{path}: this is no JSON: {exc}") from exc
    entries, faults, lines = [], [], _Lines(written)
    for place, key, text, name in _raw(listed, str(path)):
        line = lines.of(key)
        wrong = _fault(key, text)
        if wrong is None:
            entries.append(ListedOperation(sha256=key, text=text, name=name, line=line))
        else:
            faults.append(f"{path}:{line}: {place}: {wrong}")
    return OperationsFile(entries=tuple(entries), faults=tuple(faults))


def _raw(listed: Any, path: str) -> Iterator[tuple[str, Any, Any, str | None]]:
    """Place, hash, text and name of every entry, in either form."""
    if not isinstance(listed, dict):
        raise OperationsFault(f"{path}: write an object of texts by their sha256")
    if "format" not in listed:
        for key, text in listed.items():
            yield repr(key[:_SHOWN]), key, text, None
        return
    if listed["format"] != _APOLLO or listed.get("version") != 1:
        raise OperationsFault(f"{path}: the manifests that are known are {_APOLLO!r}, version 1")
    operations = listed.get("operations")
    if not isinstance(operations, list):
        raise OperationsFault(f"{path}: `operations` must be a list")
    for place, one in enumerate(operations):
        entry = one if isinstance(one, dict) else {}
        name = entry.get("name") if isinstance(entry.get("name"), str) else None
        yield f"operations[{place}]", entry.get("id"), entry.get("body"), name


def _fault(key: Any, text: Any) -> str | None:
    if not isinstance(text, str):
        return "its text is missing"
    if _HALF.search(text):
        return "its text holds half of a character, which UTF-8 cannot write"
    if not is_operation_hash(key):
        return "its id is no sha256 in 64 small hexadecimal digits; set the tool's hash to sha256"
    if operation_hash(text) != key:
        return f"its text has another sha256: {operation_hash(text)}"
    return None


class _Lines:
    """Finds the line of each hash in turn; entries come in the order of the file."""

    def __init__(self, written: str) -> None:
        self._written = written
        self._at = 0
        self._line = 1

    def of(self, key: Any) -> int:
        """The line of a hash behind the last one; that one's where it is none."""
        at = self._written.find(json.dumps(key), self._at) if isinstance(key, str) else -1
        if at >= 0:
            self._line += self._written.count("\n", self._at, at)
            self._at = at
        return self._line


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        counted = Counter(name for name, _ in pairs)
        twice = next(name for name, count in counted.items() if count > 1)
        raise ValueError(f"{twice[:_SHOWN]!r} stands twice in one object")
    return found
