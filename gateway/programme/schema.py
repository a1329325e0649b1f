"""The JSON Schema of programme files, derived from the records that they fill."""

import json
from typing import Any

import msgspec

from capabilities.points.policy import Policy

Schema = dict[str, Any]
_DECIMAL: Schema = {"type": ["string", "integer"], "pattern": r"^[0-9]+(\.[0-9]+)?$"}
_DAY: Schema = {"type": "string", "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}


def build_schema() -> Schema:
    """The whole schema; what is absent is left out of a file, never written as null."""
    made = _plain(msgspec.json.schema(Policy))
    whole = made["$defs"].pop("Policy")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **whole,
        "title": "Santong programme",
        "$defs": made["$defs"],
    }


def render_schema() -> str:
    """The text for an editor."""
    return json.dumps(build_schema(), indent=1, ensure_ascii=False) + "\n"


def _plain(node: Any) -> Any:
    if isinstance(node, list):
        return [_plain(one) for one in node]
    if not isinstance(node, dict):
        return node
    if "anyOf" in node:
        (node,) = [one for one in node["anyOf"] if one != {"type": "null"}]
    if node.get("format") == "decimal":
        return _DECIMAL
    if node.get("format") == "date":
        return _DAY
    return {
        key: " ".join(value.split()) if key == "description" else _plain(value)
        for key, value in node.items()
        if key != "default"
    }
