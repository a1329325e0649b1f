"""The signed webhook: one POST a touch, and a GET that asks what became of one.

The body is a JSON object; `Idempotency-Key` is the touch's id, `Santong-Timestamp` the second in
which it was signed, `Santong-Signature` its proof. The receiver answers `{"status": "ACCEPTED"}` or
`{"status": "REFUSED"}`; a look-up may also answer 404 with `{"status": "ABSENT"}` where the touch
never arrived. Whatever else comes back means that nobody knows.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from http import HTTPStatus
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct

from capabilities.errors import ChannelError, CircuitOpen, Garbled, Limited
from capabilities.estate import Limits
from capabilities.lifecycle.sending import Delivery, Message, Receipt, TouchLookup, TouchSender
from connectors._kit.addresses import REFUSED, AddressRules
from connectors._kit.answer import Answer
from connectors._kit.errors import never_left
from connectors._kit.origin import segment
from connectors._kit.secrets import Secret
from connectors._kit.strict_json import Decoder
from connectors._kit.upstream import Upstream
from connectors._kit.wire import Wire
from connectors.touching.proof import signature

_LIMITS = Limits(deadline_ms=5_000, connect_ms=2_000, max_concurrent=8, max_body_bytes=64 * 1024)
_GOOD = 2
_CALLERS_FAULT = 4
_LATER = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.CONFLICT})
# Too many, a secret that is not theirs, or another address: of the touch itself it says nothing.
_NOT_TAKEN = frozenset(
    {
        HTTPStatus.UNAUTHORIZED,
        HTTPStatus.FORBIDDEN,
        HTTPStatus.NOT_FOUND,
        HTTPStatus.TOO_MANY_REQUESTS,
    }
)
_UNKNOWN = Receipt(delivery=Delivery.UNKNOWN)
_NOT_SENT = Receipt(delivery=Delivery.NOT_SENT)
_SAID = {
    "ACCEPTED": Receipt(delivery=Delivery.SENT),
    "REFUSED": Receipt(delivery=Delivery.REFUSED),
}


class _Told(Struct, frozen=True):
    """What a receiver says."""

    status: str = ""


_DECODER = Decoder(_Told)


class WebhookSender(TouchSender, TouchLookup):
    """Sends to one address; made inside the event loop."""

    at_once = 8

    def __init__(
        self,
        name: str,
        url: str,
        secret: Secret,
        *,
        addresses: AddressRules,
        clock: Callable[[], float] = time.time,
        limits: Limits = _LIMITS,
    ) -> None:
        self.name = name
        parts = urlsplit(url)
        base = f"{parts.scheme}://{parts.netloc}"
        upstream = Upstream(f"touches:{name}", limits, addresses=addresses)
        self._wire = Wire(f"touches:{name}", base, limits=limits, upstream=upstream)
        self._path = parts.path or "/"
        self._secret = secret
        self._clock = clock

    async def send(self, messages: Sequence[Message]) -> Sequence[Receipt]:
        """One POST a message, side by side."""
        return await asyncio.gather(*map(self._send, messages))

    async def look_up(self, touch_ids: Sequence[str]) -> Sequence[Receipt]:
        """One GET an id, below the address that touches go to."""
        return await asyncio.gather(*map(self._look_up, touch_ids))

    async def aclose(self) -> None:
        """Close its connections."""
        await self._wire.aclose()

    async def _send(self, message: Message) -> Receipt:
        body = msgspec.json.encode(message)
        try:
            answer = await self._wire.call(
                "POST", self._path, headers=self._heads(message.touch_id, body), content=body
            )
        except ChannelError as exc:
            return _NOT_SENT if _stayed_here(exc) else _UNKNOWN
        if answer.status in _NOT_TAKEN:
            return _NOT_SENT
        if answer.status // 100 == _CALLERS_FAULT and answer.status not in _LATER:
            return _SAID["REFUSED"]
        return _SAID.get(_told(answer), _UNKNOWN)

    async def _look_up(self, touch_id: str) -> Receipt:
        path = f"{self._path.rstrip('/')}/{segment(touch_id)}"
        try:
            answer = await self._wire.get(path, headers=self._heads(touch_id, b""))
        except ChannelError:
            return _UNKNOWN
        absent = answer.status == HTTPStatus.NOT_FOUND and _status(answer) == "ABSENT"
        return _NOT_SENT if absent else _SAID.get(_told(answer), _UNKNOWN)

    def _heads(self, touch_id: str, body: bytes) -> dict[str, str]:
        now = int(self._clock())
        return {
            "Content-Type": "application/json",
            "Accept": "application/json",
            "Idempotency-Key": touch_id,
            "Santong-Timestamp": str(now),
            "Santong-Signature": signature(self._secret, now, touch_id, body),
        }


def _stayed_here(fault: ChannelError) -> bool:
    """Whether not a byte of the request can have left."""
    asked_nobody = isinstance(fault, CircuitOpen | Limited) or fault.code == REFUSED
    return asked_nobody or never_left(fault)


def _told(answer: Answer) -> str:
    """What a success says; nothing where it is none."""
    return _status(answer) if answer.status // 100 == _GOOD else ""


def _status(answer: Answer) -> str:
    try:
        return _DECODER.decode(answer.body).status
    except Garbled:
        return ""
