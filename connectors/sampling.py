"""Rows and records side by side: what each field of a record was made from."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import jmespath
import msgspec
from jmespath.exceptions import JMESPathError
from msgspec import Struct

from connectors.manifest.model import Section


class Side(Struct, frozen=True):
    """One field of a record, the paths of its row that it is made from, and both values."""

    field: str
    paths: tuple[str, ...]
    row: tuple[Any, ...]
    record: Any


def side_by_side(section: Section, row: Any, record: Any) -> list[Side]:
    """Every field that the manifest declares; of a list, its first entry."""
    values = row if isinstance(row, Mapping) else msgspec.to_builtins(row, enc_hook=str)
    return [
        Side(
            ".".join(names),
            paths,
            tuple(_found(path, values) for path in paths),
            _reached(record, names),
        )
        for names, paths in _leaves(section.record, (), "")
    ]


def _leaves(
    declared: Mapping[str, Any], above: tuple[str, ...], base: str
) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    for name, how in declared.items():
        names = (*above, name)
        if isinstance(how, Mapping) and isinstance(how.get("record"), Mapping):
            inner = f"{base}{how['each']}[0]." if "each" in how else base
            yield from _leaves(how["record"], names, inner)
        else:
            yield names, tuple(f"{base}{path}" for path in _paths(how))


def _paths(how: Any) -> Sequence[str]:
    """The paths that a field is made from, in whatever way."""
    if isinstance(how, str):
        return (how,)
    if isinstance(how, Mapping):
        ways = [how[key] for key in ("from", "any", "join", "of") if key in how]
        return [path for way in ways for path in _paths(way)]
    if isinstance(how, Sequence):
        return [path for one in how for path in _paths(one)]
    return ()


def _found(path: str, values: Any) -> Any:
    try:
        return jmespath.search(path, values)
    except JMESPathError:  # such as a column whose name is no identifier
        return values.get(path) if isinstance(values, Mapping) else None


def _reached(record: Any, names: tuple[str, ...]) -> Any:
    for name in names:
        if isinstance(record, tuple | list):
            record = record[0] if record else None
        record = getattr(record, name, None)
    return record
