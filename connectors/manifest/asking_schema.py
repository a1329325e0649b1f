"""JSON Schema of how rows are asked: look-ups, orderings, searches."""

from typing import Any

from connectors.protocols.table import schema_of

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
COUNT: Schema = {"type": "integer", "minimum": 1, "maximum": 1000}
TEXTS: Schema = {"type": "array", "items": TEXT}
TABLE: Schema = {"type": "object", "additionalProperties": TEXT}
TRUE: Schema = {"const": True}


def object_of(properties: Schema, *required: str) -> Schema:
    """An object of these properties and no others."""
    needed: Schema = {"required": list(required)} if required else {}
    return {"type": "object", "properties": properties, **needed, "additionalProperties": False}


def lookup_schema() -> Schema:
    """A look-up by keys."""
    return object_of(
        {
            **schema_of("lookup"),
            "match": TEXT,
            "batch": COUNT,
            "keys": {**TEXT, "format": "regex"},
            "of": {"enum": ["email", "number"]},
            "spellings": {**TEXTS, "minItems": 1},
            "fixed": TABLE,
            "scan": TRUE,
        }
    )


def ordering_schema() -> Schema:
    """How a source sorts by time."""
    return object_of(
        {
            "ties": {"enum": ["complete", "keyset"]},
            "by": TEXT,
            "as": {"enum": ["instant", "local", "date"]},
            "channel": TEXT,
            "key": TEXT,
            "before": TEXT,
            "after": TEXT,
            "page_max": COUNT,
            **schema_of("order"),
        },
        "ties",
    )


def search_schema(filters: tuple[str, ...]) -> Schema:
    """A page of whole channels, with these filters."""
    values = {"type": "object", "additionalProperties": TEXTS}
    one = object_of(
        {
            "push": TEXT,
            "values": values,
            "window": TRUE,
            "scan": TRUE,
            "indexed": {"const": False},
        }
    )
    needs = {"type": "array", "items": {**TEXTS, "minItems": 1}, "minItems": 1}
    return object_of(
        {"filters": object_of(dict.fromkeys(filters, one)), "needs": needs, **schema_of("search")}
    )
