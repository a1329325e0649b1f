"""`$batch`: parts of MIME, each a whole request; what a part says is its own affair."""

import re
from collections.abc import Callable, Mapping
from email import message_from_bytes
from email.message import Message
from typing import Final
from urllib.parse import parse_qsl, unquote

from starlette.requests import Request
from starlette.responses import Response

from demo.sap.failures import bad, error_json

Answer = Callable[[str, Mapping[str, str], str], Response]

_LINE: Final = re.compile(r"GET (\S+) HTTP/1\.1")
_BOUNDARY: Final = "ejjeeffe0"
_MOST_PARTS: Final = 1_000


async def answer_batch(request: Request, answer: Answer) -> Response:
    """The whole answer, 202 whatever the parts are; 400 for a body that is no batch."""
    kind = request.headers.get("content-type", "")
    head = f"Content-Type: {kind}\r\n\r\n".encode("latin-1")
    whole = message_from_bytes(head + await request.body())
    parts = whole.get_payload()
    if whole.defects or not isinstance(parts, list) or len(parts) > _MOST_PARTS:
        return error_json(bad("Malformed multipart body of a batch request"))
    body = b"".join(map(_written, (_answered(part, answer) for part in parts)))
    closed = body + f"--{_BOUNDARY}--\r\n".encode()
    return Response(closed, 202, media_type=f"multipart/mixed; boundary={_BOUNDARY}")


def _answered(part: object, answer: Answer) -> Response:
    if not isinstance(part, Message) or part.get_content_type() != "application/http":
        return error_json(bad("A part of the batch is no HTTP"))
    text = bytes(part.get_payload(decode=True) or b"").decode("latin-1")
    line, *lines = text.split("\r\n")
    found = _LINE.fullmatch(line)
    if found is None:
        return error_json(bad("A part of the batch is no GET request"))
    path, _, query = found[1].partition("?")
    headers = {
        name.lower(): value.strip() for name, _, value in (one.partition(":") for one in lines)
    }
    options = dict(parse_qsl(query, keep_blank_values=True))
    return answer(unquote(path), options, headers.get("accept", ""))


def _written(response: Response) -> bytes:
    body = bytes(response.body)
    kind = response.headers.get("content-type", "")
    head = (
        f"--{_BOUNDARY}\r\nContent-Type: application/http\r\n"
        "Content-Transfer-Encoding: binary\r\n\r\n"
        f"HTTP/1.1 {response.status_code} Answered\r\nContent-Type: {kind}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body + b"\r\n"
