"""The manifest's JSON Schema, derived from the records that it fills.

`python -m connectors.manifest.schema` prints it; `schema.json` is the published copy.
"""

import json
from enum import Enum
from typing import Any

from msgspec import Struct

from capabilities.member.records import FOREIGN_KINDS, IdentityKind
from capabilities.money import Rounding
from connectors.manifest.model import SECTIONS, WAYS
from connectors.manifest.native import NATIVE_CASTS, NATIVE_SECTIONS, VISIBILITIES
from connectors.manifest.targets import KEYS, RECORDS, Kind, Target, targets
from connectors.protocols.auth_kinds import auth_schema
from connectors.protocols.table import PROTOCOLS, schema_of

Schema = dict[str, Any]

CASTS = (
    "text",
    "integer",
    "decimal",
    "money",
    "instant",
    "local",
    "date",
    "flag",
    "phone",
    "alpha",
)
FILTERS = {
    "memberships": ("home_store",),
    "orders": ("store", "status", "kind", "placed_at"),
    "stores": ("code",),
    "promotions": ("status",),
    "coupons": (),
}
_QUESTIONS = {
    "memberships": ("by_key", "by_identity", "search"),
    "orders": ("by_key", "by_customer", "search"),
    "order_mirrors": ("by_key",),
    "stores": ("by_key", "search"),
    "promotions": ("by_key", "search"),
    "coupons": ("by_key", "by_customer", "search"),
}
# Sections of which a system may say what changed.
_FEEDS = ("memberships", "orders")
_TEXT: Schema = {"type": "string"}
_NAME: Schema = {"type": "string", "pattern": "^[a-z][a-z0-9_]*$"}
_CURRENCY: Schema = {"type": "string", "pattern": "^[A-Z]{3}$"}
_COUNT: Schema = {"type": "integer", "minimum": 1, "maximum": 1000}
_TEXTS: Schema = {"type": "array", "items": _TEXT}
_TABLE: Schema = {"type": "object", "additionalProperties": _TEXT}
_TRUE: Schema = {"const": True}
_ROUNDING: Schema = {"enum": sorted(rule.name for rule in Rounding)}


def _object(properties: Schema, *required: str) -> Schema:
    needed: Schema = {"required": list(required)} if required else {}
    return {"type": "object", "properties": properties, **needed, "additionalProperties": False}


def build_schema() -> Schema:
    """The whole schema."""
    definitions: Schema = {}
    sections = {name: _section(name, definitions) for name in SECTIONS}
    manifest = _object(
        {
            "system": _NAME,
            "title": _TEXT,
            "version": _TEXT,
            "protocol": {"enum": sorted(PROTOCOLS)},
            "time": _object({"zone": _TEXT}, "zone"),
            "address": _TEXT,
            "headers": _TABLE,
            "parameters": _TABLE,
            "auth": auth_schema(),
            **schema_of("file"),
            **sections,
        },
        *("system", "title", "version", "protocol"),
    )
    manifest["anyOf"] = [{"required": [name]} for name in SECTIONS]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Santong manifest",
        "description": "How a system is spoken to, and how its rows become records.",
        **manifest,
        "$defs": definitions,
    }


def _section(name: str, definitions: Schema) -> Schema:
    record = RECORDS[name]
    lookup = {"$ref": "#/$defs/Lookup"}
    definitions.setdefault("Lookup", _lookup())
    questions = {
        "by_key": lookup,
        "by_customer": lookup,
        "by_identity": _object({kind.value: lookup for kind in IdentityKind}),
        "search": _search(FILTERS.get(name, ())),
    }
    asked = _QUESTIONS[name]
    native: Schema = {}
    if name == "memberships":
        native = {"identities": _object({kind.value: _TEXT for kind in FOREIGN_KINDS})}
    if name in NATIVE_SECTIONS:
        definitions.setdefault("NativeField", _native_field(definitions))
        native |= {"native": _native()}
    body = _object(
        {
            "record": _record(record, definitions),
            "channel": _object({"from": _TEXT, "push": _TEXT, "const": _TEXT, "setting": _TEXT}),
            "resource": _TEXT,
            "fixed": _TABLE,
            "currency": _CURRENCY,
            "currency_from": _TEXT,
            "external_id": _TEXT,
            "rounding": _ROUNDING,
            "false_is_none": _TRUE,
            "json": _TEXTS,
            "keep": _call(),
            "order": _ordering(),
            **schema_of("section"),
            **native,
            **{question: questions[question] for question in asked},
            **(_changes(definitions) if name in _FEEDS else {}),
        },
        *("record", "channel"),
    )
    body["anyOf"] = [{"required": [question]} for question in asked]
    body["properties"]["record"] = {**body["properties"]["record"], "required": [KEYS[name]]}
    return body


def _lookup() -> Schema:
    return _object(
        {
            **schema_of("lookup"),
            "match": _TEXT,
            "batch": _COUNT,
            "keys": {**_TEXT, "format": "regex"},
            "of": {"enum": ["email", "number"]},
            "spellings": {**_TEXTS, "minItems": 1},
            "fixed": _TABLE,
            "scan": _TRUE,
        }
    )


def _ordering() -> Schema:
    return _object(
        {
            "ties": {"enum": ["complete", "keyset"]},
            "by": _TEXT,
            "as": {"enum": ["instant", "local", "date"]},
            "channel": _TEXT,
            "key": _TEXT,
            "before": _TEXT,
            "after": _TEXT,
            "page_max": _COUNT,
            **schema_of("order"),
        },
        "ties",
    )


def _search(filters: tuple[str, ...]) -> Schema:
    values = {"type": "object", "additionalProperties": _TEXTS}
    one = _object(
        {
            "push": _TEXT,
            "values": values,
            "window": _TRUE,
            "scan": _TRUE,
            "indexed": {"const": False},
        }
    )
    needs = {"type": "array", "items": {**_TEXTS, "minItems": 1}, "minItems": 1}
    return _object(
        {"filters": _object(dict.fromkeys(filters, one)), "needs": needs, **schema_of("search")}
    )


def _changes(definitions: Schema) -> Schema:
    """The section under another order; what it does not say is as in the section."""
    definitions.setdefault("Part", _either(_WAYS))
    changes = _object(
        {
            "moment": {"$ref": "#/$defs/Part"},
            "order": _ordering(),
            "search": _object(schema_of("search")),
            "resource": _TEXT,
            "fixed": _TABLE,
            **schema_of("section"),
            "overlap_minutes": {"type": "integer", "minimum": 0, "maximum": 10_080},
            "new_apart": _TRUE,
        },
        *("moment", "order"),
    )
    return {"changes": changes}


def _native() -> Schema:
    """Fields by name; `system` is the interface's own."""
    return {
        "type": "object",
        "propertyNames": {"pattern": "^(?!system$)[a-z][A-Za-z0-9]*$"},
        "additionalProperties": {"$ref": "#/$defs/NativeField"},
    }


def _native_field(definitions: Schema) -> Schema:
    definitions.setdefault("Part", _either(_WAYS))
    money = ("currency", "currency_from", "rounding")
    ways = {name: rule for name, rule in _WAYS.items() if name not in money}
    return _either(
        {
            **ways,
            "as": {"enum": list(NATIVE_CASTS)},
            "visibility": {"enum": list(VISIBILITIES)},
            "description": _TEXT,
        }
    )


def _call() -> Schema:
    return _object({"call": _TEXT, "of": _TEXTS}, "call", "of")


def _record(record: type[Struct], definitions: Schema) -> Schema:
    name = record.__name__
    if name not in definitions:
        definitions[name] = {}
        fields = {key: _field(target, definitions) for key, target in targets(record).items()}
        definitions[name] = _object(fields)
    return {"$ref": f"#/$defs/{name}"}


def _field(target: Target, definitions: Schema) -> Schema:
    if target.kind is Kind.TEXTS:
        return {"type": "array", "items": _TEXT}
    if target.kind is Kind.CODES:
        one = {"kind": _TEXT, "from": _TEXT, "form": _TEXT, "none": _TEXTS}
        return {"type": "array", "items": _object(one, "kind", "from")}
    definitions.setdefault("Part", _either(_WAYS))
    if not (special := _special(target, definitions)):
        return {"$ref": "#/$defs/Part"}
    name = f"{target.kind.name.title()}Of{target.inner.__name__}"
    definitions.setdefault(name, _either({**_WAYS, **special}))
    return {"$ref": f"#/$defs/{name}"}


_WAYS: Schema = {
    "from": _TEXT,
    "any": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/Part"}},
    "join": {"type": "array", "minItems": 2, "items": _TEXT},
    "by": _TEXT,
    "call": _TEXT,
    "of": _TEXTS,
    "const": {"type": ["string", "integer", "boolean"]},
    "as": {"enum": list(CASTS)},
    "none": _TEXTS,
    "currency": _CURRENCY,
    "currency_from": _TEXT,
    "rounding": _ROUNDING,
    "zone": _TEXT,
    "unit": {"enum": ["milliseconds", "minor", "seconds"]},
    "format": _TEXT,
    "loose": _TRUE,
    "point": {"enum": [",", "."]},
}


def _special(target: Target, definitions: Schema) -> Schema:
    """What only fields of this kind have."""
    if target.kind is Kind.ENUM:
        words: Schema = {"enum": _members(target.inner)}
        table = {"type": "object", "additionalProperties": words, "minProperties": 1}
        return {"map": table, "blank": words, "const": words}
    if target.kind is Kind.RECORD:
        return {"record": _record(target.inner, definitions)}
    if target.kind is Kind.RECORDS:
        record = _record(target.inner, definitions)
        return {"each": _TEXT, "collapses": _TRUE, "record": record}
    return {}


def _either(ways: Schema) -> Schema:
    """A field is a path, or an object with exactly one way to make it."""
    whole = _object(ways)
    used = [way for way in WAYS if way in ways]
    # `each` says where, its `record` how: together they are one way.
    exact = [{"required": [way]} for way in used if not (way == "record" and "each" in ways)]
    return {"anyOf": [_TEXT, {**whole, "oneOf": exact}]}


def _members(kind: type[Enum]) -> list[str]:
    return [member.name for member in kind]


def render_schema() -> str:
    """The published text."""
    return json.dumps(build_schema(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    print(render_schema(), end="")  # noqa: T201 - the command's output
