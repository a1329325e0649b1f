"""`POST /tmall/{door}`: Tmall's 會員通 asks the brand."""

from typing import Protocol

from starlette.requests import Request
from starlette.responses import Response

from capabilities.errors import SantongError, StoreUnavailable
from gateway.http.answer import json_response
from gateway.http.bad_request import BadRequest
from gateway.http.reply import refusal_body
from gateway.http.whole_body import whole_body
from gateway.settings import Settings
from gateway.tmall import answers
from gateway.tmall.calls import Called, TmallRefused
from gateway.tmall.desk import TmallDesk

_MOST_BYTES = 65_536


class _Opened(Protocol):
    @property
    def tmall(self) -> TmallDesk: ...


class TmallDoor:
    """Answers as Tmall expects it, once what it told is kept."""

    def __init__(self, settings: Settings, door: _Opened) -> None:
        self._seconds = settings.body_timeout_seconds
        self._door = door

    async def answer(self, request: Request) -> Response:
        """One call."""
        try:
            called = Called(
                query=request.query_params.multi_items(),
                headers={name.lower(): value for name, value in request.headers.items()},
                body=await whole_body(request, _MOST_BYTES, self._seconds),
            )
            body = await self._door.tmall.receive(request.path_params["door"], called)
        except TmallRefused as exc:
            if exc.status == 401:  # noqa: PLR2004 - what Tmall has words of its own for
                return _json(answers.unproven(), exc.status)
            return _refused(request, exc, exc.status)
        except BadRequest as exc:
            return _refused(request, exc, exc.status)
        except StoreUnavailable as exc:
            return _refused(request, exc, 503)
        return _json(body, 200)


def _json(body: bytes, status: int) -> Response:
    headers = {"cache-control": "private, no-store"}
    return Response(body, status, headers, "application/json;charset=UTF-8")


def _refused(request: Request, error: SantongError, status: int) -> Response:
    return json_response(refusal_body(error, request.scope["request_id"]), status)
