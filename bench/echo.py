"""The floor of every HTTP figure: uvicorn and one answer that is already bytes."""

import os
from typing import Any

import uvicorn

_FRAME = b'{"data":""}'
BODY = b'{"data":"%b"}' % (b"x" * (int(os.environ["BENCH_SIZE"]) - len(_FRAME)))
HEADERS = [(b"content-type", b"application/json"), (b"content-length", str(len(BODY)).encode())]


async def application(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] != "http":
        return
    more = True
    while more:
        more = (await receive()).get("more_body", False)
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
    await send({"type": "http.response.body", "body": BODY})


if __name__ == "__main__":
    port = int(os.environ["BENCH_PORT"])
    uvicorn.run(application, port=port, lifespan="off", log_config=None, access_log=False)
