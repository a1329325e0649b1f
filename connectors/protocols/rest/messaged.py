"""Queues of messages that a REST system keeps for us, as manifests declare them."""

from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from connectors.protocols.declared import Finding, Schema
from connectors.protocols.written import bad_expression

_TEXT: Schema = {"type": "string"}
_TEXTS: Schema = {"type": "array", "items": _TEXT}
_EXPRESSIONS = ("id", "topic", "order")


class Messaged(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How messages are taken and confirmed, and where in one (JMESPath) its parts stand.

    A message that is not confirmed comes again. `unwrap` names a field that holds JSON as a text;
    `ids` is the parameter that takes the ids of those that are confirmed, by commas.
    """

    take: str
    rows_at: str
    id: str
    topic: str
    order: str
    confirm: str
    ids: str
    topics: tuple[str, ...]
    gone: tuple[str, ...] = ()
    unwrap: str | None = None
    params: dict[str, str] = {}


MESSAGES_SCHEMA: Schema = {
    "type": "object",
    "properties": {
        **dict.fromkeys(("take", "rows_at", "confirm", "ids", "unwrap", *_EXPRESSIONS), _TEXT),
        **dict.fromkeys(("topics", "gone"), _TEXTS),
        "params": {"type": "object", "additionalProperties": _TEXT},
    },
    "additionalProperties": False,
    "required": ["take", "rows_at", "confirm", "ids", "topics", *_EXPRESSIONS],
}


def check_messages(manifest: dict[str, Any]) -> Iterator[Finding]:
    """What is wrong with a manifest's queue."""
    queue = manifest.get("messages")
    if queue is not None:
        for key in _EXPRESSIONS:
            yield from bad_expression(("messages", key), queue[key])
