"""Queues of messages that a REST system keeps for us, as manifests declare them."""

from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from capabilities.member.records import FOREIGN_KINDS
from connectors.protocols.declared import Finding, Schema
from connectors.protocols.written import bad_expression

_TEXT: Schema = {"type": "string"}
_TEXTS: Schema = {"type": "array", "items": _TEXT}
_EXPRESSIONS = ("id", "topic", "order")


class PointsMessage(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Messages of a topic that change somebody's points, and the call that says what became of one.

    `record`, `amount` and `identities` (by kind) are JMESPath in the message. In `params`,
    `{record}`, `{balance}`, `{error}` and `{result}` are filled in, the last with `done` or
    `refused`.
    """

    topic: str
    record: str
    amount: str
    identities: dict[str, str]
    answer: str
    params: dict[str, str]
    done: str = "0"
    refused: str = "1"


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
    points: PointsMessage | None = None


_POINTS_SCHEMA: Schema = {
    "type": "object",
    "properties": {
        **dict.fromkeys(("topic", "record", "amount", "answer", "done", "refused"), _TEXT),
        "identities": {
            "type": "object",
            "propertyNames": {"enum": [kind.value for kind in FOREIGN_KINDS]},
            "additionalProperties": _TEXT,
            "minProperties": 1,
        },
        "params": {"type": "object", "additionalProperties": _TEXT},
    },
    "additionalProperties": False,
    "required": ["topic", "record", "amount", "identities", "answer", "params"],
}
MESSAGES_SCHEMA: Schema = {
    "type": "object",
    "properties": {
        **dict.fromkeys(("take", "rows_at", "confirm", "ids", "unwrap", *_EXPRESSIONS), _TEXT),
        **dict.fromkeys(("topics", "gone"), _TEXTS),
        "params": {"type": "object", "additionalProperties": _TEXT},
        "points": _POINTS_SCHEMA,
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
        points = queue.get("points") or {}
        for key in ("record", "amount"):
            if key in points:
                yield from bad_expression(("messages", "points", key), points[key])
        for kind, path in points.get("identities", {}).items():
            yield from bad_expression(("messages", "points", "identities", kind), path)
