"""The manifest's JSON Schema, derived from the records that it fills.

`python -m connectors.manifest.schema` prints it; `schema.json` is the published copy.
"""

import json
from enum import Enum

from msgspec import Struct

from capabilities.member.records import FOREIGN_KINDS, IdentityKind
from capabilities.money import Rounding
from capabilities.profile.rules import KEY_PATTERN
from connectors.hooks.declared import hooks_schema
from connectors.manifest.asking_schema import (
    TABLE,
    TEXT,
    TEXTS,
    TRUE,
    Schema,
    lookup_schema,
    object_of,
    ordering_schema,
    search_schema,
)
from connectors.manifest.attributes import ATTRIBUTE_CASTS
from connectors.manifest.commands_schema import commands_schema
from connectors.manifest.model import SECTIONS, WAYS, WRITES
from connectors.manifest.native import NATIVE_CASTS, NATIVE_SECTIONS, VISIBILITIES
from connectors.manifest.targets import KEYS, RECORDS, Kind, Target, targets
from connectors.protocols.auth_kinds import auth_schema
from connectors.protocols.table import PROTOCOLS, schema_of

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
    "orders": ("store", "status", "payment_status", "fulfillment_status", "kind", "placed_at"),
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
_NAME: Schema = {"type": "string", "pattern": "^[a-z][a-z0-9_]*$"}
_CURRENCY: Schema = {"type": "string", "pattern": "^[A-Z]{3}$"}
_OF_MONEY = ("currency", "currency_from", "rounding")
_ROUNDING: Schema = {"enum": sorted(rule.name for rule in Rounding)}


def build_schema() -> Schema:
    """The whole schema."""
    definitions: Schema = {}
    sections = {name: _section(name, definitions) for name in SECTIONS}
    manifest = object_of(
        {
            "system": _NAME,
            "title": TEXT,
            "version": TEXT,
            "protocol": {"enum": sorted(PROTOCOLS)},
            "time": object_of({"zone": TEXT}, "zone"),
            "address": TEXT,
            "headers": TABLE,
            "parameters": TABLE,
            "auth": auth_schema(),
            **schema_of("file"),
            **sections,
            "hooks": hooks_schema(),
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
    definitions.setdefault("Lookup", lookup_schema())
    questions = {
        "by_key": lookup,
        "by_customer": lookup,
        "by_identity": object_of({kind.value: lookup for kind in IdentityKind}),
        "search": search_schema(FILTERS.get(name, ())),
    }
    asked = _QUESTIONS[name]
    body = object_of(
        {
            "record": _record(record, definitions),
            "channel": object_of({"from": TEXT, "push": TEXT, "const": TEXT, "setting": TEXT}),
            "resource": TEXT,
            "fixed": TABLE,
            "currency": _CURRENCY,
            "currency_from": TEXT,
            "external_id": TEXT,
            "rounding": _ROUNDING,
            "false_is_none": TRUE,
            "json": TEXTS,
            "keep": _call(),
            "order": ordering_schema(),
            **schema_of("section"),
            **_own(name, definitions),
            **{question: questions[question] for question in asked},
            **(_changes(definitions) if name in _FEEDS else {}),
        },
        *("record", "channel"),
    )
    body["anyOf"] = [{"required": [question]} for question in asked]
    body["properties"]["record"] = {**body["properties"]["record"], "required": [KEYS[name]]}
    return body


def _own(name: str, definitions: Schema) -> Schema:
    """What only some sections have."""
    own: Schema = {}
    if name == "memberships":
        definitions.setdefault("Attribute", _attribute(definitions))
        own |= {
            "attributes": {
                "type": "object",
                "propertyNames": {"pattern": KEY_PATTERN},
                "additionalProperties": {"$ref": "#/$defs/Attribute"},
            },
            "identities": object_of({kind.value: TEXT for kind in FOREIGN_KINDS}),
            "write": object_of(dict.fromkeys(WRITES, object_of(schema_of("write"))), "find"),
        }
    if name == "orders":
        own |= {"commands": commands_schema()}
    if name in NATIVE_SECTIONS:
        definitions.setdefault("NativeField", _native_field(definitions))
        own |= {"native": _native()}
    return own


def _changes(definitions: Schema) -> Schema:
    """The section under another order; what it does not say is as in the section."""
    definitions.setdefault("Part", _either(_WAYS))
    changes = object_of(
        {
            "moment": {"$ref": "#/$defs/Part"},
            "order": ordering_schema(),
            "search": object_of(schema_of("search")),
            "resource": TEXT,
            "fixed": TABLE,
            **schema_of("section"),
            "overlap_minutes": {"type": "integer", "minimum": 0, "maximum": 10_080},
            "new_apart": TRUE,
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
    ways = {name: rule for name, rule in _WAYS.items() if name not in _OF_MONEY}
    return _either(
        {
            **ways,
            "as": {"enum": list(NATIVE_CASTS)},
            "visibility": {"enum": list(VISIBILITIES)},
            "description": TEXT,
        }
    )


def _attribute(definitions: Schema) -> Schema:
    """An attribute of a profile; `map` has our words for the system's."""
    definitions.setdefault("Part", _either(_WAYS))
    ways = {name: rule for name, rule in _WAYS.items() if name not in _OF_MONEY}
    return _either(
        {
            **ways,
            "as": {"enum": list(ATTRIBUTE_CASTS)},
            "map": {**TABLE, "minProperties": 1},
            "split": {"type": "string", "minLength": 1},
            "confidence": {"type": "integer", "minimum": 0, "maximum": 100},
        }
    )


def _call() -> Schema:
    return object_of({"call": TEXT, "of": TEXTS}, "call", "of")


def _record(record: type[Struct], definitions: Schema) -> Schema:
    name = record.__name__
    if name not in definitions:
        definitions[name] = {}
        fields = {key: _field(target, definitions) for key, target in targets(record).items()}
        definitions[name] = object_of(fields)
    return {"$ref": f"#/$defs/{name}"}


def _field(target: Target, definitions: Schema) -> Schema:
    if target.kind is Kind.TEXTS:
        return {"type": "array", "items": TEXT}
    if target.kind is Kind.CODES:
        one = {"kind": TEXT, "from": TEXT, "form": TEXT, "none": TEXTS}
        return {"type": "array", "items": object_of(one, "kind", "from")}
    definitions.setdefault("Part", _either(_WAYS))
    if not (special := _special(target, definitions)):
        return {"$ref": "#/$defs/Part"}
    name = f"{target.kind.name.title()}Of{target.inner.__name__}"
    definitions.setdefault(name, _either({**_WAYS, **special}))
    return {"$ref": f"#/$defs/{name}"}


_WAYS: Schema = {
    "from": TEXT,
    "any": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/Part"}},
    "join": {"type": "array", "minItems": 2, "items": TEXT},
    "by": TEXT,
    "call": TEXT,
    "of": TEXTS,
    "const": {"type": ["string", "integer", "boolean"]},
    "as": {"enum": list(CASTS)},
    "none": TEXTS,
    "currency": _CURRENCY,
    "currency_from": TEXT,
    "rounding": _ROUNDING,
    "zone": TEXT,
    "unit": {"enum": ["milliseconds", "minor", "seconds"]},
    "format": TEXT,
    "loose": TRUE,
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
        return {"each": TEXT, "collapses": TRUE, "record": record}
    return {}


def _either(ways: Schema) -> Schema:
    """A field is a path, or an object with exactly one way to make it."""
    whole = object_of(ways)
    used = [way for way in WAYS if way in ways]
    # `each` says where, its `record` how: together they are one way.
    exact = [{"required": [way]} for way in used if not (way == "record" and "each" in ways)]
    return {"anyOf": [TEXT, {**whole, "oneOf": exact}]}


def _members(kind: type[Enum]) -> list[str]:
    return [member.name for member in kind]


def render_schema() -> str:
    """The published text."""
    return json.dumps(build_schema(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    print(render_schema(), end="")  # noqa: T201 - the command's output
