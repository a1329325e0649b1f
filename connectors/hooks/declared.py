"""What a manifest says of its system's webhooks, and the schema of it."""

from typing import Any

from msgspec import Struct

from connectors.hooks.proving import KINDS

_TEXT = {"type": "string", "minLength": 1, "maxLength": 500}

_PLACES = ("signature", "order", "delivery", "topic", "seconds", "local", "sequence")


class Part(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where something stands: in a header, in a parameter, or in the body by a path."""

    header: str | None = None
    parameter: str | None = None
    body: str | None = None


class Hooks(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How deliveries are proved, and what of them is meant.

    `secrets` are names of the connector's secrets, any of which may have signed: two while a key is
    changed. `ping` is the only parameter of a message that says nothing and is not signed. A
    message whose topic is none of `topics` is taken and has no effect. `unwrap` names fields of
    the body that hold JSON as a text; `sequence` is where the sender's own count stands.
    """

    signed: str
    signature: Part
    order: Part
    secrets: tuple[str, ...] = ("hook_secret", "hook_secret_next")
    delivery: Part | None = None
    topic: Part | None = None
    topics: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    seconds: Part | None = None
    local: Part | None = None
    sequence: Part | None = None
    unwrap: tuple[str, ...] = ()
    ping: str | None = None
    answer: str = "{}"


def hooks_schema() -> dict[str, Any]:
    """The schema of the section `hooks`."""
    part = {
        "type": "object",
        "properties": {"header": _TEXT, "parameter": _TEXT, "body": _TEXT},
        "additionalProperties": False,
        "minProperties": 1,
        "maxProperties": 1,
    }
    texts = {"type": "array", "items": _TEXT}
    return {
        "type": "object",
        "properties": {
            "signed": {"enum": sorted(KINDS)},
            **dict.fromkeys(_PLACES, part),
            **dict.fromkeys(("secrets", "topics", "gone", "unwrap"), texts),
            **dict.fromkeys(("ping", "answer"), _TEXT),
        },
        "additionalProperties": False,
        "required": ["signed", "signature", "order"],
    }
