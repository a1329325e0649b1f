"""What nobody waits for any more is not done."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from starlette.types import Receive

from gateway.http.request_body import BadRequest

_T = TypeVar("_T")


async def unless_gone(receive: Receive, work: Coroutine[Any, Any, _T]) -> _T:
    """The work's result; BadRequest with CLIENT_GONE when the client leaves first.

    The work is cancelled then, and when this is. `receive` is that of a request whose body has been
    read, so that its next word is the end of the connection.
    """
    working = asyncio.create_task(work)
    watching = asyncio.create_task(_gone(receive))
    try:
        await asyncio.wait({working, watching}, return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            return working.result()
        raise BadRequest("the client went away", 400, "CLIENT_GONE")
    finally:
        working.cancel()
        watching.cancel()
        await asyncio.gather(working, watching, return_exceptions=True)


async def _gone(receive: Receive) -> None:
    # The body of a GET is empty and was not asked for.
    while (await receive())["type"] != "http.disconnect":
        pass
