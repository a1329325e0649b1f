"""A checked manifest's plain values as its records; each protocol's own keys as its own record."""

from typing import Any

import msgspec

from connectors.manifest.model import SECTIONS, Manifest
from connectors.manifest.overlay import of_feed, overlaid
from connectors.protocols.declared import Declared, Level
from connectors.protocols.table import PROTOCOLS

_LEVELS: dict[str, Level] = {
    "by_key": "lookup",
    "by_customer": "lookup",
    "order": "order",
    "search": "search",
}


def as_manifest(value: dict[str, Any]) -> Manifest:
    """The manifest of values that keep the schema."""
    declared = PROTOCOLS[value["protocol"]]
    whole = _apart(value, declared, "file")
    for name in SECTIONS:
        if name in whole:
            whole[name] = _section(whole[name], declared)
    return msgspec.convert(whole, Manifest)


def _section(value: dict[str, Any], declared: Declared) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    if "changes" in value:
        asked = _section(overlaid(value), declared)
        changes = {"changes": {"section": asked, **of_feed(value["changes"])}}
    section = {**_apart(value, declared, "section"), **changes}
    for name, level in _LEVELS.items():
        if name in section:
            section[name] = _apart(section[name], declared, level)
    if "write" in section:
        calls = section["write"].items()
        section["write"] = {name: _apart(one, declared, "write") for name, one in calls}
    if "commands" in section:
        section["commands"] = {
            name: one if name == "values" else _apart(one, declared, "command")
            for name, one in section["commands"].items()
        }
    kinds = section.get("by_identity", {}).items()
    section["by_identity"] = {kind: _apart(one, declared, "lookup") for kind, one in kinds}
    return section


def _apart(value: dict[str, Any], declared: Declared, level: Level) -> dict[str, Any]:
    keys = declared.at(level)
    own = {name: one for name, one in value.items() if name in keys.schema}
    others = {name: one for name, one in value.items() if name not in own}
    return {**others, "own": msgspec.convert(own, keys.model)}
