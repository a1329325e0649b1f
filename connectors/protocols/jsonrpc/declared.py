"""JSON-RPC as manifests declare it: how the system is called, and conditions on its models."""

from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from connectors.protocols.declared import Declared, Finding, Keys, lookups
from connectors.protocols.meanings import ERRORS

_TEXT: dict[str, Any] = {"type": "string"}
CONVENTIONS = ("odoo", "tryton")


class Call(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the system is called; `database` and `user` are templates, `password` names a secret.

    `path` is below the address, where it is not the convention's own; `context` goes with every
    search.
    """

    convention: str
    database: str
    user: str
    password: str
    path: str | None = None
    context: dict[str, Any] = {}


class JsonRpcFile(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What all of a JSON-RPC manifest shares."""

    jsonrpc: Call
    errors: dict[str, tuple[str, ...]] = {}


class JsonRpcSection(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Conditions that always hold, and what is read beside the mapping's own paths.

    `related` are models behind lists of ids, which a second call reads.
    """

    domain: tuple[Any, ...] = ()
    related: dict[str, str] = {}
    select: tuple[str, ...] = ()


class JsonRpcLookup(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A look-up by a field that is in a list of keys."""

    field: str = ""
    literal: str = "text"


def _check(manifest: dict[str, Any]) -> Iterator[Finding]:
    odoo = manifest.get("jsonrpc", {}).get("convention") == "odoo"
    for name, section in manifest.items():
        if not isinstance(section, dict) or "record" not in section:
            continue
        if "related" in section and not odoo:
            message = "'related' is for odoo; tryton reads along by whole paths"
            yield Finding((name, "related"), "MANIFEST_UNKNOWN_FIELD", message)
        for path, lookup in lookups(section):
            if lookup.get("literal") == "guid":
                message = "'guid' is no choice here; valid: integer, text"
                yield Finding((name, *path, "literal"), "MANIFEST_BAD_CHOICE", message)
        number = section["record"].get("number", section["record"].get("key"))
        if "order" in section and section.get("external_id", number) != "id":
            message = "'external_id' is missing: a list goes on without the ids that were read"
            yield Finding((name,), "MANIFEST_MISSING_FIELD", message)


_CALL = {
    "type": "object",
    "properties": {
        "convention": {"enum": list(CONVENTIONS)},
        **dict.fromkeys(("database", "user", "password", "path"), _TEXT),
        "context": {"type": "object"},
    },
    "required": ["convention", "database", "user", "password"],
    "additionalProperties": False,
}

JSONRPC = Declared(
    name="jsonrpc",
    ways=("field",),
    keys={
        "file": Keys(JsonRpcFile, {"jsonrpc": _CALL, "errors": ERRORS}, needed=("jsonrpc",)),
        "section": Keys(
            JsonRpcSection,
            {
                "domain": {"type": "array"},
                "related": {"type": "object", "additionalProperties": _TEXT},
                "select": {"type": "array", "items": _TEXT},
            },
            needed=("resource",),
        ),
        "lookup": Keys(
            JsonRpcLookup, {"field": _TEXT, "literal": {"enum": ["guid", "integer", "text"]}}
        ),
    },
    order_needs=("by",),
    ties=("complete",),
    check=_check,
)
