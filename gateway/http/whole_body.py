"""The body of a request as a whole, bounded before anything is computed of it."""

import asyncio

from starlette.requests import ClientDisconnect, Request

from gateway.http.bad_request import BadRequest


async def whole_body(request: Request, most: int, seconds: float) -> bytes:
    """Its bytes; BadRequest for one that is too large, or does not arrive in time."""
    body = bytearray()
    try:
        async with asyncio.timeout(seconds):
            async for chunk in request.stream():
                body += chunk
                if len(body) > most:
                    raise BadRequest(f"the body may have {most} bytes", 413, "BODY_TOO_LARGE")
    except TimeoutError as exc:
        raise BadRequest("the body did not arrive in time", 408, "BODY_TIMEOUT") from exc
    except ClientDisconnect as exc:
        raise BadRequest("the client went away", 400, "CLIENT_GONE") from exc
    return bytes(body)
