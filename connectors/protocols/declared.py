"""What a protocol adds to manifests: keys of its own, what it needs, what only it can check.

A protocol is a folder here with `declared.py` (a `Declared`, which imports nothing of
`connectors.manifest`), `speaking.py` (`open_speaker`: its client and Reader) and what those need,
and one row in `table.py`.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal, NamedTuple

from msgspec import Struct

Schema = dict[str, Any]
Path = tuple[str | int, ...]
Level = Literal["file", "section", "lookup", "order", "search", "write", "command"]

LEVELS: tuple[Level, ...] = ("file", "section", "lookup", "order", "search", "write", "command")


class NoKeys(Struct, frozen=True):
    """A level without keys of the protocol's own."""


class Keys(Struct, frozen=True):
    """Keys of one level: as values (`own` of the manifest's record), as JSON Schema, and a must."""

    model: type[Struct] = NoKeys
    schema: Mapping[str, Schema] = {}
    needed: tuple[str, ...] = ()


class Finding(NamedTuple):
    """A fault that only the protocol knows: its path in the manifest, its code and its message."""

    path: Path
    code: str
    message: str


def _finds_nothing(_manifest: dict[str, Any]) -> Iterator[Finding]:
    return iter(())


class Declared(Struct, frozen=True, kw_only=True):
    """A protocol as manifests see it.

    `ways` are keys of a look-up, one of which words the question; none where it needs no words.
    `order_needs` and `ties` say what an order has, `addressed` whether a manifest says where the
    system is. `check` sees a whole manifest of the protocol
    whose shape is right.
    """

    name: str
    ways: tuple[str, ...] = ()
    keys: Mapping[Level, Keys] = {}
    order_needs: tuple[str, ...] = ()
    ties: tuple[str, ...] = ("complete", "keyset")
    rows_are_text: bool = True
    addressed: bool = True
    check: Callable[[dict[str, Any]], Iterator[Finding]] = _finds_nothing

    def at(self, level: Level) -> Keys:
        """The keys of a level."""
        return self.keys.get(level, Keys())


def lookups(section: dict[str, Any]) -> Iterator[tuple[Path, dict[str, Any]]]:
    """The look-ups of a section, each with its path below the section."""
    for name in ("by_key", "by_customer"):
        if name in section:
            yield (name,), section[name]
    for kind, lookup in section.get("by_identity", {}).items():
        yield ("by_identity", kind), lookup
