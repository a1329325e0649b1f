"""`$batch`: several questions in one request, as parts of MIME (V2, V4) or as JSON (V4)."""

import re
import secrets
from collections.abc import Mapping, Sequence
from email import message_from_bytes
from email.message import Message
from http import HTTPStatus
from typing import Any, Protocol

import msgspec
import orjson
from msgspec import Struct
from msgspec.structs import replace

from capabilities.errors import Garbled
from connectors._kit.answer import Answer
from connectors._kit.outcome import Reading, check_media, failure, result
from connectors._kit.strict_json import Decoder
from connectors.protocols.odata.session import Session

_STATUS = re.compile(rb"HTTP/1\.[01] ([1-5][0-9]{2})(?: [^\r\n]*)?")
_MIXED = "multipart/mixed"
_JSON = "application/json"
# Without it a system of V4 stops at the first part that fails.
_GO_ON = {"Prefer": "odata.continue-on-error"}
_DONE = (HTTPStatus.OK, HTTPStatus.ACCEPTED)


class Batching(Protocol):
    """One form of `$batch`."""

    async def send(self, paths: Sequence[str], reading: Reading) -> list[Answer]:
        """Answers to GETs of these paths below the service, in no order that means anything."""


class MultipartBatch:
    """Parts of `multipart/mixed`; each is a whole HTTP request, and a whole answer comes back."""

    def __init__(self, session: Session, source: str, headers: Mapping[str, str]) -> None:
        self._session = session
        self._source = source
        self._lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())

    async def send(self, paths: Sequence[str], reading: Reading) -> list[Answer]:
        """One POST; Garbled for a body that is cut or no MIME."""
        boundary = f"batch_{secrets.token_hex(12)}"
        headers = {"Accept": _MIXED, "Content-Type": f"{_MIXED}; boundary={boundary}", **_GO_ON}
        answer = await self._session.send(
            "POST", "$batch", headers, self._written(paths, boundary), reads=True
        )
        return [part_of(part, self._source) for part in parts_of(answer, reading, self._source)]

    def _written(self, paths: Sequence[str], boundary: str) -> bytes:
        parts = (
            f"--{boundary}\r\nContent-Type: application/http\r\n"
            f"Content-Transfer-Encoding: binary\r\n\r\nGET {path} HTTP/1.1\r\n{self._lines}\r\n\r\n"
            for path in paths
        )
        return f"{''.join(parts)}--{boundary}--\r\n".encode()


def parts_of(answer: Answer, reading: Reading, source: str) -> list[Message]:
    """The parts of an answer of MIME; Garbled for a body that is cut or no MIME."""
    if answer.status not in _DONE:
        raise failure(answer, reading, source)
    check_media(answer, replace(reading, content_types=frozenset({_MIXED})), source)
    head = f"Content-Type: {answer.headers['content-type']}\r\n\r\n".encode("latin-1")
    whole = message_from_bytes(head + answer.body)
    parts = whole.get_payload()
    if whole.defects or not isinstance(parts, list):
        raise Garbled("the answer to a $batch is cut or no MIME", source=source)
    return [part for part in parts if isinstance(part, Message)]


def part_of(part: Message, source: str) -> Answer:
    """The answer in a part; Garbled where it is cut or no HTTP."""
    body = part.get_payload(decode=True)
    head, ended, content = body.partition(b"\r\n\r\n") if isinstance(body, bytes) else 3 * (b"",)
    status, *lines = head.split(b"\r\n")
    found = _STATUS.fullmatch(status)
    if found is None or not ended:
        raise Garbled("a part of a $batch is no HTTP", source=source)
    headers = dict(map(_header, lines))
    length = headers.get("content-length", "")
    if length.isdecimal() and int(length) > len(content):
        raise Garbled("a part of a $batch is cut", source=source)
    if length.isdecimal():
        content = content[: int(length)]
    return Answer(status=int(found[1]), headers=headers, body=content, elapsed_ms=0)


class _Response(Struct, frozen=True):
    id: str
    status: int
    headers: dict[str, str] = {}
    body: msgspec.Raw = msgspec.Raw(b"")


class _Responses(Struct, frozen=True):
    responses: list[_Response]


_RESPONSES: Decoder[Any] = Decoder(_Responses)


class JsonBatch:
    """The JSON of OData 4.01: answers name the question that they answer."""

    def __init__(self, session: Session, source: str, headers: Mapping[str, str]) -> None:
        self._session = session
        self._source = source
        self._headers = {name.lower(): value for name, value in headers.items()}

    async def send(self, paths: Sequence[str], reading: Reading) -> list[Answer]:
        """One POST; Garbled where an answer is nobody's or one is there twice."""
        requests = [
            {"id": str(place), "method": "GET", "url": path, "headers": self._headers}
            for place, path in enumerate(paths)
        ]
        headers = {"Accept": _JSON, "Content-Type": _JSON, **_GO_ON}
        body = orjson.dumps({"requests": requests})
        answer = await self._session.send("POST", "$batch", headers, body, reads=True)
        told = result(answer, _RESPONSES, reading, self._source).responses
        names = [one.id for one in told]
        if len(set(names)) != len(names) or not set(names) <= {one["id"] for one in requests}:
            raise Garbled("the answers to a $batch are not those asked", source=self._source)
        return [self._part(one) for one in told]

    def _part(self, one: _Response) -> Answer:
        headers = {name.lower(): value for name, value in one.headers.items()}
        headers.setdefault("content-type", _JSON)
        return Answer(status=one.status, headers=headers, body=bytes(one.body), elapsed_ms=0)


def _header(line: bytes) -> tuple[str, str]:
    name, _, value = line.decode("latin-1").partition(":")
    return name.strip().lower(), value.strip()
