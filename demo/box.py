"""A simulated HTTP system: its application behind a control door and a switch for faults."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Final

import msgspec
import orjson
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from demo.faults import MODES, SECRET, FaultOrder, Faults, Tally

CONTROL: Final = "/__control/"
SLOW_SECONDS: Final = 6.0
_POLL_SECONDS: Final = 0.05
_HTML: Final = "<!DOCTYPE html><html><head><title>{0}</title></head><body>{0}</body></html>"

Action = Callable[[dict[str, object]], dict[str, object]]


class Box:
    """ASGI wrapper: `/__control/…` answers itself, everything else may fail on request.

    `actions` are further `POST /__control/<name>` doors; they get the decoded JSON body.
    """

    def __init__(
        self,
        app: ASGIApp,
        tally: Tally,
        *,
        actions: Mapping[str, Action] | None = None,
        xml_error: str = "",
        faults: Faults | None = None,
    ) -> None:
        self.faults = faults or Faults(MODES)
        self.tally = tally
        self._app = app
        self._actions = dict(actions or {})
        self._xml_error = xml_error

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count the request, then answer it in the mood of the day."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif scope["path"].startswith(CONTROL):
            await (await self._control(scope, receive))(scope, receive, send)
        else:
            self.tally.came(scope["path"])
            await self._answer(self.faults.for_request(), scope, receive, send)

    async def _answer(self, mode: str, scope: Scope, receive: Receive, send: Send) -> None:
        if mode == "timeout":
            await self._hang(receive)
            raise ConnectionResetError("hung up")
        if mode == "refuse":
            raise ConnectionRefusedError("refused")
        if mode == "truncated":
            await self._app(scope, receive, _Cutter(send))
            return
        if mode == "slow":
            await asyncio.sleep(SLOW_SECONDS)
        broken = self._broken(mode)
        await (broken or self._app)(scope, receive, send)

    def _broken(self, mode: str) -> Response | None:
        """The whole wrong answer of this fault, or None where the system answers itself."""
        if mode == "html200":
            return Response(_HTML.format("系统维护中"), media_type="text/html")
        if mode == "garbage":
            return Response(b"\x1f\x8b\xff\xfe\xa4\xa4\xa4\xe5" * 40, media_type="application/json")
        if mode == "xml_error" and self._xml_error:
            return Response(self._xml_error, 500, media_type="application/xml")
        if mode in {"error500", "xml_error"}:
            return Response(
                f"Internal error: could not reach {SECRET}", 500, media_type="text/plain"
            )
        return None

    async def _hang(self, receive: Receive) -> None:
        """Answer nothing until the caller leaves or the fault is lifted."""
        leaving = asyncio.ensure_future(_gone(receive))
        try:
            while not leaving.done() and self.faults.mode == "timeout":
                await asyncio.wait({leaving}, timeout=_POLL_SECONDS)
        finally:
            leaving.cancel()

    async def _control(self, scope: Scope, receive: Receive) -> Response:
        name = scope["path"].removeprefix(CONTROL)
        if (scope["method"], name) == ("GET", "requests"):
            return _json(self.tally.as_dict())
        if (scope["method"], name) == ("GET", "fault"):
            return _json({"mode": self.faults.mode, "modes": self.faults.modes})
        try:
            return self._order(name, await _body(receive) or b"{}")
        except (ValueError, msgspec.MsgspecError) as wrong:
            return _json({"error": str(wrong)}, 400)

    def _order(self, name: str, body: bytes) -> Response:
        if name == "fault":
            self.faults.switch(msgspec.json.decode(body, type=FaultOrder))
            return _json({"mode": self.faults.mode})
        if name == "reset":
            self.tally.reset()
            return _json(self.tally.as_dict())
        if action := self._actions.get(name):
            return _json(action(msgspec.json.decode(body, type=dict[str, object])))
        valid = ", ".join(("fault", "requests", "reset", *self._actions))
        return _json({"error": f"{name!r} is no control; valid: {valid}"}, 404)


class _Cutter:
    """Lets only the first two thirds of a body through, with a length that agrees."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._start: Message = {}
        self._body = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._start = message
            return
        self._body += message.get("body", b"")
        if message.get("more_body"):
            return
        body = self._body[: len(self._body) * 2 // 3]
        kept = [pair for pair in self._start["headers"] if pair[0] != b"content-length"]
        length = (b"content-length", str(len(body)).encode())
        await self._send({**self._start, "headers": [*kept, length]})
        await self._send({"type": "http.response.body", "body": body})


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _body(receive: Receive) -> bytes:
    parts = b""
    while True:
        message = await receive()
        parts += bytes(message.get("body", b""))
        if not message.get("more_body"):
            return parts


def _json(value: object, status: int = 200) -> Response:
    return Response(orjson.dumps(value), status, media_type="application/json")
