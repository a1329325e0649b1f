"""Answers of resources as HTTP: what may be kept of them, and what they lack."""

from collections.abc import AsyncIterator, Mapping

from msgspec import Struct
from starlette.types import Send

from gateway.http.asked import Asked
from gateway.http.cross_origin import Pairs
from gateway.http.introduced import language_of
from gateway.http.media import JSON
from gateway.http.reply import encoded
from gateway.http.security_headers import SECURITY_HEADERS
from gateway.rest.problem import PROBLEM, Problem

PRIVATE = b"private, no-store"
# Shown to nobody else, and asked about again before it is used again.
KEPT = b"private, no-cache"
_VARY = (b"vary", b"Authorization, Accept, Accept-Language")
_CHALLENGE = (b"www-authenticate", b'Bearer realm="santong"')


class ApiReply(Struct, frozen=True, kw_only=True):
    """Status, body and headers; `chunks` where the body comes bit by bit, `code` of a refusal."""

    status: int
    body: bytes = b""
    media_type: str | None = JSON
    headers: Pairs = ()
    caching: bytes = PRIVATE
    code: str | None = None
    chunks: AsyncIterator[bytes] | None = None


def problem_reply(asked: Asked, problem: Problem, extra: Pairs = ()) -> ApiReply:
    """A refusal in the caller's language."""
    if problem.status == 401:  # noqa: PLR2004 - who did not say who she is is asked to
        extra = (*extra, _CHALLENGE)
    body = encoded(problem.body(asked.request_id, language_of(asked)))
    return ApiReply(
        status=problem.status, body=body, media_type=PROBLEM, headers=extra, code=problem.code
    )


def told_headers(told: Mapping[str, str]) -> Pairs:
    """Headers that say something, as bytes."""
    return tuple((name.encode(), text.encode("latin-1")) for name, text in told.items() if text)


async def send_head(send: Send, asked: Asked, reply: ApiReply, cross_origin: Pairs) -> None:
    """Begin the answer."""
    headers = [
        *SECURITY_HEADERS,
        *_merged(cross_origin),
        (b"cache-control", reply.caching),
        (b"x-request-id", asked.request_id.encode()),
        *reply.headers,
    ]
    if reply.media_type is not None:
        headers.append((b"content-type", f"{reply.media_type}; charset=utf-8".encode()))
    if reply.chunks is None and reply.status not in (204, 304):
        headers.append((b"content-length", b"%d" % len(reply.body)))
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})


async def send_whole(send: Send, asked: Asked, reply: ApiReply, cross_origin: Pairs) -> None:
    """Send an answer that is there; one to HEAD keeps its body."""
    await send_head(send, asked, reply, cross_origin)
    body = b"" if asked.method == "HEAD" else reply.body
    await send({"type": "http.response.body", "body": body})


def _merged(cross_origin: Pairs) -> Pairs:
    """The headers of other origins with one `Vary` for both."""
    others = tuple(pair for pair in cross_origin if pair[0] != b"vary")
    origin = b", Origin" if len(others) != len(cross_origin) else b""
    return (*others, (_VARY[0], _VARY[1] + origin))
