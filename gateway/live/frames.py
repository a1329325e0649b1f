"""Messages of the graphql-transport-ws protocol, read strictly and written."""

from typing import Any

from msgspec import Struct

from gateway.http.bad_request import BadRequest
from gateway.http.reply import encoded
from gateway.http.request_body import Operation, operation_of
from gateway.http.strict_json import strict_json

SUBPROTOCOL = "graphql-transport-ws"
# What a socket is closed with. A caller who is not let in is FORBIDDEN, also where her token
# expired: real clients come back after that code, with a new token, and never after 4401.
INVALID, UNAUTHORIZED, FORBIDDEN = 4400, 4401, 4403
NO_SUBPROTOCOL, INIT_TIMEOUT, DUPLICATE, TOO_MANY_INITS = 4406, 4408, 4409, 4429
FAILED = 4500
_LONGEST_ID = 100
_KINDS = frozenset({"connection_init", "ping", "pong", "subscribe", "complete"})


class Frame(Struct, frozen=True, kw_only=True):
    """One message of a client; `operation` is what it wants to subscribe to."""

    kind: str
    id: str = ""
    payload: Any = None
    operation: Operation | None = None


class BadFrame(Exception):
    """A message that breaks the protocol; the socket is closed with it."""

    code = INVALID


def read_frame(text: str | None) -> Frame:
    """The message; BadFrame where it is none of the protocol."""
    if text is None:
        raise BadFrame("messages are text")
    try:
        return _frame(strict_json(text.encode()))
    except BadRequest as exc:
        raise BadFrame(exc.message) from exc
    except UnicodeEncodeError as exc:
        raise BadFrame("messages are UTF-8") from exc


def _frame(value: Any) -> Frame:
    if not isinstance(value, dict) or value.get("type") not in _KINDS:
        raise BadFrame("no message of graphql-transport-ws")
    kind, payload = value["type"], value.get("payload")
    if kind in ("connection_init", "ping", "pong"):
        if payload is not None and not isinstance(payload, dict):
            raise BadFrame("`payload` must be an object")
        return Frame(kind=kind, payload=payload)
    own = value.get("id")
    if not isinstance(own, str) or not 0 < len(own) <= _LONGEST_ID:
        raise BadFrame(f"`id` must have 1 to {_LONGEST_ID} characters")
    operation = operation_of(payload) if kind == "subscribe" else None
    return Frame(kind=kind, id=own, operation=operation)


def frame(kind: str, own: str | None = None, payload: Any = None) -> str:
    """A message to the client."""
    told: dict[str, Any] = {"type": kind}
    if own is not None:
        told["id"] = own
    if payload is not None:
        told["payload"] = payload
    return encoded(told).decode()
