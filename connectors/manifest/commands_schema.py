"""JSON Schema of how orders are placed and changed."""

from connectors.manifest.asking_schema import TABLE, TEXT, TRUE, Schema, object_of
from connectors.manifest.model import CHANGES, FINDS, TEXTS
from connectors.protocols.table import schema_of


def commands_schema() -> Schema:
    """A section's `commands`; texts have a line and a limit."""
    count: Schema = {"type": "integer", "minimum": 1, "maximum": 1_000_000}
    limit = object_of(
        {"characters": count, "octets": count, "basic_plane": TRUE},
        "characters",
    )
    call = schema_of("command")
    text = {**call, "line": TEXT, "limit": limit}
    calls = {name: object_of(text if name in TEXTS else call) for name in CHANGES}
    for name in TEXTS:
        calls[name]["required"] = ["line", "limit"]
    return object_of({"values": TABLE, **calls, **{name: object_of(call) for name in FINDS}})
