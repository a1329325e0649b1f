"""Drop folders as manifests declare them: which files hold what, and how their rows are read."""

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct

from connectors.choices import choices
from connectors.protocols.declared import Declared, Finding, Keys, Path, Schema
from connectors.protocols.files.feed import CELLS, ENCODINGS, FORMATS, Feed
from connectors.protocols.files.names import MARKS, day_faults, marks_of
from connectors.protocols.push.declared import check_copied

_TEXT: Schema = {"type": "string"}
_SOME: Schema = {"type": "array", "items": _TEXT, "minItems": 1}
_COUNT: Schema = {"type": "integer", "minimum": 0, "maximum": 100_000}
_PLACE: Schema = {"type": "integer", "minimum": 1, "maximum": 100_000}
# What only some formats have, and of these what they cannot do without.
_FLAT = frozenset({"columns", "footer", "group", "decimal_mark"})
_TREE = frozenset({"record", "carry", "lists", "drop"})
_OF: Mapping[str, frozenset[str]] = {
    "csv": _FLAT | {"delimiter"},
    "fixed": _FLAT,
    "json": _TREE,
    "xml": _TREE,
}
_NEEDED = {"csv": "columns", "fixed": "columns", "xml": "record"}


class FilesFile(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The feeds of a folder by name."""

    feeds: dict[str, Feed] = {}


def _object(properties: Schema, *required: str) -> Schema:
    needed: Schema = {"required": list(required)} if required else {}
    return {"type": "object", "properties": properties, **needed, "additionalProperties": False}


_COLUMN = _object(
    {
        "headings": _SOME,
        "bytes": {"type": "array", "items": _PLACE, "minItems": 2, "maxItems": 2},
        "as": {"enum": list(CELLS)},
        "width": {"type": "integer", "minimum": 1, "maximum": 100},
        "optional": {"const": True},
    }
)
_WORDS = _object({"from": _TEXT, "words": _SOME}, "from", "words")
_FEED = _object(
    {
        "section": _TEXT,
        "name": _TEXT,
        "format": {"enum": list(FORMATS)},
        "day": _TEXT,
        "done": _TEXT,
        "settle_seconds": _COUNT,
        "encoding": {"enum": list(ENCODINGS)},
        "delimiter": {"enum": ["auto", ",", ";", "\t", "|"]},
        "decimal_mark": {"enum": [".", ","]},
        "columns": {"type": "object", "minProperties": 1, "additionalProperties": _COLUMN},
        "footer": _SOME,
        "group": _object({"by": _SOME, "into": _TEXT, "head": _SOME}, "by"),
        "record": _TEXT,
        "carry": _SOME,
        "lists": _SOME,
        "drop": _SOME,
        "skip": {"type": "object", "additionalProperties": _WORDS},
        "void": _object({"when": _WORDS, "key": _SOME, "target": _SOME}, "when", "key", "target"),
    },
    *("section", "name", "format"),
)
_FEEDS: Schema = {"type": "object", "minProperties": 1, "additionalProperties": _FEED}


def _check(manifest: dict[str, Any]) -> Iterator[Finding]:
    yield from check_copied(manifest)
    for name, feed in manifest.get("feeds", {}).items():
        for path, code, message in _feed(manifest, feed):
            yield Finding(("feeds", name, *path), code, message)


def _feed(manifest: dict[str, Any], feed: dict[str, Any]) -> Iterator[Finding]:
    sections = [name for name, one in manifest.items() if isinstance(one, dict) and "record" in one]
    if feed["section"] not in sections:
        message = f"there is no section {feed['section']!r}; {choices(feed['section'], sections)}"
        yield Finding(("section",), "MANIFEST_BAD_CHOICE", message)
    yield from _names(feed)
    yield from _of_format(feed)
    columns = feed.get("columns", {})
    for key in ("by", "head"):
        for row, column in enumerate(feed.get("group", {}).get(key, ())):
            if column not in columns:
                message = f"there is no column {column!r}; {choices(column, columns)}"
                yield Finding(("group", key, row), "MANIFEST_BAD_CHOICE", message)
    void = feed.get("void")
    if void is not None and len(void["key"]) != len(void["target"]):
        message = "'target' has a path for each of 'key'"
        yield Finding(("void", "target"), "MANIFEST_BAD_VALUE", message)


def _names(feed: dict[str, Any]) -> Iterator[Finding]:
    for key, valid in (("name", MARKS), ("done", ("file",))):
        for mark in marks_of(feed.get(key, "")):
            if mark not in valid:
                message = f"unknown mark {{{mark}}}; {choices(mark, valid)}"
                yield Finding((key,), "MANIFEST_UNKNOWN_PARAMETER", message)
    found = marks_of(feed["name"])
    if len(set(found)) != len(found) or "/" in feed["name"]:
        message = "a file's name has each mark once, and no folder"
        yield Finding(("name",), "MANIFEST_BAD_VALUE", message)
    if "done" in feed and "{file}" not in feed["done"]:
        message = "a mark's name holds {file}, the name of the file that it stands for"
        yield Finding(("done",), "MANIFEST_BAD_VALUE", message)
    if "day" in feed and (fault := day_faults(feed["day"])) is not None:
        yield Finding(("day",), "MANIFEST_BAD_VALUE", fault)


def _of_format(feed: dict[str, Any]) -> Iterator[Finding]:
    """Keys that the format does not have, and what it cannot do without."""
    form = feed["format"]
    for key in sorted(frozenset().union(*_OF.values()) - _OF[form]):
        if key in feed:
            message = f"{key!r} is not for {form}; valid: {', '.join(sorted(_OF[form]))}"
            yield Finding((key,), "MANIFEST_UNKNOWN_FIELD", message)
    needed = _NEEDED.get(form)
    if needed is not None and needed not in feed:
        yield Finding((), "MANIFEST_MISSING_FIELD", f"{needed!r} is missing: {form} is read by it")
    for name, column in feed.get("columns", {}).items():
        path: Path = ("columns", name)
        if form == "fixed" and "bytes" not in column:
            message = "'bytes' is missing: where the column begins, and how long it is"
            yield Finding(path, "MANIFEST_MISSING_FIELD", message)
        if form == "csv" and "bytes" in column:
            message = "'bytes' is not for csv; valid: headings"
            yield Finding((*path, "bytes"), "MANIFEST_UNKNOWN_FIELD", message)


FILES = Declared(
    name="files",
    keys={"file": Keys(FilesFile, {"feeds": _FEEDS}, needed=("feeds",))},
    ties=("keyset",),
    check=_check,
)
