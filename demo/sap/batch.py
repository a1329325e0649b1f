"""`$batch`: parts of MIME, each a whole request or a change set; what one says is its own affair.

A change set is done wholly or not: when it was not, one error stands in the place of its answers.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from email import message_from_bytes
from email.message import Message
from typing import Final
from urllib.parse import parse_qsl, unquote

from starlette.requests import Request
from starlette.responses import Response

from demo.sap.failures import SapError, bad, error_json
from demo.sap.writing import Written

Answer = Callable[[str, Mapping[str, str], str], Response]
Unit = Callable[[Sequence[tuple[str, Written]]], list[Response]]
Fail = Callable[[SapError, str], Response]

_LINE: Final = re.compile(r"([A-Z]+) (\S+) HTTP/1\.1")
_BOUNDARY: Final = "ejjeeffe0"
_INNER: Final = "ejjeeffe1"
_MOST_PARTS: Final = 1_000


async def answer_batch(request: Request, answer: Answer, unit: Unit, fail: Fail) -> Response:
    """The whole answer, 202 whatever the parts are; 400 for a body that is no batch."""
    kind = request.headers.get("content-type", "")
    parts = _parts(kind, await request.body())
    if parts is None:
        return error_json(bad("Malformed multipart body of a batch request"))
    body = b"".join(_part(one, answer, unit, fail) for one in parts)
    closed = body + f"--{_BOUNDARY}--\r\n".encode()
    return Response(closed, 202, media_type=f"multipart/mixed; boundary={_BOUNDARY}")


def _parts(kind: str, body: bytes) -> list[Message] | None:
    whole = message_from_bytes(f"Content-Type: {kind}\r\n\r\n".encode("latin-1") + body)
    parts = whole.get_payload()
    if whole.defects or not isinstance(parts, list) or len(parts) > _MOST_PARTS:
        return None
    return [part for part in parts if isinstance(part, Message)]


def _part(part: Message, answer: Answer, unit: Unit, fail: Fail) -> bytes:
    if part.get_content_type() == "multipart/mixed":
        return _changed(part, unit, fail)
    return _written(_answered(part, answer), _BOUNDARY)


def _answered(part: Message, answer: Answer) -> Response:
    try:
        method, target, headers, _ = _read(part)
    except SapError as error:
        return error_json(error)
    if method != "GET":
        return error_json(bad("A part of the batch is no GET request"))
    path, _, query = target.partition("?")
    options = dict(parse_qsl(query, keep_blank_values=True))
    return answer(unquote(path), options, headers.get("accept", ""))


def _changed(part: Message, unit: Unit, fail: Fail) -> bytes:
    """The answers of a change set under their Content-IDs, or the one error that undid it."""
    inner, accept = part.get_payload(), ""
    requests: list[tuple[str, Written]] = []
    try:
        for one in inner if isinstance(inner, list) else ():
            if not isinstance(one, Message):
                raise bad("A part of a change set is no HTTP")
            method, target, headers, body = _read(one)
            accept = headers.get("accept", accept)
            path = unquote(target.partition("?")[0])
            requests.append((one.get("content-id", ""), Written(method, path, headers, body)))
        answers = unit(requests)
    except SapError as error:
        return _written(fail(error, accept), _BOUNDARY)
    names = (name for name, _ in requests)
    told = b"".join(_written(one, _INNER, name) for one, name in zip(answers, names, strict=True))
    head = f"--{_BOUNDARY}\r\nContent-Type: multipart/mixed; boundary={_INNER}\r\n\r\n"
    return head.encode() + told + f"--{_INNER}--\r\n\r\n".encode()


def _read(part: Message) -> tuple[str, str, dict[str, str], bytes]:
    if part.get_content_type() != "application/http":
        raise bad("A part of the batch is no HTTP")
    content = bytes(part.get_payload(decode=True) or b"")
    head, _, body = content.partition(b"\r\n\r\n")
    line, *lines = head.decode("latin-1").split("\r\n")
    found = _LINE.fullmatch(line)
    if found is None:
        raise bad("A part of the batch is no HTTP request")
    headers = {
        name.lower(): value.strip() for name, _, value in (one.partition(":") for one in lines)
    }
    length = headers.get("content-length", "")
    body = body[: int(length)] if length.isdecimal() else body
    return found[1], found[2], headers, body


def _written(response: Response, boundary: str, content_id: str = "") -> bytes:
    body = bytes(response.body)
    lines = [f"HTTP/1.1 {response.status_code} Answered", f"Content-Length: {len(body)}"]
    lines += [
        f"{name}: {response.headers[name]}"
        for name in ("content-type", "etag", "location")
        if name in response.headers
    ]
    head = f"--{boundary}\r\nContent-Type: application/http\r\n"
    head += f"Content-ID: {content_id}\r\n" if content_id else ""
    head += "Content-Transfer-Encoding: binary\r\n\r\n" + "\r\n".join(lines) + "\r\n\r\n"
    return head.encode() + body + b"\r\n"
