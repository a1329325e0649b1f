"""The body of an order: two fields, small, and strict."""

import asyncio
from typing import Annotated

import msgspec

from gateway.http.asked import Asked
from gateway.http.bad_request import BadRequest

_MOST_BYTES = 512
_Key = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
_Quantity = Annotated[int, msgspec.Meta(ge=1, le=1_000)]


class OrderBody(msgspec.Struct, frozen=True, gc=False, rename="camel", forbid_unknown_fields=True):
    """What a buyer wishes, under a key of hers."""

    idempotency_key: _Key
    quantity: _Quantity = 1


_decode = msgspec.json.Decoder(OrderBody).decode


async def read_order(asked: Asked, seconds: float) -> OrderBody:
    """The body of a request; BadRequest where it is none."""
    body = await _whole(asked, seconds)
    # an escape could hide a name that stands twice; no key needs one
    if len(body) > _MOST_BYTES:
        raise BadRequest(f"an order may have {_MOST_BYTES} bytes", 413, "BODY_TOO_LARGE")
    try:
        found = _decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as exc:
        raise _wrong() from exc
    twice = body.count(b'"idempotencyKey"') > 1 or body.count(b'"quantity"') > 1
    if twice or b"\\" in body or not found.idempotency_key.isprintable():
        raise _wrong()
    return found


async def _whole(asked: Asked, seconds: float) -> bytes:
    body = b""
    try:
        async with asyncio.timeout(seconds):
            while len(body) <= _MOST_BYTES:
                message = await asked.receive()
                if message["type"] == "http.disconnect":
                    raise BadRequest("the client went away", 400, "CLIENT_GONE")
                body += message.get("body", b"")
                if not message.get("more_body"):
                    break
    except TimeoutError as exc:
        raise BadRequest("the body did not arrive in time", 408, "BODY_TIMEOUT") from exc
    return body


def _wrong() -> BadRequest:
    return BadRequest('the body must be {"idempotencyKey": "…", "quantity": 1}', 400, "BAD_JSON")
