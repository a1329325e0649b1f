"""OData as manifests declare it."""

from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from connectors.protocols.commanded import (
    bad_templates,
    commands_of,
    known_values,
    missing,
    unknown_in,
)
from connectors.protocols.declared import Declared, Finding, Keys, lookups
from connectors.protocols.templates import bad_marks

_TEXT = {"type": "string"}
_TEXTS = {"type": "array", "items": _TEXT}
_TRUE = {"const": True}
_FORMS = ("or", "in", "multipart", "json")
_ONLY_V4 = ("in", "json")


class Speech(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which version the system speaks, and how it is asked for several keys at once."""

    version: int = 2
    keys: str = "or"


class ODataFile(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What all of an OData manifest shares."""

    odata: Speech = Speech()


class ODataSection(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`expand` is the navigation that comes along, where it is not all that the mapping reads.

    `select` are fields that only functions of the mapping read. `version` is that of its service,
    where it is another than the file's. `count` says that the system counts a list for nothing.
    """

    expand: tuple[str, ...] = ()
    select: tuple[str, ...] = ()
    version: int | None = None
    count: bool = False


class ODataLookup(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A look-up by a property, or by the parts of a key that stand in several.

    `literal` is the type of the property; `pad` the width to which the system fills a number with
    zeros.
    """

    field: str = ""
    fields: tuple[str, ...] = ()
    split: str = "-"
    literal: str = "text"
    pad: int = 0


class ODataOrder(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`precision` is how many decimals of a second the system keeps.

    A moment between two of its own is compared as text by some systems, so it is never asked for.
    """

    precision: int = 6


class ODataItems(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Parts of an order that are changed together: `below` leads to them, `keys` name one.

    `ref` is the field that our lines call by; `body` what each is changed to.
    """

    below: str
    set: str
    keys: tuple[str, ...]
    ref: str
    body: dict[str, Any]


class ODataText(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A text of an order: `below` leads to it, `keys` (with values) name it, `field` holds it."""

    below: str
    set: str
    keys: dict[str, str]
    field: str


class ODataCommand(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A change of an order: a deep insert of `body`, `items` in a change set, or a `text`.

    `number_at` is the field with the number of what was made; `by` the one with our reference.
    """

    body: dict[str, Any] = {}
    number_at: str = ""
    by: str = ""
    items: ODataItems | None = None
    text: ODataText | None = None


_COMMANDS = {
    **dict.fromkeys(("place", "return"), ("body", "number_at")),
    **dict.fromkeys(("find", "find_return"), ("by", "number_at")),
    **dict.fromkeys(("cancel", "find_cancel"), ("items",)),
    **dict.fromkeys(("note", "service_request"), ("text",)),
}


def _commands(name: str, section: dict[str, Any]) -> Iterator[Finding]:
    yield from bad_templates(name, section, ("body",))
    known = known_values(section)
    for command, path, call in commands_of(section):
        if command not in _COMMANDS:
            yield unknown_in((name, *path), command, tuple(_COMMANDS))
            continue
        yield from missing((name, *path), call, _COMMANDS[command], "OData")
        yield from bad_marks(
            (name, *path, "items", "body"), call.get("items", {}).get("body"), known
        )
        yield from bad_marks((name, *path, "text", "keys"), call.get("text", {}).get("keys"), known)


def _check(manifest: dict[str, Any]) -> Iterator[Finding]:
    speech = manifest.get("odata", {})
    form, version = speech.get("keys", "or"), speech.get("version", 2)
    for name, section in manifest.items():
        if not isinstance(section, dict) or "record" not in section:
            continue
        yield from _commands(name, section)
        if form in _ONLY_V4 and section.get("version", version) != 4:  # noqa: PLR2004 - the version
            message = f"keys by {form!r} are of version 4, and {name} is not; valid: or, multipart"
            yield Finding(("odata", "keys"), "MANIFEST_BAD_CHOICE", message)
        for path, lookup in lookups(section):
            if "fields" in lookup and path[0] != "by_key":
                message = "'fields' is for the parts of a record's key; valid here: field"
                yield Finding((name, *path, "fields"), "MANIFEST_UNKNOWN_FIELD", message)


_ITEMS = {
    "type": "object",
    "properties": {
        "below": _TEXT,
        "set": _TEXT,
        "keys": {**_TEXTS, "minItems": 1},
        "ref": _TEXT,
        "body": {"type": "object"},
    },
    "required": ["below", "set", "keys", "ref", "body"],
    "additionalProperties": False,
}
_LONG_TEXT = {
    "type": "object",
    "properties": {
        "below": _TEXT,
        "set": _TEXT,
        "keys": {"type": "object", "additionalProperties": _TEXT},
        "field": _TEXT,
    },
    "required": ["below", "set", "keys", "field"],
    "additionalProperties": False,
}

_SPEECH = {
    "type": "object",
    "properties": {"version": {"enum": [2, 4]}, "keys": {"enum": list(_FORMS)}},
    "additionalProperties": False,
}

ODATA = Declared(
    name="odata",
    ways=("field", "fields"),
    keys={
        "file": Keys(ODataFile, {"odata": _SPEECH}),
        "section": Keys(
            ODataSection,
            {"expand": _TEXTS, "select": _TEXTS, "version": {"enum": [2, 4]}, "count": _TRUE},
            needed=("resource",),
        ),
        "lookup": Keys(
            ODataLookup,
            {
                "field": _TEXT,
                "fields": {**_TEXTS, "minItems": 2},
                "split": {**_TEXT, "minLength": 1},
                "literal": {"enum": ["guid", "integer", "text"]},
                "pad": {"type": "integer", "minimum": 1, "maximum": 40},
            },
        ),
        "command": Keys(
            ODataCommand,
            {
                "body": {"type": "object"},
                "number_at": _TEXT,
                "by": _TEXT,
                "items": _ITEMS,
                "text": _LONG_TEXT,
            },
        ),
        "order": Keys(ODataOrder, {"precision": {"type": "integer", "minimum": 0, "maximum": 6}}),
    },
    order_needs=("by", "channel", "key"),
    ties=("keyset",),
    check=_check,
)
