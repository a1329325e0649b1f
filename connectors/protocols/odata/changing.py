"""Changes over OData: one request, or a change set that the system does wholly or not at all."""

import secrets
from collections.abc import Mapping, Sequence
from email.message import Message
from http import HTTPStatus
from typing import Any

import msgspec
from msgspec import Struct

from capabilities.errors import Garbled, Overloaded
from connectors._kit.answer import Answer
from connectors._kit.outcome import Reading, failure
from connectors._kit.outgoing import Method
from connectors.protocols.odata.batch import part_of, parts_of
from connectors.protocols.odata.session import Session

encode = msgspec.json.Encoder(decimal_format="number").encode
_MIXED = "multipart/mixed"
_JSON = "application/json"
# Somebody has the document open, or it was changed since it was read: not done, and may be later.
_NOT_NOW = frozenset({HTTPStatus.CONFLICT, HTTPStatus.LOCKED})


class Changed(Exception):
    """The document was changed since it was read; nothing was done."""


class Change(Struct, frozen=True, kw_only=True):
    """One request of a unit; `etag` is that of the document as it was read."""

    method: Method
    path: str
    body: Mapping[str, Any]
    etag: str | None = None

    def headers(self, own: Mapping[str, str]) -> dict[str, str]:
        """Its headers."""
        guard = {} if self.etag is None else {"If-Match": self.etag}
        return {**own, "Content-Type": _JSON, **guard}


class Changing:
    """Sends changes within a session; what the system answers is a success, or an error."""

    def __init__(
        self, session: Session, reading: Reading, headers: Mapping[str, str], source: str
    ) -> None:
        self._session = session
        self._reading = reading
        self._headers = headers
        self._source = source

    async def one(self, change: Change) -> Answer | None:
        """A single request; None where there is no such document."""
        headers = change.headers(self._headers)
        answer = await self._session.send(change.method, change.path, headers, encode(change.body))
        return None if answer.status == HTTPStatus.NOT_FOUND else self._checked(answer)

    async def together(self, changes: Sequence[Change]) -> None:
        """Several requests, all or none of them."""
        outer, inner = f"batch_{secrets.token_hex(12)}", f"changeset_{secrets.token_hex(12)}"
        headers = {"Accept": _MIXED, "Content-Type": f"{_MIXED}; boundary={outer}"}
        body = self._written(changes, outer, inner)
        answer = await self._session.send("POST", "$batch", headers, body)
        if answer.status >= HTTPStatus.BAD_REQUEST:
            raise failure(answer, self._reading, self._source)
        parts = parts_of(answer, self._reading, self._source)
        if len(parts) != 1:
            raise Garbled("a change set was answered in part", source=self._source)
        told = parts[0].get_payload()
        if not isinstance(told, list):
            self._checked(part_of(parts[0], self._source))  # one error for all of them
            raise Garbled("a change set was answered in part", source=self._source)
        answers = [part_of(one, self._source) for one in told if isinstance(one, Message)]
        for one in answers:
            self._checked(one)
        if len(answers) != len(changes):
            raise Garbled("a change set was answered in part", source=self._source)

    def _checked(self, answer: Answer) -> Answer:
        if answer.status < HTTPStatus.MULTIPLE_CHOICES:
            return answer
        if answer.status == HTTPStatus.PRECONDITION_FAILED:
            raise Changed
        fault = failure(answer, self._reading, self._source)
        if answer.status in _NOT_NOW:
            raise Overloaded(fault.message, source=self._source)
        raise fault

    def _written(self, changes: Sequence[Change], outer: str, inner: str) -> bytes:
        head = f"--{outer}\r\nContent-Type: {_MIXED}; boundary={inner}\r\n\r\n".encode()
        parts = (self._part(one, place, inner) for place, one in enumerate(changes))
        return head + b"".join(parts) + f"--{inner}--\r\n--{outer}--\r\n".encode()

    def _part(self, change: Change, place: int, boundary: str) -> bytes:
        body = encode(change.body)
        headers = {**change.headers(self._headers), "Content-Length": str(len(body))}
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        head = (
            f"--{boundary}\r\nContent-Type: application/http\r\n"
            f"Content-Transfer-Encoding: binary\r\nContent-ID: {place + 1}\r\n\r\n"
            f"{change.method} {change.path} HTTP/1.1\r\n{lines}\r\n"
        )
        return head.encode() + body + b"\r\n"
